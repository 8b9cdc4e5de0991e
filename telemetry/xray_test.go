package telemetry_test

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/trace"

	"tracelab/fakes"
	"tracelab/fakes/awshttp"
	"tracelab/fakes/fakestest"
	"tracelab/telemetry"
)

const (
	xrayTrace = "5759e988bd862e3fe1be46a994272793"
	xrayRoot  = "Root=1-5759e988-bd862e3fe1be46a994272793"
	xraySpan  = "53995c3f42cd8ad8"
)

// xrayService returns a service with the option, and the pipeline's other defaults.
func xrayService(t *testing.T) telemetry.Service {
	service, _ := recorded(t, telemetry.Config{})
	service.XRay = true
	return service
}

func receivedWith(header string, attrs map[string]types.MessageAttributeValue) types.Message {
	return types.Message{Attributes: map[string]string{"AWSTraceHeader": header}, MessageAttributes: attrs}
}

func TestXRayHeaderIsRead(t *testing.T) {
	const both = xrayRoot + ";Parent=" + xraySpan
	for _, tt := range []struct{ reason, header, want string }{
		{"sampled", both + ";Sampled=1", "01"},
		{"not sampled", both + ";Sampled=0", "00"},
		{"the decision is left to the consumer", both + ";Sampled=?", "00"},
		{"no decision", both, "00"},
		{"another order", "Sampled=1;Parent=" + xraySpan + ";" + xrayRoot, "01"},
		{"blanks and an end", xrayRoot + "; Parent=" + xraySpan + " ;Sampled=1;", "01"},
		{"Lambda's lineage", both + ";Sampled=1;Lineage=25:a87bd80c:0|68fd508a:5", "01"},
		{"a field of another tracer", both + ";Sampled=1;Self=1-0-0", "01"},
		{"a key that begins with another", both + ";Sampled=1;ParentId=0;Rooted=x", "01"},
		{"Root only, as a load balancer writes it", xrayRoot, ""},
		{"Parent only", "Parent=" + xraySpan, ""},
		{"empty", "", ""},
		{"no field", "hello", ""},
		{"a field without a value", both + ";Sampled", ""},
		{"another decision", both + ";Sampled=2", ""},
		{"two roots", both + ";" + xrayRoot, ""},
		{"another version", "Root=2" + both[6:], ""},
		{"a W3C trace ID", "Root=" + xrayTrace + ";Parent=" + xraySpan, ""},
		{"the time has another length", "Root=1-5759e98-8bd862e3fe1be46a994272793;Parent=" + xraySpan, ""},
		{"a short trace", "Root=1-5759e988-bd862e3fe1be46a99427279;Parent=" + xraySpan, ""},
		{"a trace of zeros", "Root=1-00000000-000000000000000000000000;Parent=" + xraySpan, ""},
		{"a span of zeros", xrayRoot + ";Parent=0000000000000000", ""},
		{"a short span", xrayRoot + ";Parent=53995c3f", ""},
		{"not hexadecimal", xrayRoot + ";Parent=53995c3f42cd8adg", ""},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			sc := trace.SpanContextFromContext(xrayService(t).ExtractReceived(t.Context(), receivedWith(tt.header, nil)))
			got := ""
			if sc.IsValid() {
				got = sc.TraceFlags().String()
				if sc.TraceID().String() != xrayTrace || sc.SpanID().String() != xraySpan || !sc.IsRemote() {
					t.Errorf("%s is read as %+v", tt.header, sc)
				}
			}
			if got != tt.want {
				t.Errorf("%s: flags %q, want %q", tt.header, got, tt.want)
			}
		})
	}
}

func TestXRayHeaderIsReadOnlyWithoutATraceContext(t *testing.T) {
	const header = xrayRoot + ";Parent=" + xraySpan + ";Sampled=1"
	w3c := map[string]types.MessageAttributeValue{"traceparent": text(callerParent)}
	for _, tt := range []struct {
		reason string
		option bool
		attrs  map[string]types.MessageAttributeValue
		want   string // trace ID
	}{
		{"X-Ray's alone", true, nil, xrayTrace},
		{"both", true, w3c, callerTrace},
		{"X-Ray's alone, without the option", false, nil, ""},
		{"both, without the option", false, w3c, callerTrace},
		{"an unreadable traceparent", true, map[string]types.MessageAttributeValue{"traceparent": text("00-x")}, xrayTrace},
		{"baggage, which is kept", true, map[string]types.MessageAttributeValue{"baggage": text("a=1")}, xrayTrace},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			service := xrayService(t)
			service.XRay = tt.option
			ctx := service.ExtractReceived(t.Context(), receivedWith(header, tt.attrs))
			got := ""
			if sc := trace.SpanContextFromContext(ctx); sc.IsValid() {
				got = sc.TraceID().String()
			}
			if got != tt.want {
				t.Errorf("trace %q, want %q", got, tt.want)
			}
			if _, has := tt.attrs["baggage"]; has != (baggage.FromContext(ctx).Member("a").Value() == "1") {
				t.Errorf("baggage is %q", baggage.FromContext(ctx))
			}
		})
	}
}

func TestXRayHeaderIsSentWithTheOption(t *testing.T) {
	own := map[string]types.MessageSystemAttributeValue{
		"AWSTraceHeader": {DataType: aws.String("String"), StringValue: aws.String(xrayRoot)},
	}
	for _, tt := range []struct {
		reason string
		option bool
		system map[string]types.MessageSystemAttributeValue
		attrs  map[string]types.MessageAttributeValue
		want   string // SPAN and TRACE are those of the send span
	}{
		{"the option", true, nil, nil, "Root=TRACE;Parent=SPAN;Sampled=1"},
		{"ten attributes leave no room for traceparent", true, nil, attributes(10), "Root=TRACE;Parent=SPAN;Sampled=1"},
		{
			"the caller's own context is carried in both", true, nil,
			map[string]types.MessageAttributeValue{"traceparent": text(callerParent)},
			"Root=1-" + callerTrace[:8] + "-" + callerTrace[8:] + ";Parent=" + callerSpan + ";Sampled=1",
		},
		{"the caller's own header is kept", true, own, nil, xrayRoot},
		{"no option", false, nil, nil, ""},
		{"no option, the caller's own header", false, own, nil, xrayRoot},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			service, recorder := recorded(t, telemetry.Config{})
			service.XRay = tt.option
			stub := &stubQueue{}
			in := message(tt.attrs)
			in.MessageSystemAttributes = tt.system
			if _, err := telemetry.SQS(stub, service, telemetry.Endpoint{}).SendMessage(t.Context(), in); err != nil {
				t.Fatal(err)
			}
			sent := only(t, recorder).SpanContext()
			id := sent.TraceID().String()
			want := strings.NewReplacer("TRACE", "1-"+id[:8]+"-"+id[8:], "SPAN", sent.SpanID().String()).Replace(tt.want)
			if got := aws.ToString(stub.sent.MessageSystemAttributes["AWSTraceHeader"].StringValue); got != want {
				t.Errorf("sent %q, want %q", got, want)
			}
			if diff := cmp.Diff(tt.system, in.MessageSystemAttributes,
				cmpopts.IgnoreUnexported(types.MessageSystemAttributeValue{})); diff != "" {
				t.Errorf("the caller's input (-before +after):\n%s", diff)
			}
		})
	}
}

// A full message, for which W3C's context has no room, keeps its trace through the fakes, which
// refuse a header of another form. Over HTTP, it is the SDK's client that is decorated.
func TestXRayCarriesATraceThatHasNoOtherRoom(t *testing.T) {
	queues := func(t *testing.T) *fakes.SQS {
		queues, err := fakes.NewSQS(fakes.SQSConfig{Queues: []fakes.Queue{{Name: "events"}}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(queues.Close)
		return queues
	}
	for name, client := range map[string]func(*testing.T) fakestest.SQSClient{
		"in process": func(t *testing.T) fakestest.SQSClient { return queues(t) },
		"over HTTP":  func(t *testing.T) fakestest.SQSClient { return overHTTP(t, queues(t)) },
	} {
		t.Run(name, func(t *testing.T) { testXRayOfAFullMessage(t, client(t)) })
	}
}

// overHTTP returns a client of the SDK for queues that a server has.
func overHTTP(t *testing.T, queues *fakes.SQS) *sqs.Client {
	db, err := fakes.NewDynamoDB(fakes.DynamoDBConfig{})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(awshttp.New(db, queues))
	t.Cleanup(server.Close)
	return sqs.New(sqs.Options{
		Region: fakes.Region, Retryer: aws.NopRetryer{}, HTTPClient: server.Client(), BaseEndpoint: &server.URL,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
		}),
	})
}

func testXRayOfAFullMessage(t *testing.T, queues fakestest.SQSClient) {
	service, recorder := recorded(t, telemetry.Config{})
	service.XRay = true
	url := aws.String(fakes.QueueURL("events"))
	if _, err := telemetry.SQS(queues, service, telemetry.Endpoint{}).SendMessage(t.Context(), &sqs.SendMessageInput{
		QueueUrl: url, MessageBody: aws.String("x"), MessageAttributes: attributes(10),
	}); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		reason string
		names  []types.MessageSystemAttributeName
		want   bool
	}{
		{"it isn't requested", nil, false},
		{"it is requested", []types.MessageSystemAttributeName{telemetry.XRayAttribute}, true},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			out, err := queues.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{
				QueueUrl: url, MessageSystemAttributeNames: tt.names, MessageAttributeNames: []string{"All"},
			})
			if err != nil || len(out.Messages) != 1 {
				t.Fatalf("received %v, error %v, want a message", out, err)
			}
			sc := trace.SpanContextFromContext(service.ExtractReceived(t.Context(), out.Messages[0]))
			if got := sc.SpanID() == only(t, recorder).SpanContext().SpanID(); got != tt.want {
				t.Errorf("the message carries the send span: %v, want %v", got, tt.want)
			}
			if _, err := queues.ChangeMessageVisibility(t.Context(), &sqs.ChangeMessageVisibilityInput{
				QueueUrl: url, ReceiptHandle: out.Messages[0].ReceiptHandle, VisibilityTimeout: 0,
			}); err != nil {
				t.Fatal(err)
			}
		})
	}
}
