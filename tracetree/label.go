package tracetree

import (
	"cmp"
	"encoding/json"
	"net/url"
	"strings"
)

// Class is the sort of operation that a span describes, by its kind and its attributes. If several
// fit, messaging comes before database, database before RPC, RPC before HTTP.
type Class uint8

// The classes.
const (
	ClassOther    Class = iota
	ClassSend           // sends a message
	ClassProcess        // processes a message
	ClassDatabase       // calls a database
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

// Meaning is the content of a span's semantic-convention attributes. Current attribute names win
// over older ones. A field is empty if no attribute sets it.
type Meaning struct {
	Class Class

	System      string // of the class, such as "aws_sqs", "postgresql" or "grpc"
	Operation   string // of messaging or the database, such as "send" or "PutItem"
	Destination string // a queue or a topic
	Collection  string // a database table
	MessageID   string
	EventType   string // the type of the processed message, such as "task-created"

	RPCSystem  string // also of messaging and databases that are called by RPC: "grpc", "aws-api"
	RPCService string // "tasks.TaskService"
	RPCMethod  string // "CreateTask"
	RPCStatus  string // the code as written: "NOT_FOUND", "5"

	HTTPMethod string
	Route      string // "/tasks/:id"
	HTTPStatus string // "404"
	Host       string // the peer of a client

	ErrorType string
}

// MeaningOf returns the meaning of a span.
func MeaningOf(s *Span) Meaning {
	var r meaningReader
	r.read(s.Attributes)
	r.setMethod()
	r.Class = r.classOf(s.Kind)
	switch r.Class {
	case ClassSend, ClassProcess:
		r.System, r.Operation = r.messagingSystem, r.messagingOperation
	case ClassDatabase:
		r.System, r.Operation = r.dbSystem, r.dbOperation
	case ClassRPCServer, ClassRPCClient:
		r.System = r.RPCSystem
	case ClassHTTPServer, ClassHTTPClient, ClassOther:
	}
	r.setHost(s.Kind)
	return r.Meaning
}

// meaningReader is a Meaning while its attributes are read, with those that no field of it keeps.
type meaningReader struct {
	Meaning
	messagingSystem, messagingOperation, messagingType string
	dbSystem, dbOperation                              string
	url                                                string
}

// read sets the fields from the attributes. It goes over them once for every generation of names
// that occurs: an older name sets a field only if no newer one has. Of several attributes with one
// key, the first counts.
func (r *meaningReader) read(attributes []Attr) {
	for age, oldest := 0, 0; age <= oldest; age++ {
		for i := range attributes {
			field, itsAge := r.field(attributes[i].Key)
			if field == nil {
				continue
			}
			oldest = max(oldest, itsAge)
			if itsAge == age && *field == "" {
				*field = attributes[i].Value.Text()
				if attributes[i].Key == "aws.dynamodb.table_names" {
					*field = joinJSON(*field)
				}
			}
		}
	}
}

// field returns the field that an attribute sets, or nil, and the age of its name: 0 for the
// current one.
func (r *meaningReader) field(key string) (field *string, age int) {
	switch key {
	case "messaging.system":
		return &r.messagingSystem, 0
	case "messaging.operation.name":
		return &r.messagingOperation, 0
	case "messaging.operation":
		return &r.messagingOperation, 1
	case "messaging.operation.type":
		return &r.messagingType, 0
	case "messaging.destination.name":
		return &r.Destination, 0
	case "messaging.destination":
		return &r.Destination, 1
	case "messaging.message.id":
		return &r.MessageID, 0
	case "cloudevents.event_type":
		return &r.EventType, 0
	case "db.system.name":
		return &r.dbSystem, 0
	case "db.system":
		return &r.dbSystem, 1
	case "db.operation.name":
		return &r.dbOperation, 0
	case "db.operation":
		return &r.dbOperation, 1
	case "db.collection.name":
		return &r.Collection, 0
	case "aws.dynamodb.table_names":
		return &r.Collection, 1
	case "db.sql.table":
		return &r.Collection, 2
	case "rpc.system.name":
		return &r.RPCSystem, 0
	case "rpc.system":
		return &r.RPCSystem, 1
	case "rpc.method":
		return &r.RPCMethod, 0
	case "rpc.service":
		return &r.RPCService, 1
	case "rpc.response.status_code":
		return &r.RPCStatus, 0
	case "rpc.grpc.status_code":
		return &r.RPCStatus, 1
	case "http.request.method":
		return &r.HTTPMethod, 0
	case "http.method":
		return &r.HTTPMethod, 1
	case "http.route":
		return &r.Route, 0
	case "http.response.status_code":
		return &r.HTTPStatus, 0
	case "http.status_code":
		return &r.HTTPStatus, 1
	case "server.address":
		return &r.Host, 0
	case "net.peer.name":
		return &r.Host, 1
	case "url.full":
		return &r.url, 0
	case "http.url":
		return &r.url, 1
	case "error.type":
		return &r.ErrorType, 0
	default:
		return nil, 0
	}
}

// joinJSON returns the strings of a JSON array as a list, and other text unchanged.
func joinJSON(text string) string {
	var list []string
	if !strings.HasPrefix(text, "[") || json.Unmarshal([]byte(text), &list) != nil {
		return text
	}
	return strings.Join(list, ", ")
}

// setMethod splits the RPC method: current conventions write the service into it, older ones have
// an attribute for it.
func (r *meaningReader) setMethod() {
	r.RPCMethod = strings.TrimPrefix(r.RPCMethod, "/")
	if at := strings.LastIndexByte(r.RPCMethod, '/'); at >= 0 {
		r.RPCService, r.RPCMethod = r.RPCMethod[:at], r.RPCMethod[at+1:]
	}
}

// setHost leaves the host to clients, and takes it from the URL if no attribute has it.
func (r *meaningReader) setHost(kind Kind) {
	if kind != KindClient {
		r.Host = ""
		return
	}
	if r.Host != "" || r.url == "" {
		return
	}
	if parsed, err := url.Parse(r.url); err == nil { // an attribute that is not a URL names no host
		r.Host = parsed.Hostname()
	}
}

func (r *meaningReader) classOf(kind Kind) Class {
	isRPC := cmp.Or(r.RPCSystem, r.RPCMethod, r.RPCService) != ""
	isHTTP := r.HTTPMethod != ""
	receives := cmp.Or(r.messagingType, r.messagingOperation) == "receive"
	switch kind {
	case KindProducer:
		return ClassSend
	case KindConsumer:
		if !receives {
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
		case r.messagingSystem != "":
			if !receives {
				return ClassSend
			}
		case cmp.Or(r.dbSystem, r.dbOperation) != "":
			return ClassDatabase
		case isRPC:
			return ClassRPCClient
		case isHTTP:
			return ClassHTTPClient
		}
	}
	return ClassOther
}

// Label returns the label of a span in the notation: "actor: operation", and " (target)" if there
// is one. It depends on the kind and the semantic-convention attributes only, so that
// instrumentations of all languages yield the same label; current attribute names win over older
// ones. A missing part is replaced by the next best one, in the end by the span's name. Parts that
// would be read as something else are quoted.
func Label(s *Span) string {
	l := labelOf(s)
	return string(l.append(nil))
}

// label is a label in parts, unquoted.
type label struct{ actor, operation, target string }

func labelOf(s *Span) label {
	m := MeaningOf(s)
	switch m.Class {
	case ClassSend:
		return m.sendLabel(s)
	case ClassProcess:
		return m.processLabel(s)
	case ClassDatabase:
		return m.databaseLabel(s)
	case ClassRPCServer:
		if m.RPCService != "" && m.RPCMethod != "" {
			return label{actor: s.Service(), operation: "/" + m.RPCService + "/" + m.RPCMethod}
		}
	case ClassRPCClient:
		if m.RPCMethod != "" {
			return label{actor: s.Service(), operation: cmp.Or(m.RPCSystem, "grpc") + ".client." + m.RPCMethod}
		}
	case ClassHTTPServer:
		if m.Route != "" {
			return label{actor: s.Service(), operation: m.HTTPMethod + " " + m.Route}
		}
	case ClassHTTPClient:
		operation := "http.client." + m.HTTPMethod
		if m.Host != "" {
			operation += " " + m.Host
		}
		return label{actor: s.Service(), operation: operation}
	}
	return label{actor: s.Service(), operation: s.Name}
}

func (m *Meaning) sendLabel(s *Span) label {
	actor := m.System
	switch actor {
	case "aws_sqs", "AmazonSQS":
		actor = "sqs"
	case "":
		actor = s.Service()
	}
	operation := m.Operation
	if m.RPCSystem == "aws-api" {
		operation = cmp.Or(m.RPCMethod, operation)
	}
	if operation == "" {
		return label{actor: actor, operation: s.Name}
	}
	return label{actor, operation, m.Destination}
}

func (m *Meaning) processLabel(s *Span) label {
	subject := cmp.Or(m.EventType, processed(s.Name), m.Destination)
	if subject == "" {
		return label{actor: s.Service(), operation: s.Name}
	}
	return label{actor: s.Service(), operation: "process " + subject}
}

// processed returns the subject in the name of a span that processes messages: current conventions
// write it after the word, older ones before it.
func processed(name string) string {
	if subject, ok := strings.CutPrefix(name, "process "); ok {
		return strings.TrimSpace(subject)
	}
	if subject, ok := strings.CutSuffix(name, " process"); ok {
		return strings.TrimSpace(subject)
	}
	return ""
}

func (m *Meaning) databaseLabel(s *Span) label {
	operation := cmp.Or(m.Operation, m.RPCMethod)
	if operation == "" {
		return label{actor: "db", operation: s.Name}
	}
	l := label{actor: "db", operation: operation}
	if m.Collection != "" {
		l.target = m.Collection + " table"
	}
	return l
}
