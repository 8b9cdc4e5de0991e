package check

import (
	"fmt"
	"strconv"
	"strings"

	"tracelab/internal/redact"
	"tracelab/tracetree"
	"tracelab/tracetree/check/internal/span"
)

func nameCardinality() Check {
	return Check{
		ID:       "name-cardinality",
		Title:    "a span's name has values in it",
		Severity: Warning,
		Doc: `A name with an id, a time, a number of five digits or more, a number as a part of a path, an e-mail address, a query string, a
statement, the key of a cache, or the path of the request where its route is known; more than 5 names of a service's own spans
that differ only in their numbers; and more than 20 different names of one service and kind for one route, RPC method, table
or queue. Parts of the route are accepted, and so are versions, ports, dates and HTTP codes.

Backends group by name. With a value in it each request is a group of its own: percentiles mean nothing, and the index of
names grows until the backend slows down, or bills for it.

Put the value into an attribute and the template into the name: "GET /tasks/{id}" with url.path=/tasks/42. Give the
instrumentation the route that matched, not the path.`,
		bad: []example{{
			Why:  "an id in the path",
			Tree: "shop: GET /cart/1234 (root) {@kind=server, !http.route}",
		}, {
			Why:  "an id in a name that the application chose",
			Tree: "shop: GET /cart (root)\n  shop: load cart 7d793037-a076-4ac5-9f3a-2d5e1c3b7a10",
		}, {
			Why: "a number for each item, however short",
			Spans: `
				span=1 service=shop kind=server name="GET /cart"
				span=2 parent=1 service=shop kind=internal name="load item 1"
				span=3 parent=1 service=shop kind=internal name="load item 2"
				span=4 parent=1 service=shop kind=internal name="load item 3"
				span=5 parent=1 service=shop kind=internal name="load item 4"
				span=6 parent=1 service=shop kind=internal name="load item 5"
				span=7 parent=1 service=shop kind=internal name="load item 6"`,
		}, {
			Why:  "the statement with its values",
			Tree: "shop: GET /cart (root)\n  db: Query (carts table) {@name=\"SELECT * FROM carts WHERE id = 7\"}",
		}, {
			Why: "more names than the limit, which is 3 here",
			Spans: `
				trace=1 span=1 kind=server name="GET /carts/ann" {http.request.method=GET, http.route="/carts/{name}"}
				trace=2 span=1 kind=server name="GET /carts/bob" {http.request.method=GET, http.route="/carts/{name}"}
				trace=3 span=1 kind=server name="GET /carts/eve" {http.request.method=GET, http.route="/carts/{name}"}
				trace=4 span=1 kind=server name="GET /carts/joe" {http.request.method=GET, http.route="/carts/{name}"}`,
			Config: Config{Limits: Limits{NamesPerRoute: 3}},
		}},
		good: []example{{
			Why:  "a template, with a version that is part of the route",
			Tree: "shop: GET /v2/cart/{id} (root)\n  shop: encode base64",
		}, {
			Why: "as many names as the limit allows",
			Spans: `
				trace=1 span=1 kind=server name="GET /carts/ann" {http.request.method=GET, http.route="/carts/{name}"}
				trace=2 span=1 kind=server name="GET /carts/bob" {http.request.method=GET, http.route="/carts/{name}"}
				trace=3 span=1 kind=server name="GET /carts/eve" {http.request.method=GET, http.route="/carts/{name}"}`,
			Config: Config{Limits: Limits{NamesPerRoute: 3}},
		}},
		span: func(p *pass, i int, s *tracetree.Span, m *tracetree.Meaning) {
			what := valueInName(s, m)
			if what == "" {
				what = statementOrKey(s, m)
			}
			if what != "" {
				p.Report(i, "the name "+strconv.Quote(s.Name)+" has "+what, "a name that is the same for every such request",
					"the path was taken for the name, not the route", "the name was put together from values")
				p.cause(what)
				return
			}
			state, ok := p.State.(*spanNames)
			if !ok {
				state = &spanNames{
					seen: map[spanNameOf]bool{}, of: map[nameGroup]*nameCount{},
					most: limit(p.Config.Limits.NamesPerRoute, 20),
				}
				p.State = state
			}
			state.add(i, s, m)
		},
		run: func(p *pass) {
			state, ok := p.State.(*spanNames)
			if !ok {
				return
			}
			spans := p.Forest.Spans()
			for _, count := range state.order {
				if len(count.spans) <= count.most {
					continue
				}
				what := "different names"
				if count.numbered {
					what = "names that differ only in their numbers"
				}
				first, second := count.spans[0], count.spans[1]
				p.Report(first, fmt.Sprintf("%d %s, as %q and %q", len(count.spans), what, spans[first].Name, spans[second].Name),
					fmt.Sprintf("at most %d names for one operation of a service", count.most),
					"the name was put together from values", "the route is not known where the name is made")
				p.cause(spans[first].Name)
			}
		},
	}
}

// maxNumbered is how many names of a service's own spans may differ only in their
// numbers: attempts, steps and shards have some.
const maxNumbered = 5

// spanNames counts the names of each operation.
type spanNames struct {
	seen  map[spanNameOf]bool
	of    map[nameGroup]*nameCount
	order []*nameCount
	most  int // names of one operation
}

// nameGroup is one operation of a service, identified without the span's name.
type nameGroup struct {
	service string
	kind    tracetree.Kind
	a, b    string
}

type spanNameOf struct {
	origin *tracetree.Origin
	kind   tracetree.Kind
	a, b   string
	name   string
}

// nameCount has the first span of each name.
type nameCount struct {
	spans    []int
	names    map[string]bool
	most     int
	numbered bool // the names are one but for their numbers
}

func (n *spanNames) add(i int, s *tracetree.Span, m *tracetree.Meaning) {
	a, b := operationIn(s, m)
	most, numbered := n.most, false
	if a == "" {
		if m.Class != tracetree.ClassOther || !strings.ContainsAny(s.Name, "0123456789") {
			return
		}
		a, most, numbered = withoutDigits(s.Name), maxNumbered, true
	}
	key := spanNameOf{s.Origin, s.Kind, a, b, s.Name}
	if n.seen[key] {
		return
	}
	n.seen[key] = true
	group := nameGroup{s.Service(), s.Kind, a, b}
	count := n.of[group]
	if count == nil {
		count = &nameCount{names: map[string]bool{}, most: most, numbered: numbered}
		n.of[group] = count
		n.order = append(n.order, count)
	}
	if !count.names[s.Name] {
		count.names[s.Name] = true
		count.spans = append(count.spans, i)
	}
}

// operationIn returns the operation of a span by its attributes, or "". A server
// whose route isn't known counts if its name is a path that is no template.
func operationIn(s *tracetree.Span, m *tracetree.Meaning) (a, b string) {
	switch m.Class {
	case tracetree.ClassHTTPServer:
		if m.Route == "" && strings.Contains(s.Name, "/") && !strings.ContainsAny(s.Name, "{<:*") {
			return "path", m.HTTPMethod
		}
		return m.Route, m.HTTPMethod
	case tracetree.ClassRPCServer, tracetree.ClassRPCClient:
		return m.RPCMethod, m.RPCService
	case tracetree.ClassDatabase:
		if m.Operation != "" {
			return m.Collection, m.Operation
		}
	case tracetree.ClassSend, tracetree.ClassProcess:
		return m.Destination, m.EventType
	}
	return "", ""
}

// valueInName returns what kind of value is in a span's name, or "". The route in
// the name is not looked at.
func valueInName(s *tracetree.Span, m *tracetree.Meaning) string {
	if m.Route != "" && m.Route != "/" {
		before, after, found := strings.Cut(s.Name, m.Route)
		if found {
			if what := valueIn(before); what != "" {
				return what
			}
			return valueIn(after)
		}
		if strings.IndexByte(s.Name, '/') >= 0 && hasPath(s) {
			return "the path of the request, whose route is " + m.Route
		}
	}
	return valueIn(s.Name)
}

// hasPath reports whether the name has the path of the request.
func hasPath(s *tracetree.Span) bool {
	for _, key := range [...]string{"url.path", "http.target"} {
		if value, ok := s.Attr(key); ok {
			path, _, _ := strings.Cut(value.Text(), "?")
			return len(path) > 1 && strings.Contains(s.Name, path)
		}
	}
	return false
}

// valueIn looks for a value in a name. Most names have neither a digit nor another
// character that a value would need, and are done after one look at each byte.
func valueIn(name string) string {
	suspect := false
	for i := range len(name) {
		c := name[i]
		suspect = suspect || '0' <= c && c <= '9' || c == '@' || c == '?'
	}
	if !suspect {
		return ""
	}
	if strings.IndexByte(name, '@') > 0 {
		for _, found := range redact.Find(name) {
			if found.Kind == "email" {
				return "an e-mail address"
			}
		}
	}
	if at := strings.IndexByte(name, '?'); at > 0 && strings.IndexByte(name[at:], '=') > 0 &&
		strings.IndexByte(name[:at], '/') >= 0 {
		return "a query string"
	}
	return idIn(name)
}

// withoutDigits returns a name with one # for each number in it.
func withoutDigits(name string) string {
	var b strings.Builder
	for i := range len(name) {
		switch c := name[i]; {
		case c < '0' || '9' < c:
			b.WriteByte(c)
		case i == 0 || name[i-1] < '0' || '9' < name[i-1]:
			b.WriteByte('#')
		}
	}
	return b.String()
}

// statementOrKey returns what a span has in its name besides a database's
// operation and its target: the text of a statement, or the key of a cache.
func statementOrKey(s *tracetree.Span, m *tracetree.Meaning) string {
	verb, rest, _ := strings.Cut(s.Name, " ")
	if rest == "" || m.Class != tracetree.ClassDatabase && m.Class != tracetree.ClassOther {
		return ""
	}
	switch strings.ToLower(m.System) {
	case "redis", "valkey", "memcached":
		if s.Name == span.Text(s, "db.query.text", "db.statement") && strings.Trim(rest, "? ") != "" ||
			strings.ContainsAny(rest, ":/") {
			return "the key of a cache"
		}
		return ""
	}
	switch strings.ToUpper(verb) {
	case "SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "REPLACE", "WITH":
		if strings.ContainsAny(rest, "=*'?(") && (m.Class == tracetree.ClassDatabase || hasClause(rest)) {
			return "the text of a statement"
		}
	}
	return ""
}

// hasClause reports whether text has a word of SQL, so that it is a statement
// without a database's attributes.
func hasClause(text string) bool {
	for word := range strings.FieldsSeq(text) {
		switch strings.ToUpper(word) {
		case "FROM", "INTO", "SET":
			return true
		}
	}
	return false
}
