package check

import (
	"fmt"
	"strings"

	"tracelab/tracetree"
	"tracelab/tracetree/check/semconv"
)

func requiredAttributes() Check {
	return Check{
		ID:       "required-attributes",
		Title:    "a span lacks what the conventions require of its kind",
		Severity: Warning,
		Doc: `A span of an HTTP request, a remote call, a database or a message without an attribute that the semantic
conventions (version ` + semconv.Version + `) require of it. Earlier names count, and so do both together. Conditionally
required attributes are required where the trace shows that the condition holds: a status code of a request that succeeded, a
destination unless it is a batch.

The name of a span is for people. Queries for the slowest route, the errors by status code or the busiest queue use
attributes, and spans without them are missing from the results.

Use the instrumentation library of the client or the framework, which sets them. Where a span is made by hand, set them
when it starts, so that samplers see them too.`,
		Lesson: []string{"useful attributes"},
		bad: []example{
			{
				Why:   "a message is sent, and neither system nor destination are recorded",
				Spans: `span=1 kind=producer name=publish`,
			},
			{
				Why:   "a database call without the database",
				Spans: `span=1 kind=client name=query {db.statement="SELECT 1"}`,
			},
		},
		good: []example{
			{
				Why:   "all names are those of an earlier version",
				Spans: `span=1 kind=producer name="tasks publish" {messaging.system=rabbitmq, messaging.destination=tasks}`,
			},
			{
				Why:   "the connection was refused, so there is no status code",
				Spans: `span=1 kind=client name=GET status=error {http.request.method=GET, url.full=http://stock/items, server.address=stock, error.type=connection_refused}`,
			},
			{
				Why:   "a receiving by AWS's API has the status code of HTTP, and is no HTTP request",
				Spans: `span=1 kind=client name=SQS.ReceiveMessage {rpc.system.name=aws-api, rpc.method=SQS/ReceiveMessage, messaging.system=aws_sqs, http.response.status_code=200}`,
			},
			{Why: "spans of a service's own work have no required attributes", Tree: "shop: price the cart (root)"},
		},
		span: func(p *pass, i int, s *tracetree.Span, m *tracetree.Meaning) {
			if m.Class == tracetree.ClassOther && (s.Kind == tracetree.KindInternal || s.Kind == tracetree.KindUnspecified) {
				return
			}
			var has semconv.Roles
			for _, key := range p.engine.keys {
				if known := key.convention; known != nil {
					has |= known.Roles
				}
			}
			required := semconv.Required(m.Class)
			for r := range required {
				if required[r].Missing(s, m, has) {
					stateOf[occurrences[missing]](p).add(missing{s.Origin, s.Kind, m.Class, required[r].Key}, i)
				}
			}
		},
		run: func(p *pass) {
			for _, o := range stateOf[occurrences[missing]](p).list {
				p.Report(o.first, fmt.Sprintf("the %s span has no %s", o.what.of(), o.what.key),
					o.what.key+", or its older name",
					"the span is made by hand, without it",
					"the instrumentation is of an early version",
					"a processor or the Collector removes it").Others = o.others()
			}
		},
	}
}

// missing is an attribute that the spans of a sort lack.
type missing struct {
	origin *tracetree.Origin
	kind   tracetree.Kind
	class  tracetree.Class
	key    string
}

// of names the sort of span.
func (m missing) of() string {
	switch m.class {
	case tracetree.ClassSend:
		return "sending"
	case tracetree.ClassProcess:
		return "processing"
	case tracetree.ClassOther:
		return strings.ToUpper(m.kind.String())
	default:
		return m.class.String()
	}
}
