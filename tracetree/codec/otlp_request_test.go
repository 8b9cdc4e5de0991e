package codec_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"pgregory.net/rapid"

	"tracelab/internal/law"
	"tracelab/tracetree"
	"tracelab/tracetree/codec"
)

// A request is decoded to the same spans as by pdata, one after the other by the same decoder.
func TestRequestsAreDecodedAsByPData(t *testing.T) {
	decoder := codec.NewRequestDecoder()
	law.Check(t, func(t *rapid.T) {
		body, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(codec.ToPData(spanGen().Draw(t, "spans")))
		if err != nil {
			t.Fatal(err)
		}
		traces, err := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(body)
		if err != nil {
			t.Fatal(err)
		}
		got, err := decoder.Decode(body)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(codec.FromPData(traces), got, cmp.AllowUnexported(tracetree.Value{})); diff != "" {
			t.Fatalf("(-pdata +decoded):\n%s", diff)
		}
	})
}

func TestRequestsKeepSpansWithoutIDs(t *testing.T) {
	traces := ptrace.NewTraces()
	span := traces.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty()
	span.SetName("lost")
	body, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(traces)
	if err != nil {
		t.Fatal(err)
	}
	spans, err := codec.NewRequestDecoder().Decode(body)
	if err != nil || len(spans) != 1 || spans[0].Name != "lost" {
		t.Errorf("%d spans, %v, want the one without IDs", len(spans), err)
	}
}

func TestBadRequestsAreRefused(t *testing.T) {
	for reason, body := range map[string]string{
		"no protobuf":                  "\xff\xff",
		"a message that is cut off":    "\n\x0a\x12\x08\x12",
		"a trace ID of another length": "\n\x08\x12\x06\x12\x04\n\x02ab",
		"text in place of a message":   "{}",
	} {
		if spans, err := codec.NewRequestDecoder().Decode([]byte(body)); err == nil {
			t.Errorf("%s: %d spans, want an error", reason, len(spans))
		}
	}
	if spans, err := codec.NewRequestDecoder().Decode(nil); err != nil || len(spans) != 0 {
		t.Errorf("an empty request: %d spans, %v, want none", len(spans), err)
	}
}
