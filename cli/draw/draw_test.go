package draw_test

import (
	"encoding/binary"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"tracelab/cli/draw"
	"tracelab/tracetree"
)

var update = flag.Bool("update", false, "write the golden files")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s\nRun go test ./cli/draw -update after looking at it.", path, diff)
	}
}

// a trace of spans, each given by its service, name, parent, and start and end
// in milliseconds.
type span struct {
	service, name string
	parent        int // the number of the span above, from 1; 0 for none
	start, end    int64
	edit          func(*tracetree.Span)
}

func build(trace byte, spans ...span) []tracetree.Span {
	var built []tracetree.Span
	for i, s := range spans {
		b := tracetree.Span{
			TraceID: tracetree.TraceID{trace}, SpanID: tracetree.SpanID{trace, byte(i + 1)}, Name: s.name,
			Start: 1e15 + s.start*1e6, End: 1e15 + s.end*1e6, Kind: tracetree.KindInternal,
			Origin: &tracetree.Origin{Resource: []tracetree.Attr{{Key: "service.name", Value: tracetree.String(s.service)}}},
		}
		if s.parent > 0 {
			b.Parent = tracetree.SpanID{trace, byte(s.parent)}
		}
		if s.edit != nil {
			s.edit(&b)
		}
		built = append(built, b)
	}
	return built
}

func failed(message string) func(*tracetree.Span) {
	return func(s *tracetree.Span) {
		s.Status, s.StatusMessage = tracetree.StatusError, message
		s.Attributes = append(s.Attributes, tracetree.Attr{Key: "error.type", Value: tracetree.String("timeout")})
	}
}

func draws(t *testing.T, spans []tracetree.Span, w draw.Waterfall) string {
	t.Helper()
	var b strings.Builder
	if err := w.Write(&b, tracetree.Lines(tracetree.Build(spans))); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestWaterfalls(t *testing.T) {
	order := build(1,
		span{"shop", "order", 0, 0, 100, nil},
		span{"shop", "check stock", 1, 5, 30, nil},
		span{"pay", "charge", 1, 30, 95, failed("card declined")},
		span{"pay", "write", 3, 94, 95, nil},
		span{"shop", "instant", 1, 99, 99, nil},
	)
	unknown := build(1,
		span{"shop", "order", 0, 0, 100, nil},
		span{"shop", "untimed", 1, 0, 0, func(s *tracetree.Span) { s.Start, s.End = 0, 0 }},
		span{"shop", "backwards", 1, 50, 20, nil},
		span{"shop", "evil \x1b[31m name", 1, 20, 30, failed("gone \x1b]0;pwned\x07")},
	)
	consumer := build(9, span{"worker", "batch", 0, 20, 60, func(s *tracetree.Span) {
		s.Kind = tracetree.KindConsumer
		for i := byte(1); i <= 3; i++ {
			s.Links = append(s.Links, tracetree.Link{TraceID: tracetree.TraceID{i}, SpanID: tracetree.SpanID{i, 1}})
		}
	}})
	batch := append(append(append(build(1, span{"a", "send", 0, 0, 10, nil}),
		build(2, span{"b", "send", 0, 1, 11, nil})...),
		build(3, span{"c", "send", 0, 2, 12, nil})...), consumer...)

	tests := []struct {
		name  string
		spans []tracetree.Span
		draw  draw.Waterfall
	}{
		{"order", order, draw.Waterfall{Width: 80}},
		{"order-narrow", order, draw.Waterfall{Width: 30}},
		{"order-wide", order, draw.Waterfall{Width: 200}},
		{"unknown", unknown, draw.Waterfall{Width: 80}},
		{"batch", batch, draw.Waterfall{Width: 80}},
		{"below", order, draw.Waterfall{Width: 80, Below: func(l tracetree.Line) []string {
			return []string{"span " + l.Node.Span().SpanID.String()}
		}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			styled := draws(t, test.spans, test.draw)
			golden(t, test.name+".txt", ansi.Strip(styled))
			golden(t, test.name+".ansi", strings.ReplaceAll(styled, "\x1b", "\\e"))
		})
	}
}

func TestGraphs(t *testing.T) {
	spans := build(1,
		span{"shop", `order "x" <b> #1 \ & more`, 0, 0, 100, nil},
		span{"pay", "charge\n\x1b[31m", 1, 30, 95, failed("declined")},
		span{"mail", "send", 1, 95, 99, func(s *tracetree.Span) {
			s.Links = []tracetree.Link{{TraceID: s.TraceID, SpanID: tracetree.SpanID{1, 1}}}
		}},
	)
	for name, write := range map[string]func(io.Writer, []tracetree.Line) error{
		"graph.mermaid": draw.Mermaid, "graph.dot": draw.DOT, "graph.sequence": draw.Sequence,
	} {
		var b strings.Builder
		if err := write(&b, tracetree.Lines(tracetree.Build(spans))); err != nil {
			t.Fatal(err)
		}
		golden(t, name, b.String())
	}
}

func TestSequenceOfMessages(t *testing.T) {
	kind := func(kind tracetree.Kind, pairs ...string) func(*tracetree.Span) {
		return func(s *tracetree.Span) {
			s.Kind = kind
			for i := 0; i < len(pairs); i += 2 {
				s.Attributes = append(s.Attributes, tracetree.Attr{Key: pairs[i], Value: tracetree.String(pairs[i+1])})
			}
		}
	}
	kafka := []string{"messaging.system", "kafka", "messaging.destination.name", "orders"}
	var b strings.Builder
	err := draw.Sequence(&b, tracetree.Lines(tracetree.Build(build(1,
		span{"shop", "order", 0, 0, 20, nil},
		span{"shop", "send orders", 1, 1, 9, kind(tracetree.KindProducer, kafka...)},
		span{"shop", "POST", 2, 2, 8, kind(tracetree.KindClient, "http.request.method", "POST", "server.address", "rest")},
		span{"mail", "process orders", 2, 30, 40, kind(tracetree.KindConsumer, kafka...)},
		span{"mail", "render", 4, 31, 39, nil},
		span{"bill", "handle", 2, 50, 60, kind(tracetree.KindServer)},
		span{"tax", "compute", 6, 51, 59, kind(tracetree.KindServer)},
	)), tracetree.Full))
	if err != nil {
		t.Fatal(err)
	}
	const want = `sequenceDiagram
  participant p0 as client
  participant p1 as shop
  p0->>p1: order 20.0ms
  participant p2 as kafka
  p1->>p2: send (orders) 8.00ms
  p1->>p1: http.client.POST rest 6.00ms
  participant p3 as mail
  p2-)p3: process orders 10.0ms
  p3->>p3: render 8.00ms
  participant p4 as bill
  p2-)p4: handle 10.0ms
  participant p5 as tax
  p4->>p5: compute 8.00ms
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A waterfall is notation up to its bars, so what is on the screen can be
// pasted into a test.
func TestWaterfallIsNotation(t *testing.T) {
	spans := build(1,
		span{"shop", "order", 0, 0, 100, nil},
		span{"pay", "charge", 1, 30, 95, failed("card declined")},
		span{"shop", "x │ y", 1, 30, 95, nil},
	)
	below := func(tracetree.Line) []string { return []string{"a comment"} }
	text := ansi.Strip(draws(t, spans, draw.Waterfall{Width: 80, Below: below}))
	pattern, err := tracetree.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if report := pattern.Match(tracetree.Build(spans)); report != nil {
		t.Errorf("it does not match its own forest:\n%s", report)
	}
}

// The indentation of a deep tree's comments is bounded, as that of its lines is.
func TestCommentsOfADeepTreeTakeLinearSpace(t *testing.T) {
	const depth = 3000
	spans := make([]tracetree.Span, depth)
	for i := range spans {
		s := &spans[i]
		s.TraceID, s.Name, s.Start, s.End = tracetree.TraceID{1}, "call", int64(i+1), depth
		binary.BigEndian.PutUint64(s.SpanID[:], uint64(i+1))
		binary.BigEndian.PutUint64(s.Parent[:], uint64(i))
	}
	below := func(tracetree.Line) []string { return []string{"a note"} }
	text := ansi.Strip(draws(t, spans, draw.Waterfall{Width: 80, Below: below}))
	for line := range strings.Lines(text) {
		if len(line) > 250 {
			t.Fatalf("a line has %d bytes: %s", len(line), line)
		}
	}
	pattern, err := tracetree.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if report := pattern.Match(tracetree.Build(spans)); report != nil {
		t.Error(report.Summary())
	}
}

func TestDuration(t *testing.T) {
	tests := map[time.Duration]string{
		0: "0ns", 999: "999ns", 1000: "1.00µs", 12_345: "12.3µs", 123_456: "123µs", 999_999: "1000µs",
		time.Millisecond: "1.00ms", 9_996 * time.Microsecond: "10.0ms", 12_345 * time.Microsecond: "12.3ms",
		time.Second: "1.00s", 61 * time.Second: "1m1s", -12 * time.Millisecond: "-12.0ms",
	}
	for d, want := range tests {
		if got := draw.Duration(d); got != want {
			t.Errorf("Duration(%d) is %q, want %q", d, got, want)
		}
	}
}

func TestNotationIsColoured(t *testing.T) {
	const cyan, blue, red, yellow, off = "\x1b[36m", "\x1b[34m", "\x1b[31m", "\x1b[33m", "\x1b[m"
	tests := []struct{ reason, text, want string }{
		{
			"each actor has a colour, wherever it is", "a: x (root)\n  b: y\n  a: z\n",
			cyan + "a:" + off + " x (root)\n  " + blue + "b:" + off + " y\n  " + cyan + "a:" + off + " z\n",
		},
		{"a count stands before it", "2x a: x", "2x " + cyan + "a:" + off + " x"},
		{"what failed is red", "a: x !error", red + "a: x !error" + off},
		{"links", "a: x ← linked span", cyan + "a:" + off + " x " + yellow + "← linked span" + off},
		{"comments and the rest are left alone", "# a: b\na: x\n  ...", "# a: b\n" + cyan + "a:" + off + " x\n  ..."},
		{"quoted actors", `"a: b": x`, `"a: b": x`},
		{"what isn't notation", "a\tb", "a\tb"},
	}
	for _, tt := range tests {
		got := draw.Notation(tt.text)
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.reason, diff)
		}
		if ansi.Strip(got) != tt.text {
			t.Errorf("%s: the text became %q", tt.reason, ansi.Strip(got))
		}
	}
}
