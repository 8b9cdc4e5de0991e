package tracetree

// Class is what sort of operation a span is of, by its kind and its attributes. Of a span that is several things,
// messaging goes before database, database before RPC, RPC before HTTP.
type Class uint8

// The classes.
const (
	ClassOther    Class = iota
	ClassSend           // a message is sent
	ClassProcess        // a message is processed
	ClassDatabase       // a database is called
	ClassRPCServer
	ClassRPCClient
	ClassHTTPServer
	ClassHTTPClient
)

var classNames = [...]string{
	"other", "send", "process", "database", "rpc server", "rpc client", "http server", "http client",
}

// String returns the class in lower case, as in "http server".
func (c Class) String() string { return nameOf(classNames[:], int(c)) }

// Meaning is what the semantic-convention attributes of a span say that it did. Current attribute names win over older
// ones. What no attribute says is empty.
type Meaning struct {
	Class Class

	System      string // of the messaging, the database or the RPC: "aws_sqs", "postgresql", "grpc"
	Operation   string // of the messaging or the database: "send", "PutItem"
	Destination string // of messages: a queue or a topic
	Collection  string // of a database: a table
	MessageID   string
	EventType   string // what is processed, as in "task-created"

	RPCService string // "tasks.TaskService"
	RPCMethod  string // "CreateTask"
	RPCStatus  string // the code as it is written: "NOT_FOUND", "5"

	HTTPMethod string
	Route      string // "/tasks/:id"
	HTTPStatus string // "404"
	Host       string // the peer of a client

	ErrorType string
}

// MeaningOf returns the meaning of a span. It looks at each attribute once.
func MeaningOf(s *Span) Meaning {
	var f facts
	f.collect(s.Attributes)
	m := Meaning{
		Class:       f.classify(s.Kind),
		Destination: f.destination(),
		Collection:  f.table(),
		MessageID:   text(f.messageID),
		EventType:   text(f.eventType),
		RPCStatus:   text(f.rpcResponseCode, f.rpcStatusCode),
		HTTPMethod:  text(f.httpRequestMethod, f.httpMethod),
		Route:       text(f.httpRoute),
		HTTPStatus:  text(f.httpResponseCode, f.httpStatusCode),
		ErrorType:   text(f.errorType),
	}
	m.RPCService, m.RPCMethod = f.method()
	switch m.Class {
	case ClassSend, ClassProcess:
		m.System = text(f.messagingSystem)
		m.Operation = text(f.messagingOperationName, f.messagingOperation)
	case ClassDatabase:
		m.System = text(f.dbSystemName, f.dbSystem)
		m.Operation = text(f.dbOperationName, f.dbOperation)
	case ClassRPCServer, ClassRPCClient:
		m.System = text(f.rpcSystemName, f.rpcSystem)
	case ClassHTTPServer, ClassHTTPClient, ClassOther:
	}
	if s.Kind == KindClient {
		m.Host = f.host()
	}
	return m
}
