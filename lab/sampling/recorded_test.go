package sampling_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tracelab/internal/law"
	"tracelab/lab/sampling"
	tsampling "tracelab/telemetry/sampling"
	"tracelab/tracetree"
)

// recordedTrace is a trace of a root and its children, whose ID has a random number that is a share
// of the largest one.
func recordedTrace(id int, share float64, method, route string, spans ...tracetree.Span) []tracetree.Span {
	var trace tracetree.TraceID
	binary.BigEndian.PutUint64(trace[:], uint64(id))
	binary.BigEndian.PutUint64(trace[8:], uint64(share*(1<<56)))
	root := tracetree.Span{Name: "shop.Orders/Get", Kind: tracetree.KindServer, Start: 1, End: 2, Flags: 1}
	if method != "" {
		root.Attributes = []tracetree.Attr{
			{Key: "http.request.method", Value: tracetree.String(method)}, {Key: "http.route", Value: tracetree.String(route)},
		}
	}
	all := append([]tracetree.Span{root}, spans...)
	for i := range all {
		all[i].TraceID, all[i].SpanID[7] = trace, byte(i+1)
		binary.BigEndian.PutUint32(all[i].SpanID[:4], uint32(id))
		if i > 0 {
			all[i].Parent = all[0].SpanID
		}
	}
	return all
}

func runRecorded(t interface {
	Helper()
	Fatalf(string, ...any)
}, policy sampling.Policy, slow time.Duration, spans []tracetree.Span,
) *sampling.Result {
	t.Helper()
	result, err := sampling.RunRecorded(context.Background(), policy, sampling.NewRecorded(tracetree.Build(spans), slow))
	if err != nil {
		t.Fatalf("run recorded: %v", err)
	}
	return result
}

// Recorded traces are kept by the policy's rules, trace by trace.
func TestLawRecordedTracesAreDecidedByThePolicy(t *testing.T) {
	const slow = 50
	law.Check(t, func(t *rapid.T) {
		share := rapid.SampledFrom([]float64{0, 0.25, 0.5, 1})
		policy := sampling.Policy{Name: "p", Head: sampling.Head{
			Default: share.Draw(t, "default"), Routes: map[string]float64{"GET /a": share.Draw(t, "of a")},
		}}
		rest := 1.0
		if rapid.Bool().Draw(t, "tail") {
			rest = share.Draw(t, "rest")
			policy.Tail = &tsampling.TailPolicy{Errors: rapid.Bool().Draw(t, "errors"), Rest: rest}
			if rapid.Bool().Draw(t, "slow") {
				policy.Tail.Slow = slow
			}
		}
		var spans []tracetree.Span
		var want struct{ Traces, Spans, Errors, Slow sampling.Kept }
		for id := range rapid.IntRange(0, 20).Draw(t, "traces") {
			random := rapid.Float64Range(0, 0.99).Draw(t, "random")
			method := rapid.SampledFrom([]string{"", "GET", "POST"}).Draw(t, "method")
			var children []tracetree.Span
			for range rapid.IntRange(0, 3).Draw(t, "children") {
				children = append(children, tracetree.Span{
					Kind: tracetree.KindConsumer, Start: 1, End: rapid.SampledFrom([]int64{3, slow, slow + 1}).Draw(t, "end"),
					Status: rapid.SampledFrom([]tracetree.Status{tracetree.StatusUnset, tracetree.StatusError}).Draw(t, "status"),
				})
			}
			trace := recordedTrace(id+1, random, method, "/a", children...)
			spans = append(spans, trace...)
			failed, last := false, int64(2)
			for _, s := range trace {
				failed, last = failed || s.Status == tracetree.StatusError, max(last, s.End)
			}
			head := policy.Head.Default
			if method == "GET" {
				head = policy.Head.Routes["GET /a"]
			}
			isSlow := last-1 >= slow
			kept := random >= 1-head*rest && head*rest > 0 ||
				policy.Tail != nil && (policy.Tail.Errors && failed || policy.Tail.Slow > 0 && isSlow)
			count := func(k *sampling.Kept, n int, is bool) {
				if is {
					k.Of += int64(n)
				}
				if is && kept {
					k.Kept += int64(n)
				}
			}
			count(&want.Traces, 1, true)
			count(&want.Spans, len(trace), true)
			count(&want.Errors, 1, failed)
			count(&want.Slow, 1, isSlow)
		}
		r := runRecorded(t, policy, slow, spans)
		got := want
		got.Traces, got.Spans, got.Errors, got.Slow = r.Traces, r.Spans, r.Errors, r.Slow
		if diff := cmp.Diff(want, got); diff != "" || r.Partial != 0 {
			t.Fatalf("%+v, %d torn traces (-want +got):\n%s", policy, r.Partial, diff)
		}
	})
}

func TestRecordedLinkedTracesAreKeptTogether(t *testing.T) {
	failed := recordedTrace(1, 0, "POST", "/a", tracetree.Span{Status: tracetree.StatusError, Start: 1, End: 2})
	linked := recordedTrace(2, 0, "", "")
	linked[0].Kind, linked[0].Start = tracetree.KindConsumer, 5
	linked[0].Links = []tracetree.Link{{TraceID: failed[0].TraceID, SpanID: failed[0].SpanID}}
	policy := sampling.Policy{Head: sampling.Head{Default: 1}, Tail: &tsampling.TailPolicy{Errors: true}}
	if r := runRecorded(t, policy, time.Second, append(linked, failed...)); r.Traces.Kept != 2 {
		t.Errorf("%d traces are kept, want the linked one too", r.Traces.Kept)
	}
}

func TestRecordedFigures(t *testing.T) {
	var spans []tracetree.Span
	for i := range 1000 {
		method := "GET"
		if i%4 == 0 {
			method = "" // a request of gRPC
		}
		trace := recordedTrace(i+1, float64(i)/1000, method, "/a")
		if i%100 == 0 {
			trace[0].Status = tracetree.StatusError
		}
		spans = append(spans, trace...)
	}
	r := runRecorded(t, sampling.Policy{Head: sampling.Head{Default: 0.1}}, time.Second, spans)
	got := fmt.Sprintf("%.0f of %.0f requests, %.0f of %.0f failures, by %d", r.Requests.Value, r.Requests.True,
		r.Failures.Value, r.Failures.True, r.Requests.Seen)
	if want := "1000 of 1000 requests, 10 of 10 failures, by 100"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	// These spans are so small that the ratio and the threshold, which only the sampled ones have,
	// make a difference.
	if r.Bytes.Share() < 0.1 || r.Bytes.Share() > 0.2 {
		t.Errorf("cost %.3f, want 0.1 to 0.2", r.Bytes.Share())
	}
}

// A capture that is a sample counts as itself, and its recorded ratios are no figures of the
// policy.
func TestRecordedSampleIsCountedAsItself(t *testing.T) {
	trace := recordedTrace(1, 0.9, "GET", "/a")
	trace[0].Attributes = append(trace[0].Attributes,
		tracetree.Attr{Key: string(tsampling.RatioKey), Value: tracetree.Float(0.01)})
	recorded := sampling.NewRecorded(tracetree.Build(trace), time.Second)
	result, err := sampling.RunRecorded(t.Context(), sampling.Policy{Head: sampling.Head{Default: 0.5}}, recorded)
	if err != nil {
		t.Fatal(err)
	}
	if recorded.Sampled != 1 || result.Requests.True != 1 || result.Requests.Value != 2 {
		t.Errorf("%d traces are a sample, %v of %v requests; want 1, 2 of 1", recorded.Sampled, result.Requests.Value,
			result.Requests.True)
	}
}

func TestRecordedEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	recorded := sampling.NewRecorded(tracetree.Build(recordedTrace(1, 0, "", "")), time.Second)
	for _, policy := range builtin(t) {
		if _, err := sampling.RunRecorded(ctx, policy, recorded); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: error %v, want %v", policy.Name, err, context.Canceled)
		}
	}
}
