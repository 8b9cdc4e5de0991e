package challenge

import (
	"cmp"
	"strings"

	"tracelab/tracetree"
	"tracelab/tracetree/check"
)

// The headings of the items.
const (
	groupGateway      = "API gateway"
	groupTaskService  = "Task service"
	groupWorker       = "Worker"
	groupVerification = "Verification"
	groupSelfCheck    = "Self-check list"
)

// Items returns the items, in the order in which they are listed. Their titles contain the names.
func Items(names Names) []Item {
	return append([]Item{
		{
			ID: "gateway-server", Group: groupGateway, Service: Gateway,
			Title: "every request is a SERVER span",
			Looks: "the gateway's spans: each is a SERVER span, or below one of the gateway",
			grade: gradeGatewayServer, Advice: advice("gateway-server"),
		},
		{
			ID: "gateway-propagation", Group: groupGateway, Service: Gateway,
			Title: "the gRPC client sends traceparent in the metadata",
			Looks: "the task service's spans: they are below the gateway's",
			grade: gradeGatewayPropagation, Advice: advice("gateway-propagation"),
		},
		{
			ID: "gateway-spans", Group: groupGateway, Service: Gateway,
			Title: "the request and the gRPC call have a span each",
			Looks: "the gateway's SERVER span, and a CLIENT span for " + names.method() + " below it",
			grade: gradeGatewaySpans, Advice: advice("gateway-spans"),
		},
		{
			ID: "task-server", Group: groupTaskService, Service: TaskService,
			Title: "the gRPC server records a SERVER span for each call",
			Looks: "the task service's span of kind SERVER for " + names.method(),
			grade: gradeTaskServer, Advice: advice("task-server"),
		},
		{
			ID: "task-database", Group: groupTaskService, Service: TaskService,
			Title: "database calls are spans with their system and operation",
			Looks: "a database span of the task service, of the system " + names.Database,
			grade: gradeTaskDatabase, Advice: advice("task-database"),
		},
		{
			ID: "task-publish", Group: groupTaskService, Service: TaskService,
			Title: "sending the message is a span with its system and queue",
			Looks: "a sending span of the task service, of the system " + names.Messaging + ", to " + names.Queue,
			grade: gradeTaskPublish, Advice: advice("task-publish"),
		},
		{
			ID: "worker-extract", Group: groupWorker, Service: Worker,
			Title: "the context is taken from the message's attributes",
			Looks: "the worker's spans: one is below a span of the task service, or links to one",
			grade: gradeWorkerExtract, Advice: advice("worker-extract"),
		},
		{
			ID: "worker-consumer", Group: groupWorker, Service: Worker,
			Title: "processing is a CONSUMER span, linked to the send or its child",
			Looks: "the worker's span of kind CONSUMER that processes the message",
			grade: gradeWorkerConsumer, Advice: advice("worker-consumer"),
		},
		{
			ID: "worker-database", Group: groupWorker, Service: Worker,
			Title: "the database update is a span",
			Looks: "a database span of the worker, below the span that processes the message",
			grade: gradeWorkerDatabase, Advice: advice("worker-database"),
		},
		{
			ID: "verify-operation", Group: groupVerification, Service: Gateway,
			Title: "the trace is found by service " + names.Gateway + " and operation " + names.Operation,
			Looks: "the SERVER span of the gateway: its method and route, or its name",
			grade: gradeOperation,
			Advice: everywhere("Set service.name with OTEL_SERVICE_NAME, and give the SERVER span the route: http.route, and " +
				"METHOD ROUTE as its name."),
		},
		{
			ID: "verify-duration", Group: groupVerification, Service: Gateway,
			Title: "its duration is greater than zero",
			Looks: "the start and the end of that span",
			grade: gradeDuration,
			Advice: everywhere("End the span after the response has been written, and leave start and end to the SDK's " +
				"clock."),
		},
		{
			ID: "verify-tree", Group: groupVerification, Service: AnyService,
			Title: "the spans form the expected tree",
			Looks: "the request, the gRPC call, the insert, the send, the processing and the update: each below its cause",
			grade: gradeTree,
			Advice: everywhere("Meet the items above first. If a span is in the wrong place, start it in the context of its " +
				"cause, instead of a new one."),
		},
	}, selfCheck()...)
}

func everywhere(line string) map[string]string { return map[string]string{"": line} }

// selfCheck returns an item for each line of the self-check list, which the checks cover.
func selfCheck() []Item {
	var items []Item
	for _, lesson := range check.Lessons(check.All()) {
		items = append(items, Item{
			ID: "self-" + lesson.Checks[0], Group: groupSelfCheck, Title: lesson.Text,
			Looks: "what the checks report as an error: " + strings.Join(lesson.Checks, ", "),
			grade: func(r *request) outcome { return gradeLesson(r, lesson) },
			Advice: everywhere("tracelab checks " + lesson.Checks[0] + " explains it. For a report with likely causes: " +
				"tracelab check FILE."),
		})
	}
	return items
}

// gradeLesson finds out whether the checks found errors in the graded traces. Warnings don't leave
// an item open: most are about attribute names in which languages differ.
func gradeLesson(r *request, lesson check.Lesson) outcome {
	if len(r.spans) == 0 {
		return notVisible("there are no spans of these services")
	}
	for _, f := range append(lesson.Findings(r.findings), lesson.Torn(r.findings)...) {
		if f.Severity < check.Error {
			continue
		}
		o := outcome{status: NotMet, seen: f.Seen}
		if f.Span != "" {
			o.at = check.Ref{Trace: f.Trace, Span: f.Span, Service: f.Service, Label: f.Label}
		}
		return o
	}
	return outcome{status: Met}
}

func gradeGatewayServer(r *request) outcome {
	all := r.of(r.names.Gateway)
	if len(all) == 0 {
		return r.missing(r.names.Gateway)
	}
	isServer := func(n tracetree.Node) bool {
		return n.Span().Service() == r.names.Gateway && r.names.kindOf(n) == tracetree.KindServer
	}
	var found tracetree.Node
	// Trees are in order: a span's ancestors come before it.
	within := map[tracetree.Node]bool{}
	for _, s := range all {
		parent, hasParent := s.Parent()
		within[s.Node] = isServer(s.Node) || hasParent && within[parent]
		if isServer(s.Node) && found.IsZero() {
			found = s.Node
		}
	}
	for _, s := range all {
		if !within[s.Node] {
			return notMet(s.Node, "this span, of kind %s, is not below a SERVER span of the gateway", s.kind())
		}
	}
	return met(found)
}

func gradeGatewayPropagation(r *request) outcome {
	tasks := r.of(r.names.TaskService)
	if len(tasks) == 0 {
		return r.missing(r.names.TaskService)
	}
	for _, s := range tasks {
		if r.is(aboveGateway, s.Node) {
			return met(s.Node)
		}
	}
	gateway := r.of(r.names.Gateway)
	if len(gateway) == 0 {
		return r.missing(r.names.Gateway)
	}
	for _, s := range tasks {
		if s.kind() == tracetree.KindServer {
			return notMet(s.Node, "the call starts trace %s: the gateway's spans are in trace %s",
				s.Span().TraceID, gateway[0].Span().TraceID)
		}
	}
	return notVisible("%s has no SERVER span, which would show whether the call carried traceparent", r.names.TaskService)
}

func gradeGatewaySpans(r *request) outcome {
	all := r.of(r.names.Gateway)
	if len(all) == 0 {
		return r.missing(r.names.Gateway)
	}
	list := pieces(&r.names)
	var call, other span
	for _, s := range all {
		switch {
		case call.IsZero() && list[client].is(s):
			call = s
		case other.IsZero() && s.kind() == tracetree.KindClient:
			other = s
		}
	}
	switch {
	case call.IsZero() && !other.IsZero():
		return notMet(other.Node, "the CLIENT span is not about %s", r.names.method())
	case call.IsZero():
		return notMet(all[0].Node, "the gateway has no CLIENT span")
	case !r.is(aboveServer, call.Node):
		return notMet(call.Node, "the call is not below a SERVER span of the gateway")
	}
	return met(call.Node)
}

func gradeTaskServer(r *request) outcome {
	all := r.of(r.names.TaskService)
	if len(all) == 0 {
		return r.missing(r.names.TaskService)
	}
	list := pieces(&r.names)
	for _, s := range all {
		if list[server].is(s) {
			return met(s.Node)
		}
	}
	for _, s := range all {
		if s.kind() == tracetree.KindServer {
			return notMet(s.Node, "the SERVER span is not about %s", r.names.method())
		}
	}
	return notMet(all[0].Node, "%s has no SERVER span, but this one, of kind %s", r.names.TaskService, all[0].kind())
}

func gradeTaskDatabase(r *request) outcome { return gradeDatabase(r, r.names.TaskService, insert) }

func gradeWorkerDatabase(r *request) outcome {
	o := gradeDatabase(r, r.names.Worker, update)
	if o.status != Met {
		return o
	}
	for n, ok := o.node, true; ok; n, ok = n.Parent() {
		if n.Span().Service() == r.names.Worker && tracetree.MeaningOf(n.Span()).Class == tracetree.ClassProcess {
			return o
		}
	}
	for _, s := range r.of(r.names.Worker) {
		if s.Class == tracetree.ClassProcess {
			return notMet(o.node, "the update is not below %s", tracetree.Label(s.Span()))
		}
	}
	return o // the item about the CONSUMER span is open
}

// gradeDatabase prefers the span with the expected operation, but any with a system and an
// operation is instrumentation: the tree is another item.
func gradeDatabase(r *request, service string, wanted int) outcome {
	all := r.of(service)
	if len(all) == 0 {
		return r.missing(service)
	}
	list := pieces(&r.names)
	var best, bare span
	for _, s := range all {
		switch {
		case s.Class != tracetree.ClassDatabase:
			if bare.IsZero() && s.kind() != tracetree.KindServer && r.mentionsDatabase(s) {
				bare = s
			}
		case best.IsZero() || list[wanted].is(s) && !list[wanted].is(best):
			best = s
		}
	}
	switch {
	case best.IsZero() && !bare.IsZero():
		return notMet(bare.Node, "this span has no attribute that makes it a database call: want kind CLIENT, "+
			"db.system.name (or db.system) and db.operation.name (or db.operation)")
	case best.IsZero():
		return notMet(tracetree.Node{}, "no span of %s is a database call (spans: %d)", service, len(all))
	case !sameSystem(best.System, r.names.Database):
		return notMet(best.Node, "the database's system is %q: want %s", best.System, r.names.Database)
	case cmp.Or(best.Operation, best.RPCMethod) == "":
		return notMet(best.Node, "the span has no db.operation.name (or db.operation)")
	}
	return met(best.Node)
}

// mentionsDatabase reports whether the name of a span, or the host that it calls, contains the
// database.
func (r *request) mentionsDatabase(s span) bool {
	text := strings.ToLower(s.Span().Name + " " + s.Host)
	return strings.Contains(text, plainSystem(r.names.Database)) ||
		strings.Contains(text, strings.ToLower(r.names.Insert)) || strings.Contains(text, strings.ToLower(r.names.Update))
}

func gradeTaskPublish(r *request) outcome {
	all := r.of(r.names.TaskService)
	if len(all) == 0 {
		return r.missing(r.names.TaskService)
	}
	var best span
	rank := -1
	for _, s := range all {
		if s.Class != tracetree.ClassSend {
			continue
		}
		now := 0
		if sameSystem(s.System, r.names.Messaging) {
			now++
		}
		if s.Destination == r.names.Queue {
			now += 2
		}
		if now > rank {
			best, rank = s, now
		}
	}
	switch {
	case best.IsZero():
		return notMet(tracetree.Node{}, "no span of %s sends a message (spans: %d)", r.names.TaskService, len(all))
	case best.System == "":
		return notMet(best.Node, "the span has no messaging.system")
	case !sameSystem(best.System, r.names.Messaging):
		return notMet(best.Node, "messaging.system is %q: want %s", best.System, r.names.Messaging)
	case best.Destination == "":
		return notMet(best.Node, "the span has no messaging.destination.name (or messaging.destination), and no queue's URL")
	case best.Destination != r.names.Queue:
		return notMet(best.Node, "the message is sent to %q: want %s", best.Destination, r.names.Queue)
	}
	return met(best.Node)
}

func gradeWorkerExtract(r *request) outcome {
	all := r.of(r.names.Worker)
	if len(all) == 0 {
		return r.missing(r.names.Worker)
	}
	for _, s := range all {
		if r.continues(s.Node) {
			return met(s.Node)
		}
	}
	if len(r.where(pieces(&r.names)[send].is)) == 0 {
		return notVisible("%s has no span for sending the message, so that no context may have been sent",
			r.names.TaskService)
	}
	lost := all[0]
	for _, s := range all {
		if s.Class == tracetree.ClassProcess {
			lost = s
			break
		}
	}
	return notMet(lost.Node, "this span is in trace %s, without a link to the trace of the send", lost.Span().TraceID)
}

// continues reports whether a span, or one above it, is below a span of the task service or links
// to a span of its trace.
func (r *request) continues(n tracetree.Node) bool { return r.is(aboveTasks|continuesTasks, n) }

func gradeWorkerConsumer(r *request) outcome {
	all := r.of(r.names.Worker)
	if len(all) == 0 {
		return r.missing(r.names.Worker)
	}
	var consumer span
	for _, s := range all {
		if s.Class != tracetree.ClassProcess {
			continue
		}
		if r.continues(s.Node) {
			return met(s.Node)
		}
		if consumer.IsZero() {
			consumer = s
		}
	}
	if !consumer.IsZero() {
		return notMet(consumer.Node, "the CONSUMER span is neither linked to the send nor below it")
	}
	for _, s := range all {
		if s.kind() == tracetree.KindConsumer {
			return notMet(s.Node, "the CONSUMER span is about receiving messages, not about processing one")
		}
	}
	return notMet(all[0].Node, "the worker has no CONSUMER span, but this one, of kind %s", all[0].kind())
}

// entryOf returns the SERVER span of the graded request, or another one of the gateway.
func (r *request) entryOf() (s span, isExpected bool) {
	list := pieces(&r.names)
	var other span
	for _, s := range r.of(r.names.Gateway) {
		if list[entry].is(s) {
			return s, true
		}
		if other.IsZero() && s.kind() == tracetree.KindServer {
			other = s
		}
	}
	return other, false
}

func gradeOperation(r *request) outcome {
	s, ok := r.entryOf()
	switch {
	case ok:
		return met(s.Node)
	case len(r.of(r.names.Gateway)) == 0:
		return r.missing(r.names.Gateway)
	case s.IsZero():
		return notMet(r.of(r.names.Gateway)[0].Node, "the gateway has no SERVER span")
	}
	method, route := s.operation()
	if route == "" {
		return notMet(s.Node, "the operation is %q, without http.route: want %s", s.Span().Name, r.names.Operation)
	}
	return notMet(s.Node, "the operation is %q: want %s", method+" "+route, r.names.Operation)
}

func gradeDuration(r *request) outcome {
	s, _ := r.entryOf()
	if s.IsZero() {
		return notVisible("the gateway has no SERVER span")
	}
	took, ok := s.Span().Duration()
	switch {
	case !ok:
		return notMet(s.Node, "the span has no end, or no start")
	case took <= 0:
		return notMet(s.Node, "the duration is %v", took)
	}
	return outcome{status: Met, seen: took.String(), node: s.Node, at: refTo(s.Node)}
}

// gradeTree looks for spans that are below each other as in the expected tree, with any number of
// others between and around them. It reports the first piece that is missing or in the wrong place,
// below the spans that were found.
func gradeTree(r *request) outcome {
	if len(r.spans) == 0 {
		return notVisible("there are no spans of these services")
	}
	list := pieces(&r.names)
	found := make([][]span, len(list))
	for i, p := range list {
		found[i] = r.where(p.is)
	}
	marks := make(below, len(r.forest.Spans()))
	if all := r.complete(expected(), found, marks); len(all) > 0 {
		return met(all[0].Node)
	}
	return r.missingBelow(expected(), tracetree.Node{}, list, found, marks)
}
