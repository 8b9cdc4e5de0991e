package play_test

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	"pgregory.net/rapid"

	"tracelab/internal/law"
	"tracelab/tracetree"
	"tracelab/tracetree/codec/fromsdk"
	"tracelab/tracetree/play"
)

// replayed returns the spans of a replay under a sampler, by their IDs.
func replayed(t tb, spans []tracetree.Span, sampler sdktrace.Sampler, without ...attribute.Key) []tracetree.Span {
	t.Helper()
	recorder := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSampler(sampler), sdktrace.WithIDGenerator(play.RecordedIDs{}),
		sdktrace.WithSpanProcessor(recorder))
	origins := func(*tracetree.Origin) trace.TracerProvider { return provider }
	if err := play.Replay(context.Background(), tracetree.Build(spans), origins, without...); err != nil {
		t.Fatalf("replay: %v", err)
	}
	got := fromsdk.Spans(recorder.Ended())
	sortByID(got)
	return got
}

func sortByID(spans []tracetree.Span) {
	slices.SortFunc(spans, func(a, b tracetree.Span) int {
		return cmp.Or(slices.Compare(a.TraceID[:], b.TraceID[:]), slices.Compare(a.SpanID[:], b.SpanID[:]))
	})
}

// Whatever was recorded comes out of a replay again, damaged traces too.
func TestLawReplayedSpansAreTheRecordedOnes(t *testing.T) {
	law.Check(t, func(t *rapid.T) {
		var spans []tracetree.Span
		seen := map[[2]any]bool{}
		for _, s := range anySpans().Draw(t, "spans") {
			key := [2]any{s.TraceID, s.SpanID}
			if seen[key] || s.SpanID == (tracetree.SpanID{}) {
				continue // decoders make IDs unique, and refuse the zero ID
			}
			seen[key] = true
			s.End = s.Start + 3
			spans = append(spans, s)
		}
		spans = slices.Clone(tracetree.Build(spans).Spans())
		got := replayed(t, spans, sdktrace.AlwaysSample())
		sortByID(spans)
		if diff := gocmp.Diff(facts(spans), facts(got)); diff != "" {
			t.Fatalf("spans (-recorded +replayed):\n%s", diff)
		}
	})
}

type fact struct {
	Trace, Span, Parent, Name string
	Start, End                int64
	Kind                      tracetree.Kind
	Status                    tracetree.Status
	Attributes                map[string]string
	Links                     []string
}

func facts(spans []tracetree.Span) []fact {
	var all []fact
	for _, s := range spans {
		f := fact{
			Trace: s.TraceID.String(), Span: s.SpanID.String(), Parent: s.Parent.String(), Name: s.Name,
			Start: s.Start, End: s.End, Kind: s.Kind, Status: s.Status, Attributes: map[string]string{},
		}
		if f.Kind == tracetree.KindUnspecified {
			f.Kind = tracetree.KindInternal // the SDK has no other
		}
		for _, a := range s.Attributes {
			f.Attributes[a.Key] = a.Value.Text()
		}
		for _, l := range s.Links {
			if l.SpanID != (tracetree.SpanID{}) { // the SDK drops those to nothing
				f.Links = append(f.Links, l.SpanID.String())
			}
		}
		all = append(all, f)
	}
	return all
}

func TestReplayDecidesAnew(t *testing.T) {
	span := func(trace, id, parent uint64) tracetree.Span {
		return tracetree.Span{
			TraceID: traceID(trace), SpanID: spanID(id), Parent: spanID(parent), Start: int64(id), End: 99, Flags: 1,
		}
	}
	linked := span(2, 20, 0)
	linked.Links = []tracetree.Link{{TraceID: traceID(1), SpanID: spanID(10), Flags: 1}}
	spans := []tracetree.Span{span(1, 10, 0), span(1, 11, 10), span(1, 9, 77), span(3, 30, 88), linked}
	for _, tt := range []struct {
		reason  string
		sampler sdktrace.Sampler
		want    map[string]bool // whether a span is sampled
	}{
		{
			"the root's decision is for its whole trace, orphans that began earlier too; an orphan alone was sampled",
			sdktrace.ParentBased(sdktrace.NeverSample()),
			map[string]bool{"10": false, "11": false, "9": false, "30": true, "20": false},
		},
		{
			"all", sdktrace.ParentBased(sdktrace.AlwaysSample()),
			map[string]bool{"10": true, "11": true, "9": true, "30": true, "20": true},
		},
		{
			"a link has what was decided now", sdktrace.ParentBased(followsLink{}),
			map[string]bool{"10": false, "11": false, "9": false, "30": true, "20": false},
		},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			got := map[string]bool{}
			for _, s := range replayed(t, spans, sdktrace.AlwaysRecord(tt.sampler)) {
				got[map[tracetree.SpanID]string{
					spanID(10): "10", spanID(11): "11", spanID(9): "9", spanID(30): "30", spanID(20): "20",
				}[s.SpanID]] = s.Flags&1 != 0
			}
			if diff := gocmp.Diff(tt.want, got); diff != "" {
				t.Errorf("sampled (-want +got):\n%s", diff)
			}
		})
	}
}

// followsLink samples roots whose first link is to a sampled span.
type followsLink struct{}

func (followsLink) ShouldSample(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
	if len(p.Links) > 0 && p.Links[0].SpanContext.IsSampled() {
		return sdktrace.SamplingResult{Decision: sdktrace.RecordAndSample}
	}
	return sdktrace.SamplingResult{Decision: sdktrace.Drop}
}

func (followsLink) Description() string { return "follows link" }

func TestReplayLeavesAttributesOut(t *testing.T) {
	spans := []tracetree.Span{{TraceID: traceID(1), SpanID: spanID(1), Start: 1, End: 2, Attributes: []tracetree.Attr{
		{Key: "old", Value: tracetree.Int(1)}, {Key: "kept", Value: tracetree.Int(2)},
	}}}
	got := replayed(t, spans, sdktrace.AlwaysSample(), "old")
	if diff := gocmp.Diff([]tracetree.Attr{{Key: "kept", Value: tracetree.Int(2)}}, got[0].Attributes,
		gocmp.Comparer(func(a, b tracetree.Value) bool { return a == b })); diff != "" {
		t.Errorf("attributes (-want +got):\n%s", diff)
	}
}

func TestReplayEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	forest := tracetree.Build([]tracetree.Span{{TraceID: traceID(1), SpanID: spanID(1)}})
	if err := play.Replay(ctx, forest, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
}
