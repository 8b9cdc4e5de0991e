package codec_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"google.golang.org/protobuf/encoding/protowire"

	"tracelab/tracetree/codec"
)

// texts returns the warnings as text.
func texts(warnings []codec.Warning) []string {
	var all []string
	for _, w := range warnings {
		all = append(all, w.String())
	}
	return all
}

func TestFaultsOfDifferentFieldsAreSeparateWarnings(t *testing.T) {
	const ids = `"traceId":"00000000000000000000000000000001","spanId":"000000000000000%d","name":"a",`
	var spans []string
	for i, members := range []string{`"flags":"x"`, `"droppedEventsCount":"y"`, `"flags":"z"`} {
		spans = append(spans, "{"+fmt.Sprintf(ids, i+1)+members+"}")
	}
	_, warnings := read(t, `{"resourceSpans":[{"scopeSpans":[{"spans":[`+strings.Join(spans, ",\n")+`]}]}]}`)
	want := []string{
		`test: line 1, column 137 ($.resourceSpans[0].scopeSpans[0].spans[0].flags): ` +
			`found "x", want a whole number of 64 bits: the field is left out (2 times)`,
		`test: line 2, column 107 ($.resourceSpans[0].scopeSpans[0].spans[1].droppedEventsCount): ` +
			`found "y", want a whole number of 64 bits: the field is left out`,
	}
	if diff := cmp.Diff(want, texts(warnings)); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
}

// People look for the spans that were left out by their IDs.
func TestWarningsListDifferentIDs(t *testing.T) {
	const line = `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"00000000000000000000000000000001",` +
		`"spanId":"%s","parentSpanId":"%s","name":"a"}]}]}]}` + "\n"
	const parent = "00000000000000ff"
	tests := []struct {
		reason string
		spans  [][2]string // the ID of each and of its parent
		want   []string    // the ends of the warnings
	}{
		{"one", [][2]string{{"1", parent}}, []string{`left out: "1"`}},
		{"the same twice", [][2]string{{"1", parent}, {"1", parent}}, []string{`left out: "1" (2 times)`}},
		{
			"a part of another",
			[][2]string{{"12", parent}, {"1", parent}, {"2", parent}},
			[]string{`left out: "12"; "1"; "2" (3 times)`},
		},
		{
			"five are listed",
			[][2]string{{"1", parent}, {"2", parent}, {"3", parent}, {"4", parent}, {"5", parent}, {"1", parent}},
			[]string{`left out: "1"; "2"; "3"; "4"; "5" (6 times)`},
		},
		{
			"of more, five are",
			[][2]string{
				{"1", parent}, {"2", parent}, {"3", parent}, {"4", parent}, {"5", parent}, {"6", parent}, {"7", parent},
			},
			[]string{`left out: "1"; "2"; "3"; "4"; "5"; and others (7 times)`},
		},
		{
			"parents",
			[][2]string{{"0000000000000001", "x"}, {"0000000000000002", "y"}},
			[]string{`no parent: span 0000000000000001, parent "x"; span 0000000000000002, parent "y" (2 times)`},
		},
		{
			"kinds are separate",
			[][2]string{{"1", parent}, {"0000000000000002", "1"}},
			[]string{`left out: "1"`, `no parent: span 0000000000000002, parent "1"`},
		},
	}
	for _, tt := range tests {
		var file strings.Builder
		for _, ids := range tt.spans {
			fmt.Fprintf(&file, line, ids[0], ids[1])
		}
		_, warnings := read(t, file.String())
		if len(warnings) != len(tt.want) {
			t.Errorf("%s: warnings %q, want %d", tt.reason, texts(warnings), len(tt.want))
			continue
		}
		for i, w := range warnings {
			if !strings.HasSuffix(w.String(), tt.want[i]) {
				t.Errorf("%s: warning %q, want one that ends in %q", tt.reason, w, tt.want[i])
			}
		}
	}
}

// Some formats have fields whose names the input chooses. The list is short all the same.
func TestWarningsOfAnInputAreFew(t *testing.T) {
	var processes, spans []string
	for i := range 1000 {
		processes = append(processes, fmt.Sprintf(`"p%d":{"serviceName":1}`, i))
		spans = append(spans, fmt.Sprintf(`{"traceID":"1","spanID":"%x","operationName":"a","processID":"p%d"}`, i+1, i))
	}
	_, warnings := read(t, `{"data":[{"traceID":"1","spans":[`+strings.Join(spans, ",")+
		`],"processes":{`+strings.Join(processes, ",")+`}}]}`)
	faults := 0
	for _, w := range warnings {
		if w.Kind == codec.BadField {
			faults += w.Count
		}
	}
	if len(warnings) > 22 || faults != 1000 {
		t.Errorf("%d warnings of %d faults, want at most 22 of 1000: %q", len(warnings), faults, texts(warnings))
	}
}

func TestJaegerProcessThatIsNotThereIsNamed(t *testing.T) {
	document := func(id, rest string) string {
		return `{"data":[{"traceID":"1","spans":[{"traceID":"1","spanID":"2","operationName":"a"` + id + `}]` + rest + `}]}`
	}
	missing := func(column int, id string) []string {
		return []string{fmt.Sprintf("test: line 1, column %d ($.data[0]): span 0000000000000002: "+
			"processID is %q, want a member of processes: the span has no service", column, id)}
	}
	tests := []struct {
		input  string
		want   []string
		reason string
	}{
		{document(`,"processID":"p1"`, `,"processes":{"p1":{"serviceName":"shop"}}`), nil, "it is there"},
		{document(`,"processID":"p9"`, `,"processes":{"p1":{"serviceName":"shop"}}`), missing(143, "p9"), "it isn't there"},
		{document(`,"processID":"p1"`, ``), missing(101, "p1"), "there are none"},
		{document(``, `,"processes":{}`), nil, "the span has none"},
		{document(`,"processID":"p1","process":{"serviceName":"shop"}`, ``), nil, "the span has its own"},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			spans, warnings := read(t, tt.input)
			got := texts(warnings)
			if len(got) > 0 {
				got = got[1:] // times are in microseconds
			}
			if diff := cmp.Diff(tt.want, got, cmpopts.EquateEmpty()); diff != "" || len(spans) != 1 {
				t.Errorf("%d spans, warnings (-want +got):\n%s", len(spans), diff)
			}
			if _, err := strict(tt.input); (err != nil) != (tt.want != nil) {
				t.Errorf("read strictly: %v", err)
			}
		})
	}
}

// In protobuf IDs are bytes, which the warnings have in hexadecimal.
func TestWarningsListIDsOfProtobuf(t *testing.T) {
	field := func(number protowire.Number, value []byte) []byte {
		return protowire.AppendBytes(protowire.AppendTag(nil, number, protowire.BytesType), value)
	}
	id := func(n int, last byte) []byte { return append(make([]byte, n-1), last) }
	span := func(trace, span, parent []byte, more ...byte) []byte {
		return field(2, slices.Concat(field(1, trace), field(2, span), field(4, parent), more))
	}
	link := func(trace, span []byte) []byte { return field(13, slices.Concat(field(1, trace), field(2, span))) }
	for _, tt := range []struct {
		reason string
		spans  []byte
		want   []string // the ends of the warnings
	}{
		{"a good one", span(id(16, 1), id(8, 1), nil), nil},
		{"a short trace ID", span(id(8, 1), id(8, 1), nil), []string{"left out: 0x0000000000000001"}},
		{"a long one", span(id(40, 1), id(8, 1), nil), []string{"left out: 0x" + strings.Repeat("0", 40) + "… of 40 bytes"}},
		{
			"two with zeros",
			append(span(id(16, 1), nil, nil), span(id(16, 2), id(8, 0), nil)...),
			[]string{
				"left out: trace id 00000000000000000000000000000001, span id 0000000000000000; " +
					"trace id 00000000000000000000000000000002, span id 0000000000000000 (2 times)",
			},
		},
		{"a parent", span(id(16, 1), id(8, 1), id(4, 2)), []string{": span 0000000000000001, parent 0x00000002"}},
		{"a link", span(id(16, 1), id(8, 1), nil, link(id(3, 1), id(8, 1))...), []string{"left out: 0x000001"}},
		{
			"a link of zeros",
			span(id(16, 1), id(8, 1), nil, link(id(16, 1), nil)...),
			[]string{"left out: trace id 00000000000000000000000000000001, span id 0000000000000000"},
		},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			_, warnings, err := codec.ReadAll(bytes.NewReader(field(1, field(2, tt.spans))), "test")
			if err != nil {
				t.Fatal(err)
			}
			got := texts(warnings)
			if len(got) != len(tt.want) {
				t.Fatalf("warnings are %q, want %q", got, tt.want)
			}
			for i := range got {
				if !strings.HasSuffix(got[i], tt.want[i]) {
					t.Errorf("warning is %q, want one that ends with %q", got[i], tt.want[i])
				}
			}
		})
	}
}
