package spantext_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tracelab/internal/source"
	"tracelab/tracetree"
	"tracelab/tracetree/check/internal/spantext"
)

func TestParse(t *testing.T) {
	shop := &tracetree.Origin{Resource: []tracetree.Attr{
		{Key: "service.name", Value: tracetree.String("shop")}, {Key: "host.name", Value: tracetree.String("a, b")},
	}}
	ms := int64(time.Millisecond)
	tests := []struct {
		reason, text string
		want         spantext.Input
	}{
		{"nothing", "\n", spantext.Input{}},
		{
			"all fields of a span",
			`trace=a span=1 parent=2 remote=yes service=shop resource={host.name="a, b"} kind=client name="GET /" ` +
				`start=0s end=5ms status=error message=no link=b/3 {a.b=1, c="1", d=true, e=1.5, f=x} tracestate=v=1 dropped_links=2`,
			spantext.Input{Spans: []tracetree.Span{{
				TraceID: tracetree.TraceID{15: 10}, SpanID: tracetree.SpanID{7: 1}, Parent: tracetree.SpanID{7: 2},
				ParentRemote: tracetree.RemoteYes, Origin: shop, Kind: tracetree.KindClient, Name: "GET /",
				Start: 1000 * ms, End: 1005 * ms, Status: tracetree.StatusError, StatusMessage: "no",
				Links: []tracetree.Link{{TraceID: tracetree.TraceID{15: 11}, SpanID: tracetree.SpanID{7: 3}}},
				Attributes: []tracetree.Attr{
					{Key: "a.b", Value: tracetree.Int(1)},
					{Key: "c", Value: tracetree.String("1")},
					{Key: "d", Value: tracetree.Bool(true)},
					{Key: "e", Value: tracetree.Float(1.5)},
					{Key: "f", Value: tracetree.String("x")},
				},
				Rare: &tracetree.Rare{TraceState: "v=1", DroppedLinks: 2},
			}}},
		},
		{
			"a span that was not exported", "span=1\nspan=2 exported=no",
			spantext.Input{
				Spans: []tracetree.Span{{TraceID: tracetree.TraceID{15: 1}, SpanID: tracetree.SpanID{7: 1}}},
				Recorded: []tracetree.Span{
					{TraceID: tracetree.TraceID{15: 1}, SpanID: tracetree.SpanID{7: 1}},
					{TraceID: tracetree.TraceID{15: 1}, SpanID: tracetree.SpanID{7: 2}},
				},
			},
		},
		{
			"facts of the input, and a span that never ended", "times=microseconds\nunreadable=a.json:3\nspan=0 end=never",
			spantext.Input{
				Spans:      []tracetree.Span{{TraceID: tracetree.TraceID{15: 1}, Unended: true}},
				Unreadable: []string{"a.json:3"}, Microseconds: true,
			},
		},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			got, err := spantext.Parse(test.text)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got, cmpopts.EquateComparable(tracetree.Value{})); diff != "" {
				t.Errorf("input (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSpansOfOneResourceShareIt(t *testing.T) {
	in, err := spantext.Parse("span=1 service=shop\nspan=2 service=stock\nspan=3 service=shop")
	if err != nil {
		t.Fatal(err)
	}
	if in.Spans[0].Origin != in.Spans[2].Origin || in.Spans[0].Origin == in.Spans[1].Origin {
		t.Error("want one origin for shop and another for stock")
	}
}

func TestParseReportsThePlace(t *testing.T) {
	tests := []struct{ text, want string }{
		{"span=1 nmae=x", `line 1, column 8: unknown field or value "nmae=x"`},
		{"span=1\nspan=x", `line 2, column 1: unknown field or value "span=x"`},
		{"span=1 kind=serve", `line 1, column 8: unknown field or value "kind=serve"`},
		{"span=1 loose", `line 1, column 8: no field at "loose"`},
		{`span=1 name="x`, "line 1, column 13: no closing quote"},
		{"span=1 {a}", `line 1, column 9: no attribute at "a}"`},
		{"span=1 {a=b", `line 1, column 12: no attribute at ""`},
		{"span=1 resource=a", "line 1, column 17: want attributes in braces"},
		{"span=1 start=soon", `line 1, column 8: unknown field or value "start=soon"`},
		{"span=11112222333344445", `line 1, column 1: unknown field or value`},
	}
	for _, test := range tests {
		_, err := spantext.Parse(test.text)
		var at *source.Error
		if !errors.As(err, &at) || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%q: error %v, want %s", test.text, err, test.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(`span=1 {a="b", c=1} name="x" link=1/2`)
	f.Fuzz(func(t *testing.T, text string) {
		_, err := spantext.Parse(text)
		if err == nil {
			return
		}
		var at *source.Error
		if !errors.As(err, &at) {
			t.Errorf("error %v, want a *source.Error", err)
		}
	})
}
