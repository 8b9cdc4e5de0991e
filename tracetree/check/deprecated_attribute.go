package check

import (
	"fmt"
	"slices"
	"strings"

	"tracelab/tracetree"
	"tracelab/tracetree/check/semconv"
)

func deprecatedAttribute() Check {
	return Check{
		ID:       "deprecated-attribute",
		Title:    "attributes have only names that the conventions have replaced",
		Severity: Info,
		Doc: `Attributes by names that version ` + semconv.Version +
			` of the semantic conventions has renamed, without the new names
next to them. Both together are fine: systems migrate that way. A service has one finding.

Dashboards and rules of newer tools query the new names only and show nothing, and two services with different names can't be
compared in one query.

Upgrade the instrumentation. Much of it writes the old names by default: set OTEL_SEMCONV_STABILITY_OPT_IN to http/dup,
database/dup or rpc/dup for both, and to http, database or rpc for the new ones alone, when the old ones are no longer used.`,
		bad: []example{{
			Why:   "a service with instrumentation from 2022",
			Spans: `span=1 kind=server name="GET /cart" {http.method=GET, http.status_code=200}`,
		}},
		good: []example{
			{
				Why:  "the old name is next to the new one",
				Tree: "shop: GET /cart (root) {http.method=GET, http.request.method=GET}",
			},
			{
				Why:   "one of the two names that the old one was split into is enough",
				Spans: `span=1 kind=server name="GET /cart" {net.peer.name=10.1.2.3, client.address=10.1.2.3}`,
			},
		},
		span: func(p *pass, i int, s *tracetree.Span, _ *tracetree.Meaning) {
			st := stateOf[deprecated](p)
			st.look(i, s, p.engine.keys)
			if st.origins.is(s.Origin) && s.Origin != nil {
				st.look(i, s, p.engine.factsOf(nil, s.Origin.Resource))
			}
		},
		run: func(p *pass) {
			st := stateOf[deprecated](p)
			for _, o := range st.found.list {
				p.Report(o.first, "only the old name of "+oldNames(st.names[o.what]),
					"the current names, alone or next to the old ones",
					"the instrumentation is of a version before the rename",
					"OTEL_SEMCONV_STABILITY_OPT_IN is not set, or not to the new names",
					"the attributes are set by hand").Others = o.others()
			}
		},
	}
}

// shownOldNames is how many of a service's old names a finding lists.
const shownOldNames = 3

// oldNames lists old names with the current ones.
func oldNames(names []*semconv.Attribute) string {
	var b strings.Builder
	for i, old := range names[:min(len(names), shownOldNames)] {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s (now %s)", old.Key, strings.Join(old.Renamed, " or "))
	}
	if more := len(names) - shownOldNames; more > 0 {
		fmt.Fprintf(&b, " and %s", plural(more, "more attribute"))
	}
	return b.String()
}

// deprecated is what was seen of each service.
type deprecated struct {
	origins newOrigin
	found   occurrences[string] // by service
	names   map[string][]*semconv.Attribute
}

// look records the old names among attributes without the current name.
func (st *deprecated) look(i int, s *tracetree.Span, keys []*keyFacts) {
	var old, current semconv.Renames
	for _, key := range keys {
		if known := key.convention; known != nil {
			old.Or(known.Old())
			current.Or(known.Current())
		}
	}
	alone := old.Without(current)
	if alone == (semconv.Renames{}) {
		return
	}
	service := s.Service()
	if st.names == nil {
		st.names = map[string][]*semconv.Attribute{}
	}
	for _, key := range keys {
		known := key.convention
		if known == nil || known.Old().Without(alone) == known.Old() {
			continue
		}
		st.found.add(service, i)
		if names := st.names[service]; !slices.Contains(names, known) {
			st.names[service] = append(names, known)
		}
	}
}
