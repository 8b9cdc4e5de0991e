package main

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	db "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	queue "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/labstack/echo/v4"
	"go.opentelemetry.io/contrib/instrumentation/github.com/aws/aws-sdk-go-v2/otelaws"
	"go.opentelemetry.io/contrib/instrumentation/github.com/labstack/echo/otelecho"
	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	"go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.40.0"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"tracelab/taskservice/taskpb"
)

const table, events = "tasks", "task-events"

// recordAWS records the course's request. otelaws neither carries the context in messages nor
// records their processing, so that the program injects and extracts it, and starts the CONSUMER
// span.
func recordAWS(ctx context.Context) error {
	var p providers
	endpoint, err := serve(&stubAWS{})
	if err != nil {
		return err
	}
	config := func(provider trace.TracerProvider) aws.Config {
		c := aws.Config{
			Region: "eu-central-1", BaseEndpoint: aws.String("http://" + endpoint),
			Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
		}
		otelaws.AppendMiddlewares(&c.APIOptions, otelaws.WithTracerProvider(provider), otelaws.WithTextMapPropagator(propagator))
		return c
	}
	url := "http://" + endpoint + "/123456789012/" + events

	tasks := p.of("task-service")
	server := grpc.NewServer(grpc.StatsHandler(otelgrpc.NewServerHandler(
		otelgrpc.WithTracerProvider(tasks), otelgrpc.WithPropagators(propagator))))
	taskpb.RegisterTaskServiceServer(server, &taskService{
		db: dynamodb.NewFromConfig(config(tasks)), sqs: sqs.NewFromConfig(config(tasks)), queue: url,
	})
	l, err := listen()
	if err != nil {
		return err
	}
	go func() { _ = server.Serve(l) }()

	gateway := p.of("api-gateway")
	conn, err := grpc.NewClient(l.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithStatsHandler(otelgrpc.NewClientHandler(otelgrpc.WithTracerProvider(gateway), otelgrpc.WithPropagators(propagator))))
	if err != nil {
		return err
	}
	client := taskpb.NewTaskServiceClient(conn)
	e := echo.New()
	e.Use(otelecho.Middleware("api-gateway", otelecho.WithTracerProvider(gateway), otelecho.WithPropagators(propagator)))
	e.POST("/tasks", func(c echo.Context) error {
		made, err := client.CreateTask(c.Request().Context(), &taskpb.CreateTaskRequest{Title: "Learn tracing"})
		if err != nil {
			return err
		}
		return c.JSON(http.StatusCreated, made.GetTask())
	})
	address, err := serve(e)
	if err != nil {
		return err
	}
	if err := post(ctx, address); err != nil {
		return err
	}
	provider := p.of("worker")
	if err := work(ctx, provider, config(provider), url); err != nil {
		return err
	}
	server.GracefulStop()
	return p.flush(ctx)
}

type taskService struct {
	taskpb.UnimplementedTaskServiceServer
	db    *dynamodb.Client
	sqs   *sqs.Client
	queue string
}

func (s *taskService) CreateTask(ctx context.Context, in *taskpb.CreateTaskRequest) (*taskpb.CreateTaskResponse, error) {
	item := map[string]db.AttributeValue{"id": &db.AttributeValueMemberS{Value: "1"}}
	if _, err := s.db.PutItem(ctx, &dynamodb.PutItemInput{TableName: aws.String(table), Item: item}); err != nil {
		return nil, err
	}
	carrier := propagation.MapCarrier{}
	propagator.Inject(ctx, carrier)
	attributes := make(map[string]queue.MessageAttributeValue)
	for k, v := range carrier {
		attributes[k] = queue.MessageAttributeValue{DataType: aws.String("String"), StringValue: aws.String(v)}
	}
	_, err := s.sqs.SendMessage(ctx, &sqs.SendMessageInput{
		QueueUrl: aws.String(s.queue), MessageBody: aws.String(`{"id":"1"}`), MessageAttributes: attributes,
	})
	return &taskpb.CreateTaskResponse{Task: &taskpb.Task{Id: "1", Title: in.GetTitle()}}, err
}

func work(ctx context.Context, provider trace.TracerProvider, config aws.Config, url string) error {
	database, messages := dynamodb.NewFromConfig(config), sqs.NewFromConfig(config)
	got, err := messages.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: &url, MessageAttributeNames: []string{"All"}})
	if err != nil {
		return err
	}
	for _, m := range got.Messages {
		carrier := propagation.MapCarrier{}
		for k, v := range m.MessageAttributes {
			carrier[k] = aws.ToString(v.StringValue)
		}
		sent := trace.SpanContextFromContext(propagator.Extract(ctx, carrier))
		in, span := provider.Tracer("worker").Start(ctx, "process "+events, trace.WithSpanKind(trace.SpanKindConsumer),
			trace.WithLinks(trace.Link{SpanContext: sent}), trace.WithAttributes(
				semconv.MessagingSystemAWSSQS, semconv.MessagingOperationTypeProcess, semconv.MessagingOperationName("process"),
				semconv.MessagingDestinationName(events), semconv.MessagingMessageID(aws.ToString(m.MessageId))))
		_, err := database.UpdateItem(in, &dynamodb.UpdateItemInput{
			TableName: aws.String(table), Key: map[string]db.AttributeValue{"id": &db.AttributeValueMemberS{Value: "1"}},
		})
		if err == nil {
			_, err = messages.DeleteMessage(in, &sqs.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: m.ReceiptHandle})
		}
		span.End()
		if err != nil {
			return err
		}
	}
	return nil
}

// stubAWS answers DynamoDB's writes with nothing, and keeps one SQS queue without time-outs.
type stubAWS struct {
	mu    sync.Mutex
	queue []map[string]any
}

func (s *stubAWS) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var in map[string]any
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	answer := map[string]any{}
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	switch operation {
	case "SendMessage":
		body, _ := in["MessageBody"].(string)
		sum := md5.Sum([]byte(body))
		id := fmt.Sprintf("00000000-0000-4000-8000-%012d", len(s.queue)+1)
		s.queue = append(s.queue, map[string]any{
			"MessageId": id, "ReceiptHandle": id, "Body": body, "MD5OfBody": hex.EncodeToString(sum[:]),
			"MessageAttributes": in["MessageAttributes"],
		})
		answer["MessageId"], answer["MD5OfMessageBody"] = id, hex.EncodeToString(sum[:])
	case "ReceiveMessage":
		answer["Messages"], s.queue = s.queue, nil
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	_ = json.NewEncoder(w).Encode(answer)
}
