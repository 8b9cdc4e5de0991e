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
	Step        string // of messaging: "create", "send", "receive", "process" or "settle"
	Destination string // a queue or a topic
	Collection  string // a database table or collection; the database index of Redis
	MessageID   string
	EventType   string // the type of the processed message, such as "task-created"
	Partition   string // of Kafka
	Offset      string // of Kafka

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

// The systems of which instrumentations write the names differently.
const (
	systemSQS      = "aws_sqs"
	systemSNS      = "aws.sns"
	systemDynamoDB = "aws.dynamodb"
	systemAWS      = "aws-api" // the RPC system of AWS's SDKs
)

// The steps of a message.
const (
	stepCreate  = "create"
	stepSend    = "send"
	stepReceive = "receive"
	stepProcess = "process"
	stepSettle  = "settle"
)

// MeaningOf returns the meaning of a span.
func MeaningOf(s *Span) Meaning {
	var r meaningReader
	r.readSpan(s)
	return r.Meaning
}

// readSpan sets the fields of an empty reader. Labels use it directly, because a Meaning is large
// and the copies of one for each line are a tenth of the time of Format.
func (r *meaningReader) readSpan(s *Span) {
	r.read(s.Attributes)
	kind := s.Kind
	if r.RPCSystem == systemAWS && (kind == KindInternal || kind == KindUnspecified) {
		kind = KindClient // Rust's SDK does not set the kind of its calls
	}
	r.setMethod()
	r.setOlderSystem(kind)
	r.setSystems()
	r.setStep(kind, s.Name)
	r.Class = r.classOf(kind)
	switch r.Class {
	case ClassSend, ClassProcess:
		r.System, r.Operation = r.messagingSystem, r.messagingOperation
	case ClassDatabase:
		r.System, r.Operation = r.dbSystem, r.dbOperation
		r.setStatement()
	case ClassRPCServer, ClassRPCClient:
		r.System = r.RPCSystem
	case ClassOther:
		if r.Step != "" {
			r.System, r.Operation = r.messagingSystem, r.messagingOperation
		}
	case ClassHTTPServer, ClassHTTPClient:
	}
	r.setDestination()
	r.setHost(kind)
}

// meaningReader is a Meaning while its attributes are read, with those that no field of it keeps.
type meaningReader struct {
	Meaning
	messagingSystem, messagingOperation, messagingType string
	queueURL, messagingURL, routingKey                 string
	kafkaTopic, jmsDestination, rabbitDestination      string
	dbSystem, dbOperation, dbSummary, dbStatement      string
	dbName, listener, url, path                        string
}

// read sets the fields from the attributes. It goes over them once for every generation of names
// that occurs: an older name sets a field only if no newer one has. If a key occurs more
// than once, its first attribute counts.
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
	case "messaging.destination", "messaging.source.name":
		return &r.Destination, 1
	case "message_bus.destination": // OpenTracing, Azure's SDKs
		return &r.Destination, 2
	case "kafka.topic": // this and the following: Brave
		return &r.kafkaTopic, 0
	case "jms.queue", "jms.topic":
		return &r.jmsDestination, 0
	case "rabbit.queue", "rabbit.exchange":
		return &r.rabbitDestination, 0
	case "aws.sqs.queue.url":
		return &r.queueURL, 0
	case "aws.queue_url", "aws.queue.url":
		return &r.queueURL, 1
	case "messaging.url":
		return &r.messagingURL, 0
	case "spring.kafka.listener.id", "spring.rabbit.listener.id":
		return &r.listener, 0
	case "messaging.rabbitmq.destination.routing_key":
		return &r.routingKey, 0
	case "messaging.rabbitmq.routing_key", "rabbit.routing_key":
		return &r.routingKey, 1
	case "messaging.message.id":
		return &r.MessageID, 0
	case "messaging.message_id":
		return &r.MessageID, 1
	case "messaging.destination.partition.id":
		return &r.Partition, 0
	case "messaging.kafka.destination.partition", "messaging.kafka.source.partition", "messaging.kafka.partition":
		return &r.Partition, 1
	case "messaging.kafka.offset":
		return &r.Offset, 0
	case "messaging.kafka.message.offset":
		return &r.Offset, 1
	case "cloudevents.event_type":
		return &r.EventType, 0
	case "celery.task_name":
		return &r.EventType, 1
	case "db.system.name":
		return &r.dbSystem, 0
	case "db.system":
		return &r.dbSystem, 1
	case "db.operation.name":
		return &r.dbOperation, 0
	case "db.operation":
		return &r.dbOperation, 1
	case "db.namespace":
		return &r.dbName, 0
	case "db.name":
		return &r.dbName, 1
	case "db.query.summary":
		return &r.dbSummary, 0
	case "db.query.text":
		return &r.dbStatement, 0
	case "db.statement":
		return &r.dbStatement, 1
	case "db.collection.name":
		return &r.Collection, 0
	case "aws.dynamodb.table_names":
		return &r.Collection, 1
	case "db.sql.table", "db.mongodb.collection", "db.cassandra.table", "db.cosmosdb.container", "db.redis.database_index",
		"db.elasticsearch.path_parts.index", "aws.table.name", "aws.table_name":
		return &r.Collection, 2
	case "rpc.system.name":
		return &r.RPCSystem, 0
	case "rpc.system":
		return &r.RPCSystem, 1
	case "rpc.method":
		return &r.RPCMethod, 0
	case "grpc.method", "grpc.path": // Grpc.AspNetCore, Envoy
		return &r.RPCMethod, 1
	case "rpc.service":
		return &r.RPCService, 1
	case "rpc.response.status_code":
		return &r.RPCStatus, 0
	case "rpc.grpc.status_code":
		return &r.RPCStatus, 1
	case "grpc.status_code":
		return &r.RPCStatus, 2
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
	case "http.host", "net.sock.peer.name":
		return &r.Host, 2
	case "url.full":
		return &r.url, 0
	case "http.url":
		return &r.url, 1
	case "url.path":
		return &r.path, 0
	case "http.target":
		return &r.path, 1
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
// an attribute for it. Servers of gRPC that are traced as HTTP have it in the path only.
func (r *meaningReader) setMethod() {
	r.RPCMethod = strings.TrimPrefix(r.RPCMethod, "/")
	if at := strings.LastIndexByte(r.RPCMethod, '/'); at >= 0 {
		r.RPCService, r.RPCMethod = r.RPCMethod[:at], r.RPCMethod[at+1:]
	}
	if r.HTTPMethod != "POST" || r.RPCService != "" || cmp.Or(r.RPCSystem, r.RPCStatus, r.RPCMethod) == "" {
		return
	}
	path := cmp.Or(r.path, r.Route)
	if parsed, err := url.Parse(r.url); path == "" && err == nil {
		path = parsed.Path
	}
	service, method, ok := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if ok && strings.HasPrefix(path, "/") && service != "" && method != "" && !strings.ContainsAny(method, "/?") &&
		(r.RPCMethod == "" || r.RPCMethod == method) {
		r.RPCService, r.RPCMethod = service, method
	}
}

// setOlderSystem takes the system and the destination of a message from the names that Brave gives
// each system's destinations, which have no other attribute for it.
func (r *meaningReader) setOlderSystem(kind Kind) {
	if r.messagingSystem != "" || kind != KindProducer && kind != KindConsumer {
		return
	}
	switch {
	case r.kafkaTopic != "":
		r.messagingSystem = "kafka"
	case r.jmsDestination != "":
		r.messagingSystem = "jms"
	case r.rabbitDestination != "" || r.routingKey != "":
		r.messagingSystem = "rabbitmq"
	}
	r.Destination = cmp.Or(r.Destination, r.kafkaTopic, r.jmsDestination, r.rabbitDestination)
}

// setSystems gives every system one name, and AWS's calls the system that the service is: Go's
// otelaws can be configured to set the attributes of one service on the calls of all.
func (r *meaningReader) setSystems() {
	switch r.messagingSystem {
	case "aws.sqs", "AmazonSQS", "sqs":
		r.messagingSystem = systemSQS
	case "aws_sns", "AmazonSNS", "sns":
		r.messagingSystem = systemSNS
	}
	if r.RPCSystem != systemAWS {
		return
	}
	service := strings.TrimSpace(strings.TrimPrefix(r.RPCService, "Amazon")) // version 1 of Java's SDK
	r.RPCService = service
	switch {
	case strings.EqualFold(service, "sqs"):
		r.messagingSystem, r.dbSystem = systemSQS, ""
	case strings.EqualFold(service, "sns"):
		r.messagingSystem, r.dbSystem = systemSNS, ""
	case strings.EqualFold(service, "dynamodb"), strings.EqualFold(service, "dynamodbv2"):
		r.messagingSystem, r.dbSystem = "", cmp.Or(r.dbSystem, systemDynamoDB)
	}
}

// setStep finds out what is done with a message: by the type of the operation, its name, the method
// of AWS's API, and finally by the kind and the name of the span.
func (r *meaningReader) setStep(kind Kind, name string) {
	if r.messagingSystem == "" && kind != KindProducer && kind != KindConsumer {
		return
	}
	if r.listener != "" && kind == KindConsumer {
		r.Step = stepProcess // Spring calls it receive, and runs the listener inside
		return
	}
	if r.Step = stepOf(r.messagingType); r.Step != "" {
		return
	}
	if r.Step = stepOf(r.messagingOperation); r.Step != "" {
		return
	}
	if r.RPCSystem == systemAWS && r.RPCMethod != "" {
		r.Step = stepOf(r.RPCMethod)
		return
	}
	switch step := stepOfName(name); {
	case kind == KindProducer:
		r.Step = stepSend
	case step == stepReceive || step == stepSettle:
		r.Step = step
	case kind == KindConsumer:
		r.Step = stepProcess
	}
}

// stepOfName returns the step that a span's name begins or ends with, as in "receive orders",
// "orders receive" and "SQS.ReceiveMessage".
func stepOfName(name string) string {
	begin := strings.IndexAny(name, " .")
	if begin < 0 {
		return stepOf(name)
	}
	return cmp.Or(stepOf(name[:begin]), stepOf(name[strings.LastIndexAny(name, " .")+1:]))
}

// stepOf returns the step of an operation's name, or "" if it is unknown.
func stepOf(operation string) string {
	switch strings.ToLower(operation) {
	case "create":
		return stepCreate
	case "send", "publish", "sendmessage", "sendmessagebatch", "publishbatch", "basic.publish":
		return stepSend
	case "receive", "recv", "poll", "peek", "fetch", "receivemessage", "basic.get":
		return stepReceive
	case "process", "deliver", "consume", "basic.deliver", "basic.consume":
		return stepProcess
	case "settle", "ack", "nack", "reject", "delete", "commit", "complete", "abandon", "defer", "basic.ack", "basic.nack",
		"deletemessage", "deletemessagebatch", "changemessagevisibility", "changemessagevisibilitybatch":
		return stepSettle
	}
	return ""
}

// setDestination takes the queue from its URL if no attribute has its name, and a topic from its
// ARN. A message to RabbitMQ's default exchange, which has no name and gets one from each
// instrumentation, goes to the queue that the routing key names.
func (r *meaningReader) setDestination() {
	switch r.messagingSystem {
	case systemSQS:
		r.queueURL = cmp.Or(r.queueURL, r.messagingURL) // of other systems it is the broker's
	case "rabbitmq":
		switch r.Destination {
		case "", "<default>", "amq.default":
			r.Destination = cmp.Or(r.routingKey, r.Destination)
		}
	}
	if r.queueURL == "" && r.messagingSystem != "" && strings.Contains(r.Host, "://") {
		r.queueURL = r.Host // Go's otelaws writes the queue into server.address
	}
	if r.Destination == "" && r.queueURL != "" {
		r.Destination = r.queueURL[strings.LastIndexByte(r.queueURL, '/')+1:]
	}
	if strings.HasPrefix(r.Destination, "arn:") {
		r.Destination = r.Destination[strings.LastIndexByte(r.Destination, ':')+1:]
	}
}

// setHost leaves the host to clients, without the port that a request's header has. If no attribute
// has it, it is that of the URL.
func (r *meaningReader) setHost(kind Kind) {
	if kind != KindClient {
		r.Host = ""
		return
	}
	if strings.HasPrefix(r.Host, "[") || strings.Count(r.Host, ":") == 1 { // else an address of IPv6
		r.Host = (&url.URL{Host: r.Host}).Hostname()
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
	switch kind {
	case KindProducer:
		return ClassSend
	case KindConsumer:
		if r.Step != stepReceive && r.Step != stepSettle {
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
			return r.messagingClass()
		case cmp.Or(r.dbSystem, r.dbOperation, r.dbStatement) != "":
			return ClassDatabase
		case isRPC:
			return ClassRPCClient
		case isHTTP:
			return ClassHTTPClient
		}
	}
	return ClassOther
}

// messagingClass returns the class of a messaging client's span. A span that is not known to be
// something else is a send, except for AWS's API, which has methods such as CreateQueue.
func (r *meaningReader) messagingClass() Class {
	switch {
	case r.Step == stepSend || r.Step == stepCreate:
		return ClassSend
	case r.Step == "" && r.RPCSystem == systemAWS && r.RPCMethod != "":
		return ClassRPCClient
	case r.Step == "":
		return ClassSend
	}
	return ClassOther
}
