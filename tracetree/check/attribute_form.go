package check

import (
	"fmt"

	"tracelab/tracetree"
	"tracelab/tracetree/check/internal/span"
	"tracelab/tracetree/check/semconv"
)

func attributeForm() Check {
	return Check{
		ID:       "attribute-form",
		Title:    "an attribute has the wrong type, a malformed key, no value, or the name of a namespace",
		Severity: Warning,
		Doc: `An attribute whose value is of another type than the conventions define (a status code as text); whose key has white
space, a dot too many, or another spelling than the convention's (` + "`http.statusCode`" +
			`); that is empty; or whose key is the
namespace of another on the same span (` + "`order` next to `order.id`" +
			`). Formats and programs that have only text are not
flagged for their types, and neither are older names that became namespaces (` + "`db.system`" + `).

Backends index an attribute by its key and its type: a code that is text in one service and a number in another is two
columns, and "at least 500" finds only one. A key that is also a namespace can't be stored as nested fields.

Use the constants and constructors of the semconv package of your language, which have the right keys and types. Leave out
unknown values instead of setting them to nothing.`,
		bad: []example{
			{
				Why:   "the code is text, and the port next to it is a number",
				Spans: `span=1 kind=client name=GET {http.response.status_code="200", server.port=8080}`,
			},
			{
				Why:  "the convention's key is http.response.status_code",
				Tree: "shop: GET /cart (root) {http.response.statusCode=200}",
			},
			{Why: "the user is unknown, and that is recorded as nothing", Tree: "shop: GET /cart (root) {user.id=\"\"}"},
			{Why: "order is a value and a namespace", Tree: "shop: GET /cart (root) {order=4711, order.state=open}"},
		},
		good: []example{
			{
				Why:   "all values of this program are text: its exporter, or the format, has no other",
				Spans: `span=1 kind=client name=get {http.method=GET, http.status_code="200"}`,
			},
			{
				Why:  "one is a prefix of the other, but not its namespace",
				Tree: "shop: GET /cart (root) {order=4711, order_state=open}",
			},
			{
				Why:  "an old name that became a namespace is next to the new one",
				Tree: "shop: GET /cart (root)\n  db: Query (carts table) {db.system=dynamodb}",
			},
			{
				Why:   "the default exchange of RabbitMQ has an empty name",
				Spans: `span=1 service=shop kind=producer name="publish" {messaging.system=rabbitmq, messaging.destination.name="", messaging.rabbitmq.destination.routing_key=orders}`,
			},
			{Why: "a query may be empty", Tree: "shop: GET /cart (root) {url.query=\"\"}"},
		},
		attr: func(p *pass, i int, at place, a *tracetree.Attr, facts *keyFacts) {
			stateOf[attributeKeys](p).look(i, &p.Forest.Spans()[i], at, a, facts)
		},
		run: func(p *pass) {
			st := stateOf[attributeKeys](p)
			for _, o := range st.found.list {
				if o.what.problem == asText && !st.typed.seen[o.what.origin] {
					continue
				}
				o.what.report(p, o.first).Others = o.others()
			}
		},
	}
}

// attributeKeys is the state of the check: the keys and values seen so far.
type attributeKeys struct {
	keys  map[string]*attributeKey
	typed typedOrigins
	found occurrences[malformed]
}

// typedOrigins are those that write values other than text.
type typedOrigins struct {
	last *tracetree.Origin
	seen map[*tracetree.Origin]bool
}

func (t *typedOrigins) add(o *tracetree.Origin) {
	if t.seen == nil {
		t.seen = make(map[*tracetree.Origin]bool)
	} else if o == t.last {
		return
	}
	t.last = o
	t.seen[o] = true
}

// attributeKey is a key or a namespace of keys.
type attributeKey struct {
	text    string
	known   *semconv.Attribute
	problem problem
	seen    bool
	isKey   bool            // it was seen as a key, and may not be a namespace
	watched bool            // it is a key and a namespace, or within one that is
	within  []*attributeKey // the namespaces that it is in
	holds   []*attributeKey // the keys that are within it
	on      int             // the last span that it was on, plus one
	heldOn  int             // the last span that had a watched key within it, plus one
}

// maxKeys bounds how many keys and namespaces are compared with each other, and
// maxDepth how many namespaces of one key. A program with more makes keys of its
// data.
const (
	maxKeys  = 1 << 14
	maxDepth = 16
)

func (st *attributeKeys) look(i int, s *tracetree.Span, at place, a *tracetree.Attr, facts *keyFacts) {
	origin := s.Origin
	if facts.form == nil {
		facts.form = st.key(a.Key, i+1)
	}
	key := facts.form
	if key.problem != none {
		st.found.add(malformed{origin: origin, key: a.Key, problem: key.problem}, i)
	}
	kind := a.Value.Kind()
	if kind != tracetree.StringValue && at == onSpan && !fromEndpoint(a.Key) {
		st.typed.add(origin)
	}
	if a.Value == (tracetree.Value{}) || a.Value == tracetree.String("") {
		if (key.known == nil || !key.known.Empty) && !isDefaultExchange(s, a.Key) {
			st.found.add(malformed{origin: origin, key: a.Key, problem: empty}, i)
		}
	} else if key.known != nil && !fits(key.known.Type, kind) {
		problem := otherType
		if kind == tracetree.StringValue {
			problem = asText
		}
		st.found.add(malformed{origin: origin, key: a.Key, problem: problem, kind: kind}, i)
	}
	if at == onSpan {
		key.on = i + 1
		if key.watched {
			st.namespaces(i, origin, key)
		}
	}
}

// fromEndpoint reports whether a decoder made the attribute of an endpoint: it
// is a number in formats that have only text.
func fromEndpoint(key string) bool {
	return key == "network.local.port" || key == "network.peer.port"
}

func fits(t semconv.Type, kind tracetree.ValueKind) bool {
	switch t {
	case semconv.Text:
		return kind == tracetree.StringValue
	case semconv.Texts:
		return kind == tracetree.JSONValue
	case semconv.Int:
		return kind == tracetree.IntValue
	case semconv.Float:
		return kind == tracetree.FloatValue || kind == tracetree.IntValue
	case semconv.Bool:
		return kind == tracetree.BoolValue
	case semconv.AnyType:
	}
	return true
}

// namespaces notes a key that is on the span together with one within it.
func (st *attributeKeys) namespaces(i int, origin *tracetree.Origin, key *attributeKey) {
	now := i + 1
	if key.isKey && key.heldOn == now {
		st.found.add(malformed{origin: origin, key: key.text, problem: namespace}, i)
	}
	for _, space := range key.within {
		space.heldOn = now
		if space.isKey && space.on == now {
			st.found.add(malformed{origin: origin, key: space.text, problem: namespace}, i)
		}
	}
}

// key returns the entry of a key that was not seen lately. now is the span,
// plus one.
func (st *attributeKeys) key(text string, now int) *attributeKey {
	key := st.node(text)
	if key.seen {
		return key
	}
	key.seen = true
	key.known, key.problem = semconv.Lookup(text), problemOf(text)
	key.isKey = mayCollide(key)
	for end := 0; end < len(text) && len(key.within) < maxDepth; end++ {
		if text[end] != '.' {
			continue
		}
		space := st.node(text[:end])
		key.within = append(key.within, space)
		space.holds = append(space.holds, key)
		if space.isKey {
			space.watched, key.watched = true, true
		}
	}
	if key.isKey && len(key.holds) > 0 {
		key.watched = true
		for _, held := range key.holds {
			held.watched = true
			if held.on == now {
				key.heldOn = now
			}
		}
	}
	return key
}

// node returns the key or namespace of a name, a new one if it is unknown.
func (st *attributeKeys) node(text string) *attributeKey {
	if key, known := st.keys[text]; known {
		return key
	}
	key := &attributeKey{text: text}
	if st.keys == nil {
		st.keys = make(map[string]*attributeKey)
	}
	if len(st.keys) < maxKeys {
		st.keys[text] = key
	}
	return key
}

// mayCollide reports whether a key should not be a namespace. Older names became
// some. OpenTracing's error occurs next to error.type and its db.instance next to
// db.instance.id, and Envoy writes upstream_cluster next to upstream_cluster.name:
// these can't be fixed in an application's code.
func mayCollide(key *attributeKey) bool {
	switch key.text {
	case "error", "db.instance", "upstream_cluster":
		return false
	}
	return key.known == nil || len(key.known.Renamed) == 0
}

// malformed is what is wrong with an attribute of a program.
type malformed struct {
	origin  *tracetree.Origin
	key     string
	problem problem
	kind    tracetree.ValueKind
}

// report adds a finding about the first span that has the attribute.
func (m malformed) report(p *pass, i int) *Finding {
	key := fmt.Sprintf("the key %q", m.key)
	switch m.problem {
	case otherType, asText:
		want := semconv.Lookup(m.key).Type
		return p.Report(i, fmt.Sprintf("%s is of type %s", m.key, m.kind), want.String(),
			"the attribute is set by hand, with a value that was formatted before",
			"a processor or another format changed the type")
	case empty:
		return p.Report(i, m.key+" is empty", "a value, or no attribute",
			"an optional field is set without a test whether it has a value", "the value is not known yet when the span starts")
	case namespace:
		return p.Report(i, key+" is also the namespace of others on the span", "a key that is a value, or a namespace",
			"a value got details later, and kept its name", "an object is spread over attributes, and set as one")
	case misspelt:
		return p.Report(i, key+" is not spelled as the conventions do", semconv.Spelled(m.key),
			"the key is written by hand", "the key has the case of the language's own names")
	case none, noKey, blankInKey, looseDot:
	}
	return p.Report(i, key+" "+m.problem.String(), "names in lower case, joined with dots",
		"the key is made of data or of a text for people", "the key is written by hand")
}

// isDefaultExchange reports whether an empty attribute names the default exchange
// of RabbitMQ, whose name is empty.
func isDefaultExchange(s *tracetree.Span, key string) bool {
	switch key {
	case "rabbit.exchange": // Brave
		return true
	case "messaging.destination.name", "messaging.destination":
		return span.Text(s, "messaging.system") == "rabbitmq"
	}
	return false
}
