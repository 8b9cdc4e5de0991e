package play

import (
	"cmp"
	"net/url"
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	oldconv "go.opentelemetry.io/otel/semconv/v1.16.0"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"tracelab/tracetree"
)

const (
	region         = "us-east-1"
	queueURLs      = "http://sqs.local/000000000000/"
	outsideCaller  = "client" // who calls a service that nothing is above
	defaultMethod  = "POST"   // of an HTTP call whose label doesn't say
	otherErrorType = "_OTHER"
)

// dynamoDBOperations tell DynamoDB from other databases, which the label doesn't name.
var dynamoDBOperations = map[string]bool{
	"BatchGetItem": true, "BatchWriteItem": true, "DeleteItem": true, "GetItem": true, "PutItem": true, "Query": true,
	"Scan": true, "TransactGetItems": true, "TransactWriteItems": true, "UpdateItem": true,
}

// attributes are a span's attributes in the order in which they were set.
type attributes []tracetree.Attr

func (a *attributes) set(key string, value tracetree.Value) {
	for i := range *a {
		if (*a)[i].Key == key {
			(*a)[i].Value = value
			return
		}
	}
	*a = append(*a, tracetree.Attr{Key: key, Value: value})
}

func (a *attributes) text(key attribute.Key, value string) {
	a.set(string(key), tracetree.String(value))
}

func (a *attributes) number(key attribute.Key, value int) {
	a.set(string(key), tracetree.Int(int64(value)))
}

func (a *attributes) get(key string) (tracetree.Value, bool) {
	for _, attr := range *a {
		if attr.Key == key {
			return attr.Value, true
		}
	}
	return tracetree.Value{}, false
}

// describe gives a span the name and the attributes that the conventions want of its form. A span that failed has an
// errorType when the line states one.
func (s *span) describe(above *span, failed bool, errorType string) {
	operation, target := s.line.Operation.Text, s.line.Target.Text
	s.name = operation
	fallback := otherErrorType
	switch s.form {
	case httpServer:
		method, route, _ := strings.Cut(operation, " ")
		fallback = s.serveHTTP(above, method, pathOf(route), failed, errorType)
		s.attributes.text(semconv.HTTPRouteKey, route)
	case otherServer:
		fallback = s.serveHTTP(above, defaultMethod, "/"+url.PathEscape(operation), failed, errorType)
	case httpClient:
		method, host, _ := strings.Cut(strings.TrimPrefix(operation, "http.client."), " ")
		fallback = s.callHTTP(method, host, "/", httpStatus(failed, errorType))
	case grpcServer:
		fallback = s.rpc("grpc", operation[1:], s.service, rpcStatus(failed, errorType))
	case rpcClient:
		system, method, _ := strings.Cut(operation, ".client.")
		fallback = s.rpc(system, method, "", rpcStatus(failed, errorType))
	case database:
		s.query(operation, strings.TrimSuffix(target, tableSuffix), errorType)
	case send:
		s.send(operation, target)
	case process:
		s.process(above, operation)
	}
	if failed {
		if stated := s.line.ErrorType; stated == nil || stated.Wild {
			errorType = cmp.Or(errorType, fallback)
		}
		s.attributes.text(semconv.ErrorTypeKey, errorType)
	}
}

func (s *span) serveHTTP(above *span, method, path string, failed bool, errorType string) (code string) {
	caller := outsideCaller
	if above != nil {
		caller = above.service
	}
	status := httpStatus(failed, errorType)
	a := &s.attributes
	a.text(semconv.HTTPRequestMethodKey, method)
	a.text(semconv.URLSchemeKey, "http")
	a.text(semconv.URLPathKey, path)
	a.text(semconv.ServerAddressKey, s.service)
	a.number(semconv.HTTPResponseStatusCodeKey, status)
	a.text(oldconv.HTTPMethodKey, method)
	a.number(oldconv.HTTPStatusCodeKey, status)
	a.text(oldconv.NetPeerNameKey, caller)
	return strconv.Itoa(status)
}

func (s *span) callHTTP(method, host, path string, status int) (code string) {
	a := &s.attributes
	s.name = method
	a.text(semconv.HTTPRequestMethodKey, method)
	if host != "" {
		a.text(semconv.ServerAddressKey, host)
		a.number(semconv.ServerPortKey, 80)
		a.text(semconv.URLFullKey, (&url.URL{Scheme: "http", Host: host, Path: cmp.Or(path, "/")}).String())
		a.text(oldconv.NetPeerNameKey, host)
	}
	a.number(semconv.HTTPResponseStatusCodeKey, status)
	a.text(oldconv.HTTPMethodKey, method)
	a.number(oldconv.HTTPStatusCodeKey, status)
	return strconv.Itoa(status)
}

// pathOf returns a path that a route is for, with 1 in the place of each parameter.
func pathOf(route string) string {
	parts := strings.Split(route, "/")
	for i, part := range parts {
		if strings.HasPrefix(part, ":") || strings.HasPrefix(part, "{") && strings.HasSuffix(part, "}") {
			parts[i] = "1"
		}
	}
	return strings.Join(parts, "/")
}

// httpStatus returns the status code of a call, which a failure's error.type may be.
func httpStatus(failed bool, errorType string) int {
	if !failed {
		return 200
	}
	if code, err := strconv.Atoi(errorType); err == nil && code >= 400 && code < 600 {
		return code
	}
	return 500
}

func (s *span) rpc(system, method, host, status string) (code string) {
	a := &s.attributes
	s.name = method
	a.text(semconv.RPCSystemNameKey, system)
	a.text(semconv.RPCMethodKey, method)
	if host != "" {
		a.text(semconv.ServerAddressKey, host)
	}
	a.text(semconv.RPCResponseStatusCodeKey, status)
	return status
}

// learn completes the CLIENT of a gRPC call by what the line of the server below says: its label has the method alone.
func (s *span) learn() {
	if s.form != rpcClient || len(s.children) == 0 || s.line.Exact {
		return
	}
	server := s.children[0]
	full := strings.TrimPrefix(server.line.Operation.Text, "/")
	method, _ := s.attributes.get(string(semconv.RPCMethodKey))
	if server.form != grpcServer || !strings.HasSuffix(full, "/"+method.Text()) {
		return
	}
	w := wishes{line: s.line}
	if len(w.of(string(semconv.RPCMethodKey), false)) == 0 {
		s.attributes.text(semconv.RPCMethodKey, full)
	}
	if len(w.of(string(semconv.ServerAddressKey), false)) == 0 {
		s.attributes.text(semconv.ServerAddressKey, server.service)
	}
	if len(w.of(fieldName, true)) == 0 {
		s.name = full
	}
}

func (s *span) query(operation, table, errorType string) {
	a := &s.attributes
	a.text(semconv.DBOperationNameKey, operation)
	a.text(oldconv.DBOperationKey, operation)
	if table != "" {
		a.text(semconv.DBCollectionNameKey, table)
	}
	if errorType != "" {
		a.text(semconv.DBResponseStatusCodeKey, errorType)
	}
	current, old := semconv.DBSystemNameAWSDynamoDB.Value.AsString(), oldconv.DBSystemDynamoDB.Value.AsString()
	stated := statedText(s.line, semconv.DBSystemNameKey, oldconv.DBSystemKey)
	if stated == current || stated == old || stated == "" && dynamoDBOperations[operation] {
		s.name = "DynamoDB." + operation
		a.text(semconv.DBSystemNameKey, current)
		a.text(oldconv.DBSystemKey, old)
		s.awsCall("DynamoDB/"+operation, "dynamodb.local")
		if table != "" {
			names := semconv.AWSDynamoDBTableNames(table)
			a.set(string(names.Key), tracetree.JSON(names.Value.String()))
		}
		return
	}
	s.name = strings.TrimSpace(operation + " " + table)
	a.text(semconv.DBSystemNameKey, cmp.Or(stated, semconv.DBSystemNameOtherSQL.Value.AsString()))
	a.text(oldconv.DBSystemKey, cmp.Or(stated, oldconv.DBSystemOtherSQL.Value.AsString()))
}

func (s *span) awsCall(method, host string) {
	s.attributes.text(semconv.RPCSystemNameKey, "aws-api")
	s.attributes.text(semconv.RPCMethodKey, method)
	s.attributes.text(semconv.CloudRegionKey, region)
	s.attributes.text(semconv.ServerAddressKey, host)
}

func (s *span) send(operation, queue string) {
	system := cmp.Or(messagingSystems[s.line.Actor.Text], s.line.Actor.Text)
	name := operation
	if system == messagingSystems["sqs"] && isSQSOperation(operation) {
		s.awsCall("SQS/"+operation, "sqs.local")
		if isSQSSend(operation) {
			name = "send"
		}
	}
	s.name = strings.TrimSpace(name + " " + queue)
	s.attributes.text(semconv.MessagingOperationNameKey, name)
	if s.kind == tracetree.KindProducer {
		s.attributes.text(semconv.MessagingOperationTypeKey, "send")
	}
	s.message(system, queue)
}

// isSQSOperation reports whether an operation is named as AWS names them: SendMessage.
func isSQSOperation(operation string) bool {
	return operation != "" && isMethod(operation[:1]) && isMethod(strings.ToUpper(operation))
}

func isSQSSend(operation string) bool { return strings.HasPrefix(operation, "Send") }

func (s *span) process(above *span, operation string) {
	system, queue := messagingSystems["sqs"], ""
	if above != nil && above.form == send {
		system = cmp.Or(messagingSystems[above.line.Actor.Text], above.line.Actor.Text)
		queue = above.line.Target.Text
	}
	what, named := processed(operation)
	if named {
		s.attributes.text(semconv.CloudEventsEventTypeKey, what)
	} else {
		queue = "" // it would be in the label
	}
	s.attributes.text(semconv.MessagingOperationNameKey, "process")
	s.attributes.text(semconv.MessagingOperationTypeKey, "process")
	s.message(system, queue)
}

// message sets what the two ends of a queue have in common.
func (s *span) message(system, queue string) {
	a := &s.attributes
	a.text(semconv.MessagingSystemKey, system)
	if queue != "" {
		a.text(semconv.MessagingDestinationNameKey, queue)
		a.text(oldconv.MessagingDestinationKey, queue)
		if system == messagingSystems["sqs"] {
			a.text(semconv.AWSSQSQueueURLKey, queueURLs+queue)
		}
	}
	s.messageID = s.kind == tracetree.KindProducer || s.kind == tracetree.KindConsumer
}
