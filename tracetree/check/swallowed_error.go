package check

import (
	"cmp"

	"tracelab/tracetree"
)

func swallowedError() Check {
	return Check{
		ID:       "swallowed-error",
		Title:    "a span failed, and nothing above it shows that",
		Severity: Info,
		Doc: `A span in ERROR with no span in ERROR above it, up to the root or to the message that the work is for, and no failing code
above it. It isn't flagged if a later span of the same operation next to it succeeded: that is a retry. Nor is an ordinary
negative answer: nothing found, a condition that did not hold, a canceled call.

The request seems to have succeeded, although a part of its work failed. That may be right, as with a cache that is down, or
an error was caught and forgotten.

Return the error, or show that the work goes on without it on purpose: record it as an event of the span above, and count it.
Silence this check where the system works that way.`,
		bad: []example{{
			Why: "the prices are missing from a response of 200",
			Tree: "shop: GET /cart (root)\n  shop: load prices\n" +
				"    db: Query (prices table) !error=ThrottlingException",
		}},
		good: []example{{
			Why: "the second attempt succeeded",
			Tree: "shop: GET /cart (root) (in order)\n  db: Query (prices table) !error=ThrottlingException\n" +
				"  db: Query (prices table)",
		}, {
			Why: "the call finds out that nothing is there yet",
			Tree: "shop: PUT /cart/{id} (root)\n  carts: /shop.Carts/Get {rpc.response.status_code=NOT_FOUND}\n" +
				"  db: PutItem (carts table)",
		}, {
			Why: "the order was accepted; the message is delivered again",
			Tree: "shop: POST /order (root)\n  sqs: SendMessage (orders)\n" +
				"    mailer: process order-placed !error=timeout          ← linked span",
		}, {
			Why: "the root responds with a failing code, and leaves the status unset as a server should",
			Tree: "shop: GET /cart (root) {http.response.status_code=403}\n" +
				"  shop: http.client.GET users !error=403 {http.response.status_code=403}",
		}},
		span: func(p *pass, i int, s *tracetree.Span, m *tracetree.Meaning) {
			failed := s.Status == tracetree.StatusError
			if !failed && m.HTTPStatus == "" && m.RPCStatus == "" {
				return
			}
			state, _ := p.State.(*swallowed)
			switch {
			case failed:
				if state == nil {
					state = newSwallowed(p)
				}
				if !isOrdinaryFailure(s, m) {
					state.failed = append(state.failed, i)
				}
			case answersFailure(s, m):
				if state == nil {
					state = newSwallowed(p)
				}
				state.shown[i] = true
			}
		},
		run: func(p *pass) {
			if state, ok := p.State.(*swallowed); ok {
				state.run(p)
			}
		},
	}
}

// swallowed is the state of the check.
type swallowed struct {
	failed []int
	// shown holds whether a span, or one above it, shows a failure.
	shown map[int]bool
	// succeeded has, of parents of failed spans, when each operation below them
	// was last started that did not fail.
	succeeded map[int]map[string]int64
}

func newSwallowed(p *pass) *swallowed {
	s := &swallowed{shown: map[int]bool{}, succeeded: map[int]map[string]int64{}}
	p.State = s
	return s
}

// isOrdinaryFailure reports whether a failure is a normal answer: nothing found, a
// condition that did not hold, a canceled call.
func isOrdinaryFailure(s *tracetree.Span, m *tracetree.Meaning) bool {
	switch grpcCode(m) {
	case "NOT_FOUND", "ALREADY_EXISTS", "FAILED_PRECONDITION", "ABORTED", "CANCELLED":
		return true
	}
	switch httpCode(s, m) {
	case 404, 409, 410, 412:
		return true
	}
	code := m.ErrorType
	if m.Class == tracetree.ClassDatabase {
		if value, ok := s.Attr("db.response.status_code"); ok {
			code = value.Text()
		}
	}
	switch code {
	case "ConditionalCheckFailedException", "TransactionCanceledException", "NoSuchKey", "23505", // SQL: unique violation
		"canceled", "cancelled", "context.Canceled", "AbortError", "CancelledError",
		"java.util.concurrent.CancellationException":
		return true
	}
	return false
}

func (w *swallowed) run(p *pass) {
	for _, i := range w.failed {
		n := p.Forest.Node(i)
		above, ok := n.Parent()
		if !ok || startsWork(n) || w.showsFailure(above) || w.succeededLater(n, above) {
			continue
		}
		f := p.Report(i, "the span is in ERROR and no span above it is",
			"an error above it too, or a later attempt that succeeds",
			"the error was caught and forgotten",
			"the caller goes on without the answer, on purpose",
			"the status of the span above was not set")
		f.Related = append(f.Related, refTo(above.Span()))
	}
}

// startsWork reports whether a span is not what the span above waits for, so
// that its failure can't be seen there.
func startsWork(n tracetree.Node) bool {
	return n.Span().Kind == tracetree.KindConsumer || n.Has(tracetree.Linked)
}

// showsFailure reports whether a span, or one above it, shows a failure. Each span is
// looked at once, however many failed below it.
func (w *swallowed) showsFailure(n tracetree.Node) bool {
	var path []int
	told := false
	for {
		known, ok := w.shown[n.Index()]
		if told = known || n.Span().Status == tracetree.StatusError; ok || told {
			break
		}
		path = append(path, n.Index())
		above, ok := n.Parent()
		if !ok || startsWork(n) {
			break
		}
		n = above
	}
	for _, i := range path {
		w.shown[i] = told
	}
	return told
}

// succeededLater reports whether a sibling of the same operation started after
// the failed span had ended, and did not fail.
func (w *swallowed) succeededLater(failed, above tracetree.Node) bool {
	starts, ok := w.succeeded[above.Index()]
	if !ok {
		starts = map[string]int64{}
		for child := range above.Children() {
			if s := child.Span(); s.Status != tracetree.StatusError {
				operation := tracetree.Label(s)
				starts[operation] = max(starts[operation], s.Start)
			}
		}
		w.succeeded[above.Index()] = starts
	}
	s := failed.Span()
	start, ok := starts[tracetree.Label(s)]
	return ok && start >= cmp.Or(s.End, s.Start)
}
