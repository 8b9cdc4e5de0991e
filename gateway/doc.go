// Package gateway is the HTTP edge of the task system: JSON in and out in front of the gRPC task
// service. A trace begins here, or continues the caller's.
//
//	POST   /tasks      creates a task; an Idempotency-Key makes it safe to repeat
//	GET    /tasks      lists tasks in pages
//	GET    /tasks/:id  returns a task
//	PATCH  /tasks/:id  changes the fields in the body
//	DELETE /tasks/:id  deletes a task
//	GET    /healthz    answers without a span
//
// [New] returns the handler, and [DialOptions] connects it to the task service. A request passes
// the files in this order: instrument.go gives it a span and writes its errors, gateway.go limits
// its time and size, tasks.go turns it into a call, with the body read by json.go, and problem.go
// turns errors into responses (RFC 9457).
package gateway
