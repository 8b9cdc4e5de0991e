package check_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tracelab/tracetree"
)

func TestSwallowedError(t *testing.T) {
	query := []string{"info db: Query (prices table)"}
	const failed = "db: Query (prices table) !error=ThrottlingException"
	below := func(lines ...string) sample {
		return tree("shop: GET /cart (root) (in order)\n  " + strings.Join(lines, "\n  "))
	}
	wantRulings(t, "swallowed-error", []ruling{
		{"the root is fine", below(failed), query},
		{"the root is fine, further up", below("shop: load prices", "  "+failed), query},
		{"the root failed", tree("shop: GET /cart (root) !error\n  shop: load prices\n    " + failed), nil},
		{"the root itself", tree("shop: GET /cart (root) !error"), nil},
		{"only the topmost is reported", below("shop: load prices !error", "  "+failed), []string{"info shop: load prices"}},
		{
			"one between failed, so that is what is swallowed",
			below("shop: checkout !error", "  shop: load prices", "    "+failed),
			[]string{"info shop: checkout"},
		},
		{"each of two", below(failed, failed), append(query, query...)},
		{"a later attempt succeeded", below(failed, failed, "db: Query (prices table)"), nil},
		{"an earlier one did", below("db: Query (prices table)", failed), query},
		{"one at the same time did", below("db: Query (prices table) [=10ms at +1ms]", failed+" [=10ms at +3ms]"), query},
		{"another operation did", below(failed, "db: Query (carts table)"), query},
		{
			"another host did", below("shop: http.client.GET a.example !error=503", "shop: http.client.GET b.example"),
			[]string{"info shop: http.client.GET a.example"},
		},
		{"nothing found", below("carts: /shop.Carts/Get {rpc.response.status_code=NOT_FOUND}"), nil},
		{"nothing found over HTTP", below("shop: http.client.GET prices !error=404 {http.response.status_code=404}"), nil},
		{"a failed condition that is marked", below("db: PutItem (carts table) !error=ConditionalCheckFailedException"), nil},
		{
			"a row that is there already",
			below("db: INSERT (carts table) !error=UniqueViolation {db.response.status_code=23505}"), nil,
		},
		{"a call that was cancelled", below("carts: /shop.Carts/Get {rpc.response.status_code=CANCELLED}"), nil},
		{"a computation that was cancelled", below("shop: rank !error=canceled"), nil},
		{
			"a server that is down", below("shop: http.client.GET prices !error=503 {http.response.status_code=503}"),
			[]string{"info shop: http.client.GET prices"},
		},
		{
			"a bad request is a mistake of the program",
			below("shop: http.client.GET prices !error=400 {http.response.status_code=400}"),
			[]string{"info shop: http.client.GET prices"},
		},
		{
			"the root's answer says so",
			tree("shop: GET /cart (root) {http.response.status_code=429}\n  shop: load prices\n    " + failed), nil,
		},
		{
			"an answer between says so",
			below("carts: /shop.Carts/Get {rpc.response.status_code=RESOURCE_EXHAUSTED}", "  "+failed),
			[]string{"info shop: grpc.client.Get"},
		},
		{
			"what a message is for",
			below("sqs: SendMessage (orders)", "  mailer: process order-placed !error=timeout          ← linked span"), nil,
		},
		{
			"below what a message is for",
			below("sqs: SendMessage (orders)", "  mailer: process order-placed          ← linked span", "    "+failed), query,
		},
		{
			"the message can't tell the request",
			tree("shop: POST /order (root) !error\n  sqs: SendMessage (orders)\n" +
				"    mailer: process order-placed          ← linked span\n      " + failed), query,
		},
		{"an orphan is on top", tree("shop: GET /cart (root)\n\nshop: load prices !error (orphan)"), nil},
	})
}

// A consumer is not waited for, linked or not.
func TestSwallowedErrorOfAConsumerWithoutLink(t *testing.T) {
	e := family(func(_, c *tracetree.Span) { c.Kind, c.Status = tracetree.KindConsumer, tracetree.StatusError })
	if f := findingsOf(t, "swallowed-error", e); len(f) != 0 {
		t.Errorf("findings %+v", f)
	}
}

// However deep a tree and however many errors in it, the time is linear: twenty
// times the spans would otherwise take four hundred times as long.
func TestSwallowedErrorIsLinearInDepth(t *testing.T) {
	took := func(n int) time.Duration {
		spans := make([]tracetree.Span, 0, 2*n)
		id := func(i int) tracetree.SpanID { return tracetree.SpanID{1, byte(i), byte(i >> 8), byte(i >> 16)} }
		for i := range n {
			inner := tracetree.Span{TraceID: tracetree.TraceID{1}, SpanID: id(i), Start: ms(1), End: ms(2)}
			if i > 0 {
				inner.Parent = id(i - 1)
			}
			leaf := inner
			leaf.SpanID[0], leaf.Parent, leaf.Status = 2, id(i), tracetree.StatusError
			spans = append(spans, inner, leaf)
		}
		e := sample{Spans: spans}
		begin := time.Now()
		if got := len(findingsOf(t, "swallowed-error", e)); got != n {
			t.Fatalf("%d findings, want %d", got, n)
		}
		return time.Since(begin)
	}
	// One pair within the bound is enough: a machine with other work can slow down any of them, but
	// quadratic time is 400 times as much in each.
	var pairs []string
	for range 5 {
		small := min(took(1000), took(1000), took(1000))
		large := took(20_000)
		if large <= 150*small {
			return
		}
		pairs = append(pairs, fmt.Sprintf("%v after %v", large, small))
	}
	t.Errorf("twenty times as many spans took, each time, over 150 times as long: %s", strings.Join(pairs, ", "))
}
