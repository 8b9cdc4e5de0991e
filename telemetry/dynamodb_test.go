package telemetry_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/google/go-cmp/cmp"
	otelcodes "go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"tracelab/fakes"
	"tracelab/telemetry"
)

// stubDB answers every call with err, or with the request id r1. Like the real
// client it returns no output with an error.
type stubDB struct {
	err  error
	span trace.SpanContext // that the last call was made in
}

func (s *stubDB) answer(ctx context.Context) (metadata middleware.Metadata) {
	s.span = trace.SpanContextFromContext(ctx)
	awsmiddleware.SetRequestIDMetadata(&metadata, "r1")
	return metadata
}

func orNil[T any](out *T, err error) (*T, error) {
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (s *stubDB) PutItem(ctx context.Context, _ *dynamodb.PutItemInput,
	_ ...func(*dynamodb.Options),
) (*dynamodb.PutItemOutput, error) {
	return orNil(&dynamodb.PutItemOutput{ResultMetadata: s.answer(ctx)}, s.err)
}

func (s *stubDB) GetItem(ctx context.Context, _ *dynamodb.GetItemInput,
	_ ...func(*dynamodb.Options),
) (*dynamodb.GetItemOutput, error) {
	return orNil(&dynamodb.GetItemOutput{ResultMetadata: s.answer(ctx)}, s.err)
}

func (s *stubDB) UpdateItem(ctx context.Context, _ *dynamodb.UpdateItemInput,
	_ ...func(*dynamodb.Options),
) (*dynamodb.UpdateItemOutput, error) {
	return orNil(&dynamodb.UpdateItemOutput{ResultMetadata: s.answer(ctx)}, s.err)
}

func (s *stubDB) DeleteItem(ctx context.Context, _ *dynamodb.DeleteItemInput,
	_ ...func(*dynamodb.Options),
) (*dynamodb.DeleteItemOutput, error) {
	return orNil(&dynamodb.DeleteItemOutput{ResultMetadata: s.answer(ctx)}, s.err)
}

func (s *stubDB) Scan(ctx context.Context, _ *dynamodb.ScanInput, _ ...func(*dynamodb.Options)) (*dynamodb.ScanOutput,
	error,
) {
	return orNil(&dynamodb.ScanOutput{Count: 2, ScannedCount: 5, ResultMetadata: s.answer(ctx)}, s.err)
}

// operations are the calls of DynamoDB, on a table with a key.
var operations = []struct {
	name string
	call func(context.Context, telemetry.DynamoDBAPI, *string, map[string]types.AttributeValue) error
	more map[string]string // attributes of this operation alone, on success
}{
	{"PutItem", func(ctx context.Context, db telemetry.DynamoDBAPI, table *string,
		key map[string]types.AttributeValue,
	) error {
		_, err := db.PutItem(ctx, &dynamodb.PutItemInput{TableName: table, Item: key})
		return err
	}, nil},
	{"GetItem", func(ctx context.Context, db telemetry.DynamoDBAPI, table *string,
		key map[string]types.AttributeValue,
	) error {
		_, err := db.GetItem(ctx, &dynamodb.GetItemInput{TableName: table, Key: key})
		return err
	}, nil},
	{"UpdateItem", func(ctx context.Context, db telemetry.DynamoDBAPI, table *string,
		key map[string]types.AttributeValue,
	) error {
		_, err := db.UpdateItem(
			ctx, &dynamodb.UpdateItemInput{TableName: table, Key: key, UpdateExpression: aws.String("REMOVE a")},
		)
		return err
	}, map[string]string{"db.query.text": "REMOVE a", "db.statement": "REMOVE a"}},
	{"DeleteItem", func(ctx context.Context, db telemetry.DynamoDBAPI, table *string,
		key map[string]types.AttributeValue,
	) error {
		_, err := db.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: table, Key: key})
		return err
	}, nil},
	{"Scan", func(ctx context.Context, db telemetry.DynamoDBAPI, table *string, _ map[string]types.AttributeValue) error {
		_, err := db.Scan(ctx, &dynamodb.ScanInput{TableName: table, Limit: aws.Int32(5)})
		return err
	}, map[string]string{"aws.dynamodb.count": "2", "aws.dynamodb.scanned_count": "5", "aws.dynamodb.limit": "5"}},
}

var tableKey = map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: "42"}}

func TestEveryDynamoDBOperationHasItsSpan(t *testing.T) {
	for _, op := range operations {
		t.Run(op.name, func(t *testing.T) {
			service, recorder := recorded(t, telemetry.Config{})
			stub := &stubDB{}
			db := telemetry.DynamoDB(stub, service, telemetry.Endpoint{Region: "eu-central-1", Address: "db.local", Port: 8000})
			if err := op.call(t.Context(), db, aws.String("orders"), tableKey); err != nil {
				t.Fatal(err)
			}
			want := map[string]string{
				"rpc.system.name": "aws-api", "rpc.method": "DynamoDB/" + op.name,
				"db.system.name": "aws.dynamodb", "db.operation.name": op.name, "db.collection.name": "orders",
				"aws.dynamodb.table_names": `["orders"]`, "aws.request_id": "r1",
				"cloud.region": "eu-central-1", "server.address": "db.local", "server.port": "8000",
				"db.system": "dynamodb", "db.operation": op.name,
			}
			for key, value := range op.more {
				want[key] = value
			}
			got := only(t, recorder)
			if got.Name() != "DynamoDB."+op.name || got.SpanKind() != trace.SpanKindClient ||
				got.Status().Code != otelcodes.Unset {
				t.Errorf("span is %s %s, status %v", got.SpanKind(), got.Name(), got.Status())
			}
			if diff := cmp.Diff(want, textOf(got.Attributes())); diff != "" {
				t.Errorf("attributes (-want +got):\n%s", diff)
			}
			if !stub.span.Equal(got.SpanContext()) {
				t.Error("the call was not made inside the span")
			}
		})
	}
}

func TestFailedDynamoDBCallsSayHow(t *testing.T) {
	response := func(err error) error {
		return &awshttp.ResponseError{RequestID: "r2", ResponseError: &smithyhttp.ResponseError{
			Response: &smithyhttp.Response{Response: &http.Response{StatusCode: http.StatusBadRequest}}, Err: err,
		}}
	}
	tests := []struct {
		name   string
		err    error
		status otelcodes.Code
		want   map[string]string
		reason string
	}{
		{
			"failed condition", response(&types.ConditionalCheckFailedException{}), otelcodes.Unset,
			map[string]string{"db.response.status_code": "ConditionalCheckFailedException", "aws.request_id": "r2"},
			"it is an answer, no failure",
		},
		{
			"throttled", fmt.Errorf("operation error: %w", response(fakes.Throttled.DynamoDB())), otelcodes.Error,
			map[string]string{
				"db.response.status_code": "ProvisionedThroughputExceededException",
				"error.type":              "ProvisionedThroughputExceededException",
				"aws.request_id":          "r2",
			},
			"the answer is found however deep",
		},
		{
			"no answer", errors.New("dial password=hunter22: refused"), otelcodes.Error,
			map[string]string{"error.type": "_OTHER"},
			"without an answer there is neither id nor code",
		},
		{
			"canceled", context.Canceled, otelcodes.Error,
			map[string]string{"error.type": "canceled"},
			"",
		},
	}
	for _, test := range tests {
		for _, op := range operations {
			t.Run(test.name+" "+op.name, func(t *testing.T) {
				service, recorder := recorded(t, telemetry.Config{})
				db := telemetry.DynamoDB(&stubDB{err: test.err}, service, telemetry.Endpoint{})
				if err := op.call(t.Context(), db, aws.String("orders"), tableKey); !errors.Is(err, test.err) {
					t.Fatalf("error is %v, want the client's own", err)
				}
				span := only(t, recorder)
				got := map[string]string{}
				for key, value := range textOf(span.Attributes()) {
					switch key {
					case "error.type", "db.response.status_code", "aws.request_id", "aws.dynamodb.count":
						got[key] = value
					}
				}
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Errorf("attributes (-want +got), %s:\n%s", test.reason, diff)
				}
				if span.Status().Code != test.status {
					t.Errorf("status is %v, want %v: %s", span.Status(), test.status, test.reason)
				}
				wantNoSecret(t, span, "hunter22")
			})
		}
	}
}

func TestFakeDynamoDBIsTracedAsTheRealOne(t *testing.T) {
	db, err := fakes.NewDynamoDB(fakes.DynamoDBConfig{Tables: []fakes.Table{{Name: "orders", Key: "id"}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, op := range operations {
		service, recorder := recorded(t, telemetry.Config{})
		if err := op.call(t.Context(), telemetry.DynamoDB(db, service, telemetry.Endpoint{}), aws.String("orders"),
			tableKey); err != nil {
			t.Errorf("%s: %v", op.name, err)
		}
		if id := textOf(only(t, recorder).Attributes())["aws.request_id"]; id == "" {
			t.Errorf("%s has no aws.request_id", op.name)
		}
		service, recorder = recorded(t, telemetry.Config{})
		if err := op.call(t.Context(), telemetry.DynamoDB(db, service, telemetry.Endpoint{}), aws.String("missing"),
			tableKey); err == nil {
			t.Errorf("%s of a missing table succeeds", op.name)
		}
		attrs := textOf(only(t, recorder).Attributes())
		if attrs["aws.request_id"] == "" || attrs["error.type"] != "ResourceNotFoundException" {
			t.Errorf("%s of a missing table has %v", op.name, attrs)
		}
	}
}

func TestUntracedServiceLeavesTheClientsAsTheyAre(t *testing.T) {
	db := &stubDB{}
	if got := telemetry.DynamoDB(db, telemetry.Service{}, telemetry.Endpoint{}); got != telemetry.DynamoDBAPI(db) {
		t.Errorf("the client is wrapped: %T", got)
	}
	queue := &stubQueue{}
	if got := telemetry.SQS(queue, telemetry.Service{}, telemetry.Endpoint{}); got != telemetry.SendMessageAPI(queue) {
		t.Errorf("the client is wrapped: %T", got)
	}
	if server, client := telemetry.GRPCServer(telemetry.Service{}),
		telemetry.GRPCClient(telemetry.Service{}, true); server != nil || client != nil {
		t.Errorf("gRPC gets %d server and %d client options", len(server), len(client))
	}
}
