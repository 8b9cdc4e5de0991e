package play

import (
	"slices"
	"strings"

	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"tracelab/tracetree"
)

// form is the type of span that a line's label describes.
type form uint8

const (
	plain       form = iota // only a name
	otherServer             // work for another service, without a method in the label
	httpServer
	httpClient
	grpcServer
	rpcClient
	database
	send
	process
)

// messagingSystems maps the actors that are messaging systems even without a target to their
// messaging.system.
var messagingSystems = map[string]string{
	"sqs":        semconv.MessagingSystemAWSSQS.Value.AsString(),
	"activemq":   semconv.MessagingSystemActiveMQ.Value.AsString(),
	"sns":        semconv.MessagingSystemAWSSNS.Value.AsString(),
	"eventgrid":  semconv.MessagingSystemEventGrid.Value.AsString(),
	"eventhubs":  semconv.MessagingSystemEventHubs.Value.AsString(),
	"gcp_pubsub": semconv.MessagingSystemGCPPubSub.Value.AsString(),
	"jms":        semconv.MessagingSystemJMS.Value.AsString(),
	"kafka":      semconv.MessagingSystemKafka.Value.AsString(),
	"nats":       "nats",
	"pulsar":     semconv.MessagingSystemPulsar.Value.AsString(),
	"rabbitmq":   semconv.MessagingSystemRabbitMQ.Value.AsString(),
	"rocketmq":   semconv.MessagingSystemRocketMQ.Value.AsString(),
	"servicebus": semconv.MessagingSystemServiceBus.Value.AsString(),
}

// rpcSystems are the systems in labels of CLIENT spans such as grpc.client.CreateTask.
var rpcSystems = []string{
	"grpc", "aws-api", semconv.RPCSystemNameConnectrpc.Value.AsString(), semconv.RPCSystemNameDubbo.Value.AsString(),
	semconv.RPCSystemNameJSONRPC.Value.AsString(),
}

// The beginning and the end of the labels of database calls.
const (
	databaseActor = "db"
	tableSuffix   = " table"
)

// formOf returns the form that a label has.
func formOf(l *tracetree.PatternLine, above *span) form {
	actor, operation := l.Actor.Text, l.Operation.Text
	_, isMessaging := messagingSystems[actor]
	_, isProcess := processed(operation)
	switch {
	case calledFromOutside(l, above) && !isHTTPServer(operation) && !isGRPCServer(operation):
		return plain
	case actor == databaseActor:
		return database
	case l.Target.Text != "", isMessaging && !isProcess:
		return send
	case isProcess:
		return process
	case isHTTPServer(operation):
		return httpServer
	case isGRPCServer(operation):
		return grpcServer
	case strings.HasPrefix(operation, "http.client."):
		return httpClient
	case isRPCClient(operation):
		return rpcClient
	case above == nil || above.service == actor:
		return plain
	case above.form == send:
		return process
	default:
		return otherServer
	}
}

// calledFromOutside reports whether a line without a line above it has the link mark. Then it links
// to the CLIENT half of a call, which isn't shown.
func calledFromOutside(l *tracetree.PatternLine, above *span) bool {
	return above == nil && l.Marks&tracetree.Linked != 0
}

// kindsOf returns the kinds that spans of a form can have, the usual one first; nil means any.
func kindsOf(f form, l *tracetree.PatternLine) []tracetree.Kind {
	switch f {
	case otherServer, httpServer, grpcServer:
		return []tracetree.Kind{tracetree.KindServer}
	case httpClient, rpcClient, database:
		return []tracetree.Kind{tracetree.KindClient}
	case send:
		if l.Actor.Text == "sqs" && isSQSOperation(l.Operation.Text) && !isSQSSend(l.Operation.Text) {
			return []tracetree.Kind{tracetree.KindClient}
		}
		return []tracetree.Kind{tracetree.KindProducer, tracetree.KindClient}
	case process:
		return []tracetree.Kind{tracetree.KindConsumer}
	default:
		return nil
	}
}

// processed returns the name of the message that a consumer's operation processes.
func processed(operation string) (what string, ok bool) {
	what, ok = strings.CutPrefix(operation, "process ")
	return what, ok && what != ""
}

// isHTTPServer reports whether an operation has the form "GET /path".
func isHTTPServer(operation string) bool {
	method, path, ok := strings.Cut(operation, " ")
	return ok && isMethod(method) && strings.HasPrefix(path, "/")
}

func isMethod(s string) bool {
	return s != "" && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") == ""
}

// isGRPCServer reports whether an operation has the form "/package.Service/Method".
func isGRPCServer(operation string) bool {
	full, ok := strings.CutPrefix(operation, "/")
	service, method, isPair := strings.Cut(full, "/")
	return ok && isPair && service != "" && method != "" && !strings.ContainsAny(method, "/ ")
}

// isRPCClient reports whether an operation has the form "grpc.client.Method".
func isRPCClient(operation string) bool {
	system, method, ok := strings.Cut(operation, ".client.")
	return ok && method != "" && slices.Contains(rpcSystems, system)
}
