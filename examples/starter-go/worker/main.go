// The worker: marks the task of each event as processed.
package main

import (
	"context"
	"encoding/json"
	"log"
	"os"
	"os/signal"
	"syscall"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		log.Fatal("worker: ", err)
	}
}

func run(ctx context.Context) error {
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return err
	}
	w := worker{db: dynamodb.NewFromConfig(cfg), sqs: sqs.NewFromConfig(cfg)}
	queue, err := w.sqs.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: aws.String("task-events")})
	if err != nil {
		return err
	}
	log.Print("worker: waits for events")
	for {
		received, err := w.sqs.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
			QueueUrl:        queue.QueueUrl,
			WaitTimeSeconds: 5,
		})
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		for _, message := range received.Messages {
			if err := w.process(ctx, message); err != nil {
				log.Printf("worker: %v; the queue delivers the message again", err)
				continue
			}
			if _, err := w.sqs.DeleteMessage(ctx, &sqs.DeleteMessageInput{
				QueueUrl: queue.QueueUrl, ReceiptHandle: message.ReceiptHandle,
			}); err != nil {
				log.Printf("worker: %v; the queue delivers the message again", err)
			}
		}
	}
}

type worker struct {
	db  *dynamodb.Client
	sqs *sqs.Client
}

func (w worker) process(ctx context.Context, message types.Message) error {
	var event struct{ ID string }
	if err := json.Unmarshal([]byte(aws.ToString(message.Body)), &event); err != nil {
		return err
	}
	_, err := w.db.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName:                 aws.String("tasks"),
		Key:                       map[string]dbtypes.AttributeValue{"id": &dbtypes.AttributeValueMemberS{Value: event.ID}},
		UpdateExpression:          aws.String("SET #status = :processed"),
		ExpressionAttributeNames:  map[string]string{"#status": "status"},
		ExpressionAttributeValues: map[string]dbtypes.AttributeValue{":processed": &dbtypes.AttributeValueMemberS{Value: "processed"}},
	})
	return err
}
