package play

import (
	"cmp"
	"strings"

	oldconv "go.opentelemetry.io/otel/semconv/v1.16.0"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"tracelab/tracetree"
)

// dynamoDBOperations distinguish DynamoDB from other databases, because a label doesn't name the
// system.
var dynamoDBOperations = map[string]bool{
	"BatchGetItem": true, "BatchWriteItem": true, "DeleteItem": true, "GetItem": true, "PutItem": true, "Query": true,
	"Scan": true, "TransactGetItems": true, "TransactWriteItems": true, "UpdateItem": true,
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

// isSQSOperation reports whether an operation has a name in AWS's style, such as SendMessage.
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
		queue = "" // it would become a part of the label
	}
	s.attributes.text(semconv.MessagingOperationNameKey, "process")
	s.attributes.text(semconv.MessagingOperationTypeKey, "process")
	s.message(system, queue)
}

// message sets the attributes that the PRODUCER and the CONSUMER have in common.
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
