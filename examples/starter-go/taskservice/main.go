// The task service: stores a task in DynamoDB, and sends an event to the queue.
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"log"
	"net"
	"os"
	"os/signal"
	"syscall"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/uuid"
	"google.golang.org/grpc"

	"starter/taskpb"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		log.Fatal("task-service: ", err)
	}
}

func run(ctx context.Context) error {
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return err
	}
	tasks := &taskService{db: dynamodb.NewFromConfig(cfg), sqs: sqs.NewFromConfig(cfg)}
	queue, err := tasks.sqs.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: aws.String("task-events")})
	if err != nil {
		return err
	}
	tasks.queue = queue.QueueUrl

	listener, err := net.Listen("tcp", cmp.Or(os.Getenv("TASK_SERVICE"), "127.0.0.1:50051"))
	if err != nil {
		return err
	}
	server := grpc.NewServer()
	taskpb.RegisterTaskServiceServer(server, tasks)
	context.AfterFunc(ctx, server.GracefulStop)
	log.Printf("task-service: %s", listener.Addr())
	return server.Serve(listener)
}

type taskService struct {
	taskpb.UnimplementedTaskServiceServer
	db    *dynamodb.Client
	sqs   *sqs.Client
	queue *string
}

func (s *taskService) CreateTask(ctx context.Context, in *taskpb.CreateTaskRequest) (*taskpb.CreateTaskResponse, error) {
	task := &taskpb.Task{Id: uuid.NewString(), Title: in.GetTitle()}
	if _, err := s.db.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: aws.String("tasks"),
		Item: map[string]types.AttributeValue{
			"id":    &types.AttributeValueMemberS{Value: task.GetId()},
			"title": &types.AttributeValueMemberS{Value: task.GetTitle()},
		},
	}); err != nil {
		return nil, err
	}
	event, err := json.Marshal(map[string]string{"id": task.GetId()})
	if err != nil {
		return nil, err
	}
	if _, err := s.sqs.SendMessage(ctx, &sqs.SendMessageInput{
		QueueUrl:    s.queue,
		MessageBody: aws.String(string(event)),
	}); err != nil {
		return nil, err
	}
	return &taskpb.CreateTaskResponse{Task: task}, nil
}
