// Package fakes is an in-memory DynamoDB, SQS and network for tests and classrooms, with failures
// on demand.
//
// The fakes have the methods of the AWS SDK's clients, with its input, output and error types, so
// that code which declares the few methods it needs takes the fake and the real client alike. Time
// is the real clock: a test that lets time pass runs in a testing/synctest bubble.
//
// What a fake does not support it refuses, naming the field, function or attribute, with an error
// that wraps errors.ErrUnsupported. It ignores no part of an input. Package fakestest holds the
// tests that a fake and a real server both pass.
//
// # DynamoDB
//
//	PutItem        yes     ConditionExpression, ReturnValues, ReturnValuesOnConditionCheckFailure
//	GetItem        partly  no ProjectionExpression; every read is consistent
//	UpdateItem     partly  SET and REMOVE, not ADD and DELETE
//	DeleteItem     yes     as PutItem
//	Scan           partly  FilterExpression, Limit and paging; no index, segments, Select or ProjectionExpression
//	CreateTable    partly  a hash key; the table is ACTIVE at once
//	DescribeTable  partly  key, status, number of items, size
//	DeleteTable    yes     at once
//
// There is no other operation. Tables have a hash key of type S and no range key, and have no
// index, stream or time to live. All attribute types are supported. Numbers are exact and come back
// in their shortest form without an exponent. Strings must be UTF-8.
//
//	conditions  yes     = <> < <= > >= AND OR NOT ( ) attribute_exists attribute_not_exists begins_with
//	            no      BETWEEN, IN, attribute_type, contains, size
//	updates     yes     SET a = b, + and -, if_not_exists; REMOVE
//	            no      ADD, DELETE, list_append
//	paths       partly  an attribute or its #placeholder; no path into a list or map
//	refused     yes     placeholders that are missing or unused, reserved words, overlapping updates, a changed key
//	limits      yes     400 KB an item, 2048 bytes a key, 38 digits a number, 32 levels, 4 KB an expression, 1 MiB a page
//	            no      throughput and capacity, operators in an expression
//
// Where other stand-ins differ, the service's documentation decides:
//
//	equal operands          a = a, and begins_with(a, a)            refused: the operands must be distinct
//	redundant parentheses   ((a = :v))                              refused
//	around an operand       (a) = :v, and SET a = (b)               refused: the grammar has none
//	NOT NOT a = :v                                                  accepted: what NOT negates is a condition
//	a value first           begins_with(:v, a)                      refused: it takes a path
//	an order                of booleans, documents or sets          refused: strings, numbers and binaries have one
//	a first underscore      _a = :v                                 refused without a #placeholder
//	nested functions        if_not_exists(a, if_not_exists(b, :v))  accepted
//	numbers                 +1                                      refused; a plus sign is for exponents: 1e+5
//	empty names             of attributes, also inside of maps      refused
//	nesting                 33 levels                               refused
//	ReturnValues            ALL_NEW, UPDATED_… of a put or delete   refused: only UpdateItem has them
//
// Before it makes a call, a fake returns the context's error if it has ended, as the client does.
// Errors have the types, layers, faults and status codes that the SDK's client decodes from a
// real answer: see [Failure].
//
// # SQS
//
//	SendMessage              yes     MessageAttributes, DelaySeconds, the system attribute AWSTraceHeader
//	ReceiveMessage           yes     long poll, VisibilityTimeout, MessageAttributeNames, MessageSystemAttributeNames
//	DeleteMessage            yes     by the last receipt handle; an older one succeeds and deletes nothing
//	ChangeMessageVisibility  yes     within 12 hours of the receive
//	GetQueueUrl              partly  no QueueOwnerAWSAccountId
//	GetQueueAttributes       partly  numbers of messages, QueueArn, VisibilityTimeout, RedrivePolicy, delays and sizes
//	CreateQueue              partly  with VisibilityTimeout and RedrivePolicy
//	SetQueueAttributes       partly  VisibilityTimeout and RedrivePolicy
//	DeleteQueue              partly  at once; its name can be reused at once
//
// There is no other operation, batches included. [SQS.EndPolls] is for a system that shuts down.
// Queues are standard queues, not FIFO. Delivery is in the order in which messages become
// visible. A message is delivered again only after its visibility timeout, or if a Fault
// duplicates it. The real service promises neither. A message that has used up its receives moves
// to the dead-letter queue at the next receive, at once if a long poll is waiting, and not at all
// without a receive.
//
//	limits  yes  10 attributes a message; 1 MiB of body and attributes (256 KiB until AWS raised it in 2025); 15 min of delay
//	        no   retention (messages do not expire), messages in flight, queue policies and encryption
//
// # Network
//
// Network joins goroutines by named listeners over bufconn. It has no latency, loss or partition.
package fakes
