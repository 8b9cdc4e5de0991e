package check

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"tracelab/tracetree"
	"tracelab/tracetree/check/internal/span"
)

func nPlusOne() Check {
	return Check{
		ID:       "n-plus-one",
		Title:    "one call after the other, where one could do",
		Severity: Warning,
		Doc: `More than 10 calls or sends of one operation below one span, one after the other; also where other calls are made
between them, or where each is below an INTERNAL span of its own. Statements, tables and paths are parts of the operation;
values in them are not. Calls that run side by side, attempts of one call, pages of one result (Scan, getMore, FETCH) and calls
with more than a second between them, like those of a timer, are not flagged.

Each call waits for the one before it and pays for a round trip. The time grows with the number of items: ten of them in a
test are fast, thousands take seconds.

Request all items at once: a query with IN or a join, BatchGetItem, SendMessageBatch, an endpoint that accepts a list. Where
that is impossible, make a few calls at a time in parallel.`,
		bad: []example{{
			Why:  "a query for each article of the cart",
			Tree: "shop: GET /cart (root)\n  db: Query (carts table)\n  11x db: GetItem (prices table)",
		}, {
			Why:  "each query is in a function that has a span",
			Tree: "shop: GET /cart (root)\n  11x shop: load price\n    db: GetItem (prices table)",
		}},
		good: []example{{
			Why: "they are requested in parallel, four at a time",
			Spans: `
				span=1 name="GET /cart" start=0s end=1s
				span=2 parent=1 kind=client name="GetItem prices" start=0s end=8ms
				span=3 parent=1 kind=client name="GetItem prices" start=1ms end=9ms
				span=4 parent=1 kind=client name="GetItem prices" start=2ms end=10ms
				span=5 parent=1 kind=client name="GetItem prices" start=3ms end=11ms
				span=6 parent=1 kind=client name="GetItem prices" start=8ms end=16ms
				span=7 parent=1 kind=client name="GetItem prices" start=9ms end=17ms
				span=8 parent=1 kind=client name="GetItem prices" start=10ms end=18ms
				span=9 parent=1 kind=client name="GetItem prices" start=11ms end=19ms
				span=a parent=1 kind=client name="GetItem prices" start=16ms end=24ms
				span=b parent=1 kind=client name="GetItem prices" start=17ms end=25ms
				span=c parent=1 kind=client name="GetItem prices" start=18ms end=26ms
				span=d parent=1 kind=client name="GetItem prices" start=19ms end=27ms`,
		}, {
			Why:  "each call returns the next page of the whole table",
			Tree: "shop: GET /export (root)\n  11x db: Scan (orders table)",
		}, {
			Why:  "ten is the most that is not flagged",
			Tree: "shop: GET /cart (root)\n  10x db: GetItem (prices table)\n  2x db: GetItem (carts table)",
		}},
		run: func(p *pass) {
			most := limit(p.Config.Limits.RepeatedSiblings, 10)
			for i := range len(p.Forest.Spans()) {
				if n := p.Forest.Node(i); hasMoreChildren(n, most) {
					reportRepeated(p, n, most)
				}
			}
		},
	}
}

// longestPause is the time between two calls after which the second begins a new
// row: it was made by a timer, not by a loop over items.
const longestPause = int64(time.Second)

// maxWrappers is how many INTERNAL spans may be between a span and the calls that
// count as its own.
const maxWrappers = 3

// repeatedCall is a call below a span.
type repeatedCall struct {
	index     int
	span      *tracetree.Span
	wrapper   string // the names of the INTERNAL spans between, without values
	operation string // with the statement or the path, without values
	exact     string // the statement or the path itself
}

// callsBelow returns the calls that a span makes, in the order of their starts,
// through INTERNAL spans too.
func callsBelow(above tracetree.Node) []repeatedCall {
	var calls []repeatedCall
	var collect func(n tracetree.Node, wrapper string, depth int)
	collect = func(n tracetree.Node, wrapper string, depth int) {
		for child := range n.Children() {
			s := child.Span()
			switch s.Kind {
			case tracetree.KindClient, tracetree.KindProducer:
				if d, known := s.Duration(); known && d >= 0 && !isPage(s) {
					exact := callDetail(s)
					calls = append(calls, repeatedCall{
						child.Index(), s, wrapper, tracetree.Label(s) + "\x00" + withoutValues(exact), exact,
					})
				}
			case tracetree.KindInternal:
				if depth < maxWrappers {
					collect(child, wrapper+"\x00"+withoutValues(s.Name), depth+1)
				}
			case tracetree.KindUnspecified, tracetree.KindServer, tracetree.KindConsumer:
			}
		}
	}
	collect(above, "", 0)
	slices.SortStableFunc(calls, func(a, b repeatedCall) int { return cmp.Compare(a.span.Start, b.span.Start) })
	return calls
}

// isPage reports whether a call returns a page of one result: no other call could do instead.
func isPage(s *tracetree.Span) bool {
	m := tracetree.MeaningOf(s)
	switch strings.ToLower(cmp.Or(m.Operation, m.RPCMethod)) {
	case "scan", "getmore", "fetch":
		return true
	}
	return false
}

// callDetail returns what distinguishes calls with one label: the table and the
// statement, or the path.
func callDetail(s *tracetree.Span) string {
	table := span.Text(s, "db.collection.name", "db.sql.table", "db.mongodb.collection", "db.cassandra.table")
	statement := span.Text(s, "db.query.text", "db.statement")
	path := span.Text(s, "url.template", "url.path", "http.target")
	if path == "" {
		_, address, _ := strings.Cut(span.Text(s, "url.full", "http.url"), "://")
		_, path, _ = strings.Cut(address, "/")
	}
	path, _, _ = strings.Cut(path, "?")
	return table + "\x00" + statement + "\x00" + path
}

// isAttempt reports whether a call repeats the one before it because that failed.
func isAttempt(before, call *repeatedCall) bool {
	for _, key := range []string{"http.request.resend_count", "http.resend_count", "retry_count"} {
		if v, ok := call.span.Attr(key); ok {
			n, _ := v.AsInt()
			return n > 0
		}
	}
	return before != nil && before.span.Status == tracetree.StatusError && before.exact == call.exact
}

// callRow is a row of calls of one operation, one after the other.
type callRow struct {
	first, last *repeatedCall
	count       int
	end         int64
}

// follows reports whether a call was made after the row's calls had ended, and
// soon after. Formats round to microseconds, so that much may overlap.
func (r *callRow) follows(c *repeatedCall) bool {
	return c.span.Start >= r.end-int64(time.Microsecond) && c.span.Start-r.end <= longestPause
}

func (r *callRow) add(c *repeatedCall) {
	if r.count == 0 || !r.follows(c) {
		*r = callRow{first: c, last: c, count: 1, end: max(r.end, c.span.End)}
		return
	}
	if !isAttempt(r.last, c) {
		r.count++
	}
	r.last = c
	r.end = max(r.end, c.span.End)
}

func hasMoreChildren(n tracetree.Node, most int) bool {
	for range n.Children() {
		if most--; most < 0 {
			return true
		}
	}
	return false
}

func reportRepeated(p *pass, above tracetree.Node, most int) {
	type rowKey struct{ wrapper, operation string }
	calls := callsBelow(above)
	rows := map[rowKey]*callRow{}
	longest := map[rowKey]callRow{}
	var order []rowKey
	for i := range calls {
		c := &calls[i]
		key := rowKey{c.wrapper, c.operation}
		row := rows[key]
		if row == nil {
			row = &callRow{}
			rows[key] = row
			order = append(order, key)
		}
		row.add(c)
		if row.count > most && row.count >= longest[key].count {
			longest[key] = *row
		}
	}
	var rounds [][]callRow
	for _, key := range order {
		row, long := longest[key]
		if !long {
			continue
		}
		if at := slices.IndexFunc(rounds, func(round []callRow) bool { return alternate(&round[0], &row) }); at >= 0 {
			rounds[at] = append(rounds[at], row)
		} else {
			rounds = append(rounds, []callRow{row})
		}
	}
	for _, round := range rounds {
		reportRound(p, above, round, most)
	}
}

// alternate reports whether two rows are calls for the same items, made in turn.
func alternate(a, b *callRow) bool {
	most := max(a.count, b.count)
	return most-min(a.count, b.count) <= 1 && a.first.span.Start < b.end && b.first.span.Start < a.end
}

func reportRound(p *pass, above tracetree.Node, round []callRow, most int) {
	first, end := &round[0], round[0].end
	var labels []string
	for i := range round {
		labels = append(labels, tracetree.Label(round[i].first.span))
		end = max(end, round[i].end)
	}
	seen := fmt.Sprintf("%d calls of %s one after the other", first.count, labels[0])
	if len(round) > 1 {
		seen = fmt.Sprintf("%d times in a row %s", first.count, strings.Join(labels, " and "))
	}
	if first.first.wrapper != "" {
		n, _ := p.Forest.Node(first.first.index).Parent()
		seen += ", each below a span such as " + strconv.Quote(n.Span().Name)
	}
	f := p.Report(first.first.index, seen+", "+time.Duration(end-first.first.span.Start).String()+" in all",
		fmt.Sprintf("one call for all, or calls in parallel; at most %d in a row", most),
		"a call for each item of a list, in a loop",
		"an object mapper loads the related rows of each row when they are accessed",
		"the same data is requested again and again, without a cache")
	f.Related = append(f.Related, refTo(above.Span()))
}

// maxDetail bounds how much of a statement is compared.
const maxDetail = 1000

// withoutValues returns text with a question mark for each value: quoted text,
// numbers and ids.
func withoutValues(text string) string {
	if len(text) > maxDetail {
		text = text[:maxDetail]
	}
	var b strings.Builder
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c == '\'':
			end := strings.IndexByte(text[i+1:], '\'')
			if end < 0 {
				end = len(text) - i - 2
			}
			b.WriteByte('?')
			i += end + 2
		case isWord(c):
			end := i
			digits := 0
			for end < len(text) && isWord(text[end]) {
				if '0' <= text[end] && text[end] <= '9' {
					digits++
				}
				end++
			}
			if word := text[i:end]; digits == len(word) || digits > 0 && len(word) >= 8 {
				b.WriteByte('?')
			} else {
				b.WriteString(word)
			}
			i = end
		default:
			b.WriteByte(c)
			i++
		}
	}
	return b.String()
}
