// Package play turns the notation of traces into real spans: a text that says what a trace looks like becomes that
// trace, made by the OpenTelemetry SDK, with a provider for every service in it and with context that is really
// injected and extracted wherever a line is of another service than the one above it.
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
//	sqs: Operation (queue)     a PRODUCER span of the service above; so are all messaging systems of the semantic
//	                           conventions, nats, and every other actor whose line has a target
//	service: process what      a CONSUMER; so is what another service does below a send
//	service: METHOD /route     an HTTP server, with the caller's CLIENT span above it
//	service: /pkg.Service/Name a gRPC server, with the caller's CLIENT span above it
//	service: http.client.METHOD host, service: grpc.client.Name
//	                           the CLIENT span itself; a server below it gets no other one
//	service: anything else     below another service an HTTP server, with the caller's CLIENT span; else INTERNAL
//
// A span gets the attributes that the semantic conventions ask of its kind, older names beside current ones. What
// stands in braces is added, or takes their place: a condition that leaves a choice (key<3, key~"^a", !key) gets a
// value that fulfils it. {= …} has nothing but what it names. Numbers, booleans and JSON arrays are typed. @kind,
// @status, @service, @name, @scope and @event address the span itself; {@trace=new} with the link mark starts a new
// trace that links to the span above.
//
// A count plays its lower bound, 3x three subtrees, ?x and *x none; so does "...". (orphan) has a parent that nobody
// exports, in the trace of the root before it.
//
// # Time
//
// No time passes: every span has explicit timestamps. A stated duration is kept, of a range the middle, and so is
// "at". Otherwise a span lasts 4 ms, or as long as what is below it, one after the other, and 1 ms before and after;
// a call takes half a millisecond each way. Where a stated duration leaves less time, what is below and states none is
// shortened. A CONSUMER starts when the send has ended, the next one of it 1 ms later.
//
// # What is refused
//
// Text that no program could have made is an error that says where: (cycle) and (duplicate), a wildcard in a label, a
// condition that nothing fulfils. Before anything reaches the pipeline the text is played to a recorder, and what came
// out is matched with the text, in the compact view or, if that isn't how it is written, in the full view.
package play
