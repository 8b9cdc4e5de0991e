package tracetree

import (
	"encoding/json"
	"net/url"
	"strings"
)

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

// facts are the attributes that a label is made of. They are collected in one pass, because looking up each of them by
// itself would dominate the time of printing a large forest.
type facts struct {
	messagingSystem, messagingOperationName, messagingOperationType, messagingOperation *Value
	messagingDestinationName, messagingDestination, eventType, messageID                *Value

	dbSystemName, dbSystem, dbOperationName, dbOperation *Value
	dbCollectionName, dynamoTableNames, dbTable          *Value

	rpcSystemName, rpcSystem, rpcMethod, rpcService, rpcResponseCode, rpcStatusCode *Value

	httpRequestMethod, httpMethod, httpRoute, httpResponseCode, httpStatusCode *Value
	serverAddress, netPeerName, urlFull, httpURL                               *Value

	errorType *Value
}

func (f *facts) collect(attributes []Attr) {
	for i := range attributes {
		if at := f.field(attributes[i].Key); at != nil && *at == nil {
			*at = &attributes[i].Value
		}
	}
}

func (f *facts) field(key string) **Value {
	switch key {
	case "messaging.system":
		return &f.messagingSystem
	case "messaging.operation.name":
		return &f.messagingOperationName
	case "messaging.operation.type":
		return &f.messagingOperationType
	case "messaging.operation":
		return &f.messagingOperation
	case "messaging.destination.name":
		return &f.messagingDestinationName
	case "messaging.destination":
		return &f.messagingDestination
	case "messaging.message.id":
		return &f.messageID
	case "error.type":
		return &f.errorType
	case "cloudevents.event_type":
		return &f.eventType
	case "db.system.name":
		return &f.dbSystemName
	case "db.system":
		return &f.dbSystem
	case "db.operation.name":
		return &f.dbOperationName
	case "db.operation":
		return &f.dbOperation
	case "db.collection.name":
		return &f.dbCollectionName
	case "aws.dynamodb.table_names":
		return &f.dynamoTableNames
	case "db.sql.table":
		return &f.dbTable
	case "rpc.system.name":
		return &f.rpcSystemName
	case "rpc.system":
		return &f.rpcSystem
	case "rpc.method":
		return &f.rpcMethod
	case "rpc.service":
		return &f.rpcService
	case "rpc.response.status_code":
		return &f.rpcResponseCode
	case "rpc.grpc.status_code":
		return &f.rpcStatusCode
	case "http.request.method":
		return &f.httpRequestMethod
	case "http.method":
		return &f.httpMethod
	case "http.route":
		return &f.httpRoute
	case "http.response.status_code":
		return &f.httpResponseCode
	case "http.status_code":
		return &f.httpStatusCode
	case "server.address":
		return &f.serverAddress
	case "net.peer.name":
		return &f.netPeerName
	case "url.full":
		return &f.urlFull
	case "http.url":
		return &f.httpURL
	default:
		return nil
	}
}

// text returns the text of the first value that has any.
func text(values ...*Value) string {
	for _, v := range values {
		if v != nil {
			if t := v.Text(); t != "" {
				return t
			}
		}
	}
	return ""
}

// method returns the RPC service and method. Current conventions put both into rpc.method, older ones have a service.
func (f *facts) method() (service, method string) {
	method = strings.TrimPrefix(text(f.rpcMethod), "/")
	if at := strings.LastIndexByte(method, '/'); at >= 0 {
		return method[:at], method[at+1:]
	}
	return text(f.rpcService), method
}

func (f *facts) host() string {
	if host := text(f.serverAddress, f.netPeerName); host != "" {
		return host
	}
	parsed, err := url.Parse(text(f.urlFull, f.httpURL))
	if err != nil {
		return "" // an attribute that is no URL names no host
	}
	return parsed.Hostname()
}

// classify finds the row: messaging goes before database, database before RPC, RPC before HTTP.
func (f *facts) classify(kind Kind) Class {
	isRPC := text(f.rpcSystemName, f.rpcSystem, f.rpcMethod, f.rpcService) != ""
	isHTTP := text(f.httpRequestMethod, f.httpMethod) != ""
	switch kind {
	case KindProducer:
		return ClassSend
	case KindConsumer:
		if !f.receives() {
			return ClassProcess
		}
	case KindServer:
		switch {
		case isRPC:
			return ClassRPCServer
		case isHTTP:
			return ClassHTTPServer
		}
	case KindClient:
		switch {
		case text(f.messagingSystem) != "":
			if !f.receives() {
				return ClassSend
			}
		case text(f.dbSystemName, f.dbSystem, f.dbOperationName, f.dbOperation) != "":
			return ClassDatabase
		case isRPC:
			return ClassRPCClient
		case isHTTP:
			return ClassHTTPClient
		}
	}
	return ClassOther
}

func (f *facts) receives() bool {
	return text(f.messagingOperationType, f.messagingOperationName, f.messagingOperation) == "receive"
}

// Label returns what the span means, in the notation: "actor: operation", and " (target)" where there is one. It is
// made of the kind and the semantic-convention attributes, so that the same label comes out of any language's
// instrumentation; current attribute names win over older ones. Where a part is missing the next best is used, at last
// the span's name. Parts that would read as something else are quoted.
func Label(s *Span) string {
	l := labelOf(s)
	return string(l.append(nil))
}

// label holds the unquoted parts of a label.
type label struct{ actor, operation, target string }

func labelOf(s *Span) label {
	var f facts
	f.collect(s.Attributes)
	switch f.classify(s.Kind) {
	case ClassSend:
		return f.sendLabel(s)
	case ClassProcess:
		return f.processLabel(s)
	case ClassDatabase:
		return f.databaseLabel(s)
	case ClassRPCServer:
		if service, method := f.method(); service != "" && method != "" {
			return label{actor: s.Service(), operation: "/" + service + "/" + method}
		}
	case ClassRPCClient:
		if _, method := f.method(); method != "" {
			return label{actor: s.Service(), operation: f.rpcName() + ".client." + method}
		}
	case ClassHTTPServer:
		if route := text(f.httpRoute); route != "" {
			return label{actor: s.Service(), operation: text(f.httpRequestMethod, f.httpMethod) + " " + route}
		}
	case ClassHTTPClient:
		operation := "http.client." + text(f.httpRequestMethod, f.httpMethod)
		if host := f.host(); host != "" {
			operation += " " + host
		}
		return label{actor: s.Service(), operation: operation}
	}
	return label{actor: s.Service(), operation: s.Name}
}

func (f *facts) sendLabel(s *Span) label {
	actor := text(f.messagingSystem)
	switch actor {
	case "aws_sqs", "AmazonSQS":
		actor = "sqs"
	case "":
		actor = s.Service()
	}
	operation := ""
	if f.isAWS() {
		_, operation = f.method()
	}
	if operation == "" {
		operation = text(f.messagingOperationName, f.messagingOperation)
	}
	if operation == "" {
		return label{actor: actor, operation: s.Name}
	}
	return label{actor, operation, f.destination()}
}

func (f *facts) processLabel(s *Span) label {
	what := text(f.eventType)
	if what == "" {
		what = besideProcess(s.Name)
	}
	if what == "" {
		what = f.destination()
	}
	if what == "" {
		return label{actor: s.Service(), operation: s.Name}
	}
	return label{actor: s.Service(), operation: "process " + what}
}

// besideProcess returns what a name says beside the word: current conventions put it first, older ones last.
func besideProcess(name string) string {
	if what, ok := strings.CutPrefix(name, "process "); ok {
		return strings.TrimSpace(what)
	}
	if what, ok := strings.CutSuffix(name, " process"); ok {
		return strings.TrimSpace(what)
	}
	return ""
}

func (f *facts) databaseLabel(s *Span) label {
	operation := text(f.dbOperationName, f.dbOperation)
	if operation == "" {
		_, operation = f.method()
	}
	if operation == "" {
		return label{actor: "db", operation: s.Name}
	}
	l := label{actor: "db", operation: operation}
	if table := f.table(); table != "" {
		l.target = table + " table"
	}
	return l
}

func (f *facts) table() string {
	if name := text(f.dbCollectionName); name != "" {
		return name
	}
	names := text(f.dynamoTableNames)
	if strings.HasPrefix(names, "[") {
		var list []string
		if json.Unmarshal([]byte(names), &list) == nil {
			names = strings.Join(list, ", ")
		}
	}
	if names != "" {
		return names
	}
	return text(f.dbTable)
}

func (f *facts) destination() string {
	return text(f.messagingDestinationName, f.messagingDestination)
}

func (f *facts) isAWS() bool { return text(f.rpcSystemName, f.rpcSystem) == "aws-api" }

// rpcName names the RPC system in a client's label; what doesn't say is taken for gRPC.
func (f *facts) rpcName() string {
	if name := text(f.rpcSystemName, f.rpcSystem); name != "" {
		return name
	}
	return "grpc"
}
