package check

import (
	"strings"

	"tracelab/tracetree"
	"tracelab/tracetree/check/semconv"
)

func deprecatedAttribute() Check {
	return Check{
		ID:       "deprecated-attribute",
		Title:    "an attribute has only the name that the conventions gave up",
		Severity: Info,
		Doc: `An attribute by a name that version ` + semconv.Version + ` of the semantic conventions has renamed, without the new name
beside it. Both together are fine: that is how a system moves from one to the other.

Dashboards and rules of newer tools ask for the new names only and show nothing, and two services with different
names can't be asked one question.

Upgrade the instrumentation. Much of it writes the old names until it is told otherwise: set
OTEL_SEMCONV_STABILITY_OPT_IN to http/dup, database/dup or rpc/dup for both, and to http, database or rpc for the new ones
alone, when nobody asks for the old ones any more.`,
		Bad: []Example{{
			Why:   "a service with instrumentation of 2022",
			Spans: `span=1 kind=server name="GET /cart" {http.method=GET, http.status_code=200}`,
		}},
		Good: []Example{
			{Why: "the old name stands beside the new one", Tree: "shop: GET /cart (root) {http.method=GET, http.request.method=GET}"},
			{
				Why:   "of the names that one was split into, the one for servers is there",
				Spans: `span=1 kind=server name="GET /cart" {net.peer.name=10.1.2.3, client.address=10.1.2.3}`,
			},
		},
		Span: func(p *Pass, i int, s *tracetree.Span, _ *tracetree.Meaning) {
			st := stateOf[deprecated](p)
			st.look(i, s.Origin, s.Attributes)
			if st.origins.is(s.Origin) && s.Origin != nil {
				st.look(i, s.Origin, s.Origin.Resource)
			}
		},
		Run: func(p *Pass) {
			for _, o := range stateOf[deprecated](p).found.list {
				p.Report(o.first, o.what.old.Key+" is there without "+strings.Join(o.what.old.Renamed, " or ")+o.also(),
					"the current name, alone or beside the old one",
					"the instrumentation is of a version before the rename",
					"OTEL_SEMCONV_STABILITY_OPT_IN doesn't ask for the new names",
					"the attribute is set by hand")
			}
		},
	}
}

type deprecated struct {
	origins newOrigin
	found   occurrences[oldName]
}

// oldName is what the spans of an origin call an attribute.
type oldName struct {
	origin *tracetree.Origin
	old    *semconv.Attribute
}

// look notes the old names among attributes that stand there without a new one.
func (st *deprecated) look(i int, origin *tracetree.Origin, attrs []tracetree.Attr) {
	var old, current semconv.Renames
	for a := range attrs {
		if known := semconv.Of(attrs[a].Key); known != nil {
			old.Or(known.Old())
			current.Or(known.Current())
		}
	}
	alone := old.Without(current)
	if alone == (semconv.Renames{}) {
		return
	}
	for a := range attrs {
		if known := semconv.Of(attrs[a].Key); known != nil && known.Old().Without(alone) != known.Old() {
			st.found.add(oldName{origin, known}, i)
		}
	}
}
