// Package play turns the notation of traces into real spans: the OpenTelemetry SDK creates the
// trace that a text describes, with a TracerProvider for every service in it. The context is
// injected and extracted wherever a line has a different service from the one above it.
//
//	api-gateway: POST /tasks (root)
//	  task-service: /tasks.TaskService/CreateTask
//	    db: PutItem (tasks table)
//	    sqs: SendMessage (task-events)
//	      worker: process task-created          ← linked span
//	        db: UpdateItem (tasks table)
//
// # What a line becomes
//
//	db: Operation (x table)    a CLIENT span of the service above
//	sqs: Operation (queue)     a PRODUCER span of the service above; also for all messaging systems of the
//	                           semantic conventions, nats, and every other actor whose line has a target
//	service: process what      a CONSUMER; also for any work of another service below a send
//	service: METHOD /route     an HTTP server, with the caller's CLIENT span above it
//	service: /pkg.Service/Name a gRPC server, with the caller's CLIENT span above it
//	service: http.client.METHOD host, service: grpc.client.Name
//	                           that CLIENT span; a server below it gets no second one
//	service: anything else     below another service an HTTP server, with the caller's CLIENT span; otherwise
//	                           an INTERNAL span
//
// A span gets the attributes that the semantic conventions require for its kind, under current and
// older names. Attributes in braces are added, or replace them: a condition that allows several
// values (key<3, key~"^a") gets one that meets it, and !key removes the attribute. {= …} has only
// the named attributes. Numbers, booleans and JSON arrays are typed. @kind, @status, @service,
// @name, @scope and @event set fields of the span; {@trace=new} with the link mark starts a new
// trace that links to the span above.
//
// A count plays its lower bound: 3x three subtrees, ?x, *x and "..." none. The parent of an
// (orphan) is in the trace of the root before it, and is never exported.
//
// # Time
//
// No time passes: every span has explicit timestamps. A stated duration and an offset ("at") are
// kept; a range becomes its middle. Without a duration, a span takes 4 ms, or the sum of its
// children, which run one after the other, with 1 ms before and after; a call takes half a
// millisecond each way. If a stated duration is shorter than that, the children without a stated
// duration are shortened. A CONSUMER starts 1 ms after the send has ended, and each further one 1
// ms later.
//
// # Refused texts
//
// A text that no program could have caused is an error with a position: (cycle) and (duplicate), a
// wildcard in a label, a condition that no value meets. Before anything reaches the providers, the
// text is played to a recorder, and the spans are matched with the text, in the compact view or, if
// the text isn't in that view, in the full view.
package play
