package codec_test

import (
	"fmt"
	"math"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tracelab/tracetree"
)

// spanGen draws spans that every field of OTLP can hold.
func spanGen() *rapid.Generator[[]tracetree.Span] {
	return rapid.Custom(func(t *rapid.T) []tracetree.Span {
		origins := rapid.SliceOfN(originGen(), 1, 3).Draw(t, "origins")
		return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) tracetree.Span {
			return drawSpan(t, rapid.SampledFrom(origins).Draw(t, "origin"))
		}), 1, 8).Draw(t, "spans")
	})
}

func originGen() *rapid.Generator[*tracetree.Origin] {
	return rapid.Custom(func(t *rapid.T) *tracetree.Origin {
		return &tracetree.Origin{
			Resource:        drawAttrs(t, "resource"),
			ScopeName:       rapid.String().Draw(t, "scope"),
			ScopeVersion:    rapid.String().Draw(t, "version"),
			ScopeAttributes: drawAttrs(t, "scope attributes"),
			ResourceSchema:  rapid.String().Draw(t, "resource's schema"),
			ScopeSchema:     rapid.String().Draw(t, "scope's schema"),
			DroppedResource: rapid.Uint32().Draw(t, "dropped by the resource"),
			DroppedScope:    rapid.Uint32().Draw(t, "dropped by the scope"),
			Entities: rapid.SampledFrom([][]tracetree.Attr{nil, {
				{
					Key:   "service",
					Value: tracetree.JSON(`{"descriptionKeys":["a"],"idKeys":["service.name","b"],"schemaUrl":"https://x"}`),
				},
				{Key: "host", Value: tracetree.JSON(`{"descriptionKeys":[],"idKeys":["host.id"],"schemaUrl":""}`)},
			}}).Draw(t, "entities"),
		}
	})
}

func drawSpan(t *rapid.T, origin *tracetree.Origin) tracetree.Span {
	s := tracetree.Span{
		TraceID:       drawTraceID(t),
		SpanID:        drawSpanID(t),
		Name:          rapid.String().Draw(t, "name"),
		Start:         rapid.Int64Min(0).Draw(t, "start"),
		End:           rapid.Int64Min(0).Draw(t, "end"),
		Attributes:    drawAttrs(t, "attributes"),
		StatusMessage: rapid.String().Draw(t, "message"),
		Origin:        origin,
		Kind:          tracetree.Kind(rapid.IntRange(0, 5).Draw(t, "kind")),
		Status:        tracetree.Status(rapid.IntRange(0, 2).Draw(t, "status")),
	}
	s.Flags = rapid.Uint32Range(1, 255).Draw(t, "flags")
	if rapid.Bool().Draw(t, "child") {
		s.Parent = drawSpanID(t)
		s.ParentRemote = tracetree.Remote(rapid.IntRange(0, 2).Draw(t, "remote"))
		s.Flags |= [...]uint32{0, 0x100, 0x300}[s.ParentRemote]
	}
	for range rapid.IntRange(0, 2).Draw(t, "events") {
		s.Events = append(s.Events, tracetree.Event{
			Name: rapid.String().Draw(t, "event"), Time: rapid.Int64Min(0).Draw(t, "time"), Attributes: drawAttrs(t, "event"),
			DroppedAttributes: rapid.Uint32().Draw(t, "dropped by the event"),
		})
	}
	for range rapid.IntRange(0, 2).Draw(t, "links") {
		s.Links = append(s.Links, tracetree.Link{
			TraceID: drawTraceID(t), SpanID: drawSpanID(t), Attributes: drawAttrs(t, "link"),
			TraceState:        rapid.SampledFrom([]string{"", "a=1", "a=1,b=2"}).Draw(t, "link's state"),
			Flags:             rapid.SampledFrom([]uint32{1, 3, 0x301}).Draw(t, "link's flags"),
			DroppedAttributes: rapid.Uint32().Draw(t, "dropped by the link"),
		})
	}
	if rapid.Bool().Draw(t, "rare") {
		s.Rare = &tracetree.Rare{
			TraceState:        rapid.StringMatching(`[a-z]{1,5}=[a-z]{1,5}`).Draw(t, "state"),
			DroppedAttributes: rapid.Uint32().Draw(t, "dropped attributes"),
			DroppedEvents:     rapid.Uint32().Draw(t, "dropped events"),
			DroppedLinks:      rapid.Uint32().Draw(t, "dropped links"),
		}
	}
	s.Unended = s.Start != 0 && s.End == 0 // the formats have no other way to say so
	return s
}

func drawTraceID(t *rapid.T) (id tracetree.TraceID) {
	copy(id[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "trace id"))
	id[7] |= 1
	return id
}

func drawSpanID(t *rapid.T) (id tracetree.SpanID) {
	copy(id[:], rapid.SliceOfN(rapid.Byte(), 8, 8).Draw(t, "span id"))
	id[3] |= 1
	return id
}

func drawAttrs(t *rapid.T, label string) []tracetree.Attr {
	keys := rapid.SliceOfNDistinct(rapid.String(), 0, 4, rapid.ID[string]).Draw(t, label+" keys")
	var attrs []tracetree.Attr
	for _, key := range keys {
		attrs = append(attrs, tracetree.Attr{Key: key, Value: valueGen().Draw(t, "value")})
	}
	return attrs
}

// valueGen draws values of all kinds; those of JSON are canonical and have floats that are no
// integers, because JSON itself can't tell 1.0 from 1.
func valueGen() *rapid.Generator[tracetree.Value] {
	return rapid.OneOf(
		rapid.Just(tracetree.Value{}),
		rapid.Map(rapid.String(), tracetree.String),
		rapid.Map(rapid.Int64(), tracetree.Int),
		rapid.Map(rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{math.Inf(1), math.Inf(-1), math.NaN(), 0, 1e300})),
			tracetree.Float),
		rapid.Map(rapid.Bool(), tracetree.Bool),
		rapid.Map(rapid.SampledFrom([]string{
			`[]`, `{}`, `""`, `"aGk/Pg=="`, `[1,2]`, `[0.5,1e+100]`, `["a","<\"\u2028\n"]`, `[true,false]`,
			`[null,[1,[]],{"a":{"b":[0.5]}}]`, `["NaN","f1","b"]`, `{"":1,"a":"x","b":[true,null]}`, `["AA=="]`,
			`[-9223372036854775808]`,
		}), func(text string) tracetree.Value { return tracetree.JSON(text) }),
		rapid.SampledFrom([]tracetree.Value{ // with types that JSON lacks
			tracetree.JSON(`[1,2]`, `["f1","f2"]`), tracetree.JSON(`["NaN","NaN"]`, `["fNaN","sNaN"]`),
			tracetree.JSON(`["AA=="]`, `["bAA=="]`),
			tracetree.JSON(`{"a":"","b":[1,"x"]}`, `{"b":["f1","sx"],"a":"b"}`),
			tracetree.JSON(`[[],{"k":"Infinity"}]`, `[[],{"k":"f+Inf"}]`),
		}),
	)
}

// equal compares spans by what they hold. All NaN are one.
func equal() cmp.Options {
	return cmp.Options{cmp.Comparer(func(a, b tracetree.Value) bool {
		return a == b || a.Kind() == b.Kind() && a.Text() == "NaN" && b.Text() == "NaN"
	})}
}

// byOrigin puts spans into the order in which OTLP groups them.
func byOrigin(spans []tracetree.Span) []tracetree.Span {
	type group struct {
		resource string
		scopes   []string
		spans    map[string][]tracetree.Span
	}
	var groups []*group
	for _, s := range spans {
		resource := cmpKey(s.Origin.Resource) + cmpKey(s.Origin.Entities) +
			fmt.Sprint(s.Origin.ResourceSchema, "\x00", s.Origin.DroppedResource)
		scope := cmpKey(s.Origin.ScopeAttributes) + "\x00" + s.Origin.ScopeName + "\x00" + s.Origin.ScopeVersion +
			fmt.Sprint("\x00", s.Origin.ScopeSchema, "\x00", s.Origin.DroppedScope)
		var g *group
		for _, known := range groups {
			if known.resource == resource {
				g = known
			}
		}
		if g == nil {
			g = &group{resource: resource, spans: map[string][]tracetree.Span{}}
			groups = append(groups, g)
		}
		if _, ok := g.spans[scope]; !ok {
			g.scopes = append(g.scopes, scope)
		}
		g.spans[scope] = append(g.spans[scope], s)
	}
	var ordered []tracetree.Span
	for _, g := range groups {
		for _, scope := range g.scopes {
			ordered = append(ordered, g.spans[scope]...)
		}
	}
	return ordered
}

func cmpKey(attrs []tracetree.Attr) string {
	key := ""
	for _, a := range attrs {
		key += a.Key + "\x00" + a.Value.Kind().String() + "\x00" + a.Value.Text() + "\x00" + a.Value.Typed() + "\x00"
	}
	return key
}

func checkEqual(t rapid.TB, want, got []tracetree.Span) {
	t.Helper()
	if diff := cmp.Diff(want, got, equal()); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
}
