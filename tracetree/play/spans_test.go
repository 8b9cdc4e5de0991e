package play_test

import (
	"context"
	"encoding/binary"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/trace"

	"tracelab/telemetry"
	"tracelab/tracetree"
	"tracelab/tracetree/play"
)

var update = flag.Bool("update", false, "write the golden files anew")

// counter generates consecutive ids.
type counter struct{ n uint64 }

func (c *counter) NewIDs(ctx context.Context) (trace.TraceID, trace.SpanID) {
	c.n++
	var id trace.TraceID
	binary.BigEndian.PutUint64(id[8:], c.n)
	return id, c.NewSpanID(ctx, id)
}

func (c *counter) NewSpanID(context.Context, trace.TraceID) (id trace.SpanID) {
	c.n++
	binary.BigEndian.PutUint64(id[:], c.n)
	return id
}

// TestGoldenSpans compares played spans with files. Every file of testdata contains a text to play
// and, after a line of dashes, the full view with attributes, service and kind.
func TestGoldenSpans(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("found %d files: %v", len(files), err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text, want, _ := strings.Cut(string(data), "---\n")
		spans, err := tryPlay(t, text, telemetry.Config{IDs: &counter{}}, play.Config{})
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		got := listed(spans)
		if *update {
			if err := os.WriteFile(file, []byte(text+"---\n"+got), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", file, diff)
		}
	}
}

// listed returns a few lines for each span.
func listed(spans []tracetree.Span) string {
	var b strings.Builder
	for _, l := range tracetree.Lines(tracetree.Build(spans), tracetree.Full) {
		s := l.Node.Span()
		indent := strings.Repeat("  ", l.Depth)
		b.WriteString(l.Text + "\n")
		b.WriteString(indent + "    " + s.Kind.String() + " of " + s.Service() + ", named " + s.Name)
		if s.ParentRemote == tracetree.RemoteYes {
			b.WriteString(", remote parent")
		}
		b.WriteString("\n")
		for _, a := range s.Attributes {
			b.WriteString(indent + "    " + a.Key + " = " + a.Value.Text() + " " + a.Value.Kind().String() + "\n")
		}
	}
	return b.String()
}

func TestBracesSetAttributes(t *testing.T) {
	const absent = "(absent)"
	tests := []struct {
		reason, braces, key, want string
		kind                      tracetree.ValueKind
	}{
		{"an integer", "k=3", "k", "3", tracetree.IntValue},
		{"a negative one", "k=-3", "k", "-3", tracetree.IntValue},
		{"a number too large for one", "k=12345678901234567890", "k", "12345678901234567890", tracetree.StringValue},
		{"a number with leading zeros is text", "k=007", "k", "007", tracetree.StringValue},
		{"a float", "k=1.5", "k", "1.5", tracetree.FloatValue},
		{"a version is text", "k=1.5.0", "k", "1.5.0", tracetree.StringValue},
		{"a float in a form that is not the shortest is text", "k=1.50", "k", "1.50", tracetree.StringValue},
		{"no number", "k=NaN", "k", "NaN", tracetree.StringValue},
		{"a boolean", "k=true", "k", "true", tracetree.BoolValue},
		{"text", "k=a b", "k", "a b", tracetree.StringValue},
		{"empty text", `k=""`, "k", "", tracetree.StringValue},
		{"numbers", `k="[1,2]"`, "k", "[1,2]", tracetree.JSONValue},
		{"floats", `k="[1,2.5]"`, "k", "[1,2.5]", tracetree.JSONValue},
		{"texts", `k="[\"a\",\"b\"]"`, "k", `["a","b"]`, tracetree.JSONValue},
		{"booleans", `k="[true,false]"`, "k", `[true,false]`, tracetree.JSONValue},
		{"an empty array", `k="[]"`, "k", `[]`, tracetree.JSONValue},
		{"an array of several types is text", `k="[1,\"a\",null]"`, "k", `[1,"a",null]`, tracetree.StringValue},
		{"JSON that isn't canonical is text", `k="[1, 2]"`, "k", `[1, 2]`, tracetree.StringValue},
		{"a textual attribute of the conventions", "error.type=500", "error.type", "500", tracetree.StringValue},
		{"below", "k<3", "k", "2", tracetree.IntValue},
		{"above", "k>3", "k", "4", tracetree.IntValue},
		{"between", "k>0, k<0.5", "k", "0.25", tracetree.FloatValue},
		{"above, and another", "k>3, k!=4", "k", "6", tracetree.IntValue},
		{"an expression", `k~"^(GET|PUT) /[a-z]+/\\d{3}$"`, "k", "GET /a/000", tracetree.StringValue},
		{"an expression and another text", `k~"a", k!=a`, "k", "any", tracetree.StringValue},
		{"any value", "k", "k", "any", tracetree.StringValue},
		{"another value", "k!=any", "k", "other", tracetree.StringValue},
		{"a star becomes empty text", "k=a*c", "k", "ac", tracetree.StringValue},
		{"a star that the usual value matches", "url.path=/t*", "url.path", "/tasks", tracetree.StringValue},
		{
			"a condition that the usual value meets", "http.response.status_code<300", "http.response.status_code", "200",
			tracetree.IntValue,
		},
		{
			"a condition that the usual value doesn't meet", "http.response.status_code>200", "http.response.status_code", "201",
			tracetree.IntValue,
		},
		{"the older name follows", "http.response.status_code=204", "http.status_code", "204", tracetree.IntValue},
		{"the current name follows", "http.status_code=204", "http.response.status_code", "204", tracetree.IntValue},
		{
			"unless both are stated", "http.response.status_code=204, http.status_code=200", "http.status_code", "200",
			tracetree.IntValue,
		},
		{"a forbidden attribute", "!url.scheme", "url.scheme", absent, 0},
		{"no other attributes", "= k=1", "url.path", absent, 0},
	}
	for _, test := range tests {
		s := mustPlay(t, "shop: GET /tasks (root) {"+test.braces+"}")[0]
		value, ok := s.Attr(test.key)
		got := value.Text()
		if !ok {
			got = absent
		}
		if got != test.want || value.Kind() != test.kind {
			t.Errorf("%s: {%s}: %s is %q, %v, want %q, %v", test.reason, test.braces, test.key, got, value.Kind(), test.want,
				test.kind)
		}
	}
}

func TestFieldsAreSetOnTheSpan(t *testing.T) {
	tests := []struct{ reason, line, want string }{
		{"the usual values", "shop: step (root)", "internal unset step shop []"},
		{"a kind", "shop: step (root) {@kind=consumer}", "consumer unset step shop []"},
		{"any kind but the usual one", "shop: step (root) {@kind!=internal}", "server unset step shop []"},
		{"a stated success", "shop: step (root) {@status=ok}", "internal ok step shop []"},
		{"any status but the usual one", "shop: step (root) {@status!=unset}", "internal ok step shop []"},
		{"an error", "shop: step (root) !error {@status=error}", "internal error step shop []"},
		{"a name that isn't in the label", "shop: GET /cart (root) {@name=cart}", "server unset cart shop []"},
		{"a name like an expression", `shop: GET /cart (root) {@name~"^GET"}`, "server unset GET /cart shop []"},
		{"the service of a database call", "db: ping (root) {@service=shop}", "client unset ping shop []"},
		{"a database call without a service", "db: ping (root)", "client unset ping unknown_service []"},
		{"events", "shop: step (root) {@event=a, @event=b}", "internal unset step shop [a b]"},
		{"any event", "shop: step (root) {@event}", "internal unset step shop [any]"},
		{"no event", "shop: step (root) {!@event}", "internal unset step shop []"},
	}
	for _, test := range tests {
		s := mustPlay(t, test.line)[0]
		var events []string
		for _, e := range s.Events {
			events = append(events, e.Name)
		}
		if got := fmt.Sprint(s.Kind, " ", s.Status, " ", s.Name, " ", s.Service(), " ", events); got != test.want {
			t.Errorf("%s: %s is %s, want %s", test.reason, test.line, got, test.want)
		}
	}
}
