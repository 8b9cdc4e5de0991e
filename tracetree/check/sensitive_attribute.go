package check

import (
	"fmt"

	"tracelab/internal/redact"
	"tracelab/tracetree"
)

func sensitiveAttribute() Check {
	return Check{
		ID:       "sensitive-attribute",
		Title:    "a trace holds a secret or personal data",
		Severity: Error,
		Doc: `A token, a password, an API key, a private key, a payment card's number, an e-mail address, the user and password of a
URL or a parameter that signs it: in an attribute, an event, a link, a status message, a name, a tracestate or the
resource. Identifiers (UUIDs, hashes, ARNs, versions) are not secrets, and masked values are not flagged. The finding names
the place and the kind, never the value.

Traces are read by more people than a database, stored by other companies, and copied into tickets. A token in a trace can be
used by everyone who reads it.

Don't set the value: an id identifies a user as well as an address does, a template describes a query as well as the statement
does. Treat an exported secret as lost, and replace it. Until the code is fixed, let the exporter mask it, as
telemetry.Redacting does.`,
		Mistakes: []string{"leaking sensitive data"},
		bad: []example{
			{Why: "an address is in an attribute", Tree: "shop: GET /cart (root) {user.contact=ann@example.com}"},
			{
				Why:  "the name of the attribute marks its value as secret",
				Tree: "shop: GET /cart (root) {http.request.header.x-api-key=abcdef}",
			},
			{Why: "a number with such a name", Tree: "shop: GET /cart (root) {user.password=123456}"},
			{
				Why:   "an error message repeats what was sent",
				Spans: `span=1 name=login status=error message="login failed: password=hunter2 is wrong"`,
			},
		},
		good: []example{
			{
				Why:  "a page's token is a cursor, and the existence of a password is not the password",
				Tree: "shop: GET /cart (root) {request.page_token=eyX1, user.has_password=true}",
			},
			{Why: "the value is masked", Tree: "shop: GET /cart (root) {http.request.header.authorization=\"****\"}"},
			{
				Why:  "an id and a digest look like tokens, but aren't secret",
				Tree: "shop: GET /cart (root) {order.id=123e4567-e89b-12d3-a456-426614174000, image=sha256:9f86d081884c7d65}",
			},
		},
		span: func(p *pass, i int, s *tracetree.Span, _ *tracetree.Meaning) {
			st := stateOf[sensitivity](p)
			st.text(i, s, inName, "", s.Name)
			st.text(i, s, inStatus, "", s.StatusMessage)
			for e := range s.Events {
				st.text(i, s, inEventName, "", s.Events[e].Name)
			}
			if s.Rare != nil {
				st.text(i, s, inTraceState, "", s.Rare.TraceState)
			}
			if st.origins.is(s.Origin) && s.Origin != nil {
				st.text(i, s, inScopeName, "", s.Origin.ScopeName)
				st.text(i, s, inScopeName, "", s.Origin.ScopeVersion)
			}
		},
		attr: func(p *pass, i int, at place, a *tracetree.Attr, key *keyFacts) {
			stateOf[sensitivity](p).attribute(i, &p.Forest.Spans()[i], at, a, key)
		},
		run: func(p *pass) {
			for _, o := range stateOf[sensitivity](p).found.list {
				p.Report(o.first, o.what.String(), "no secret and nothing about a person", o.what.causes()...).Others = o.others()
			}
		},
	}
}

// sensitivity holds the texts that were looked at, and the findings. Most texts occur many times,
// and are looked at once.
type sensitivity struct {
	rules   *redact.Masker
	texts   memo[bool] // whether it contains a secret
	origins newOrigin
	found   occurrences[leak]
}

// shortestSecret is the length of the shortest text in which a secret is found,
// such as a@b.c.
const shortestSecret = 5

// attribute records what the exporter would mask in an attribute: both use the rules of package
// redact.
func (st *sensitivity) attribute(i int, s *tracetree.Span, at place, a *tracetree.Attr, key *keyFacts) {
	if st.rules == nil {
		st.rules = redact.NewMasker()
	}
	if key.rule == nil {
		rule := st.rules.Rule(a.Key)
		key.rule = &rule
	}
	rule := key.rule
	if rule.Key != a.Key {
		st.each(i, s, inKey, at.String(), redact.Find(a.Key))
	}
	place := ofAttribute[at]
	switch a.Value.Kind() {
	case tracetree.StringValue:
		text := a.Value.Text()
		if rule.Secret || rule.ID {
			st.each(i, s, place, a.Key, rule.Find(text))
		} else {
			st.text(i, s, place, a.Key, text)
		}
	case tracetree.JSONValue:
		text := a.Value.Text()
		if _, _, changed := st.rules.JSON(*rule, text); changed {
			for _, kind := range st.rules.FindJSON(*rule, text) {
				st.found.add(leak{s.Origin, place, a.Key, kind}, i)
			}
		}
	case tracetree.IntValue:
		if n, _ := a.Value.AsInt(); rule.Int(n) {
			st.found.add(leak{s.Origin, place, a.Key, rule.Number()}, i)
		}
	case tracetree.FloatValue:
		if f, _ := a.Value.AsFloat(); rule.Float(f) {
			st.found.add(leak{s.Origin, place, a.Key, rule.Number()}, i)
		}
	case tracetree.EmptyValue, tracetree.BoolValue:
	}
}

// text records the secrets in a text.
func (st *sensitivity) text(i int, s *tracetree.Span, place leakPlace, key, text string) {
	if len(text) < shortestSecret {
		return
	}
	has, known := st.texts.of(text)
	if !known {
		*has = redact.Find(text) != nil
	}
	if *has {
		st.each(i, s, place, key, redact.Find(text))
	}
}

func (st *sensitivity) each(i int, s *tracetree.Span, place leakPlace, key string, found []redact.Finding) {
	for _, f := range found {
		st.found.add(leak{s.Origin, place, key, f.Kind}, i)
	}
}

// leak is a secret in one place of the spans of an origin.
type leak struct {
	origin *tracetree.Origin
	place  leakPlace
	key    string // of the attribute
	kind   string
}

// String names the place and the kind, without the colon or the equals sign
// that would make it an assignment of a secret.
func (l leak) String() string {
	what, known := leakKinds[l.kind]
	if !known {
		what = "a secret (" + l.kind + ")"
	}
	switch l.place {
	case inKey:
		return fmt.Sprintf("the key of an attribute of the %s holds %s", l.key, what)
	case inAttribute, inEventAttribute, inLinkAttribute, inResource, inScope:
		return fmt.Sprintf("%s %q holds %s", leakPlaces[l.place], l.key, what)
	default:
		return leakPlaces[l.place] + " holds " + what
	}
}
