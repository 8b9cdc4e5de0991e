package lab

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/stats"

	"tracelab/fakes"
	"tracelab/internal/redact"
	"tracelab/telemetry"
	"tracelab/worker"
)

// A Hop is a message from one part of the system to another, with its fields: headers,
// metadata or message attributes.
type Hop struct {
	From, To string
	// Protocol is HTTP, gRPC or SQS.
	Protocol string
	// The request line, the method, or the operation.
	What string
	// Fields are the headers, the metadata or the message attributes, sorted by
	// name. Secrets are masked.
	Fields []Field
}

// A Field is one header, metadata entry or message attribute.
type Field struct{ Name, Value string }

// wire keeps what goes over each hop. A nil wire keeps nothing.
type wire struct {
	mu   sync.Mutex
	hops []Hop
}

func (w *wire) all() []Hop {
	if w == nil {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.hops)
}

func (w *wire) add(from, to, protocol, what string, fields map[string][]string) {
	hop := Hop{From: from, To: to, Protocol: protocol, What: what}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		for _, value := range fields[name] {
			hop.Fields = append(hop.Fields, Field{strings.ToLower(name), redact.Attribute(name, value)})
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.hops = append(w.hops, hop)
}

// client is the name of the gateway's caller.
const client = "client"

// http returns next with its requests and responses kept.
func (w *wire) http(next http.Handler) http.Handler {
	if w == nil {
		return next
	}
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.add(client, Gateway, "HTTP", r.Method+" "+redact.Text(r.URL.RequestURI()), r.Header)
		next.ServeHTTP(rw, r)
		w.add(Gateway, client, "HTTP", "response to "+r.Method+" "+redact.Text(r.URL.Path), rw.Header())
	})
}

// grpc is a stats handler that keeps the metadata which a client sends. It has
// to be added after the one that injects the context.
type grpcWire struct{ wire *wire }

func (grpcWire) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context   { return ctx }
func (grpcWire) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }
func (grpcWire) HandleConn(context.Context, stats.ConnStats)                       {}

func (g grpcWire) HandleRPC(_ context.Context, s stats.RPCStats) {
	if out, ok := s.(*stats.OutHeader); ok && out.Client {
		g.wire.add(Gateway, TaskService, "gRPC", out.FullMethod, metadata.MD(out.Header))
	}
}

// sender returns next with the messages sent through it kept.
func (w *wire) sender(next telemetry.SendMessageAPI) telemetry.SendMessageAPI {
	if w == nil {
		return next
	}
	return wireSender{next, w}
}

type wireSender struct {
	telemetry.SendMessageAPI
	wire *wire
}

func (s wireSender) SendMessage(ctx context.Context, in *sqs.SendMessageInput,
	opts ...func(*sqs.Options),
) (*sqs.SendMessageOutput, error) {
	s.wire.add(TaskService, Queue, "SQS", "SendMessage", messageFields(in.MessageAttributes))
	return s.SendMessageAPI.SendMessage(ctx, in, opts...)
}

// receiver returns next with the messages received through it kept.
func (w *wire) receiver(next *fakes.SQS) worker.SQS {
	if w == nil {
		return next
	}
	return wireReceiver{next, w}
}

type wireReceiver struct {
	worker.SQS
	wire *wire
}

func (r wireReceiver) ReceiveMessage(ctx context.Context, in *sqs.ReceiveMessageInput,
	opts ...func(*sqs.Options),
) (*sqs.ReceiveMessageOutput, error) {
	out, err := r.SQS.ReceiveMessage(ctx, in, opts...)
	if err == nil {
		for _, message := range out.Messages {
			r.wire.add(Queue, Worker, "SQS", "ReceiveMessage", messageFields(message.MessageAttributes))
		}
	}
	return out, err
}

func messageFields(attrs map[string]types.MessageAttributeValue) map[string][]string {
	fields := make(map[string][]string, len(attrs))
	for name, value := range attrs {
		text := aws.ToString(value.StringValue)
		if value.BinaryValue != nil {
			text = "(binary)"
		}
		fields[name] = []string{text}
	}
	return fields
}
