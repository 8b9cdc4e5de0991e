package main

import (
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"pgregory.net/rapid"

	"tracelab/internal/law"
	"tracelab/tracetree"
)

// The sampler in the process obeys the laws whatever the traces are.
func TestSamplerInTheProcessIsLawful(t *testing.T) {
	law.Check(t, func(rt *rapid.T) {
		sampler, err := newInProcess(everyRule)
		if err != nil {
			rt.Fatal(err)
		}
		var all spans
		g := newGenerator(rapid.Uint64().Draw(rt, "seed"), sdktrace.NewSimpleSpanProcessor(&all))
		g.traces(t.Context(), rapid.IntRange(1, 60).Draw(rt, "traces"))
		for _, step := range []func() error{
			func() error { return sampler.replay(t.Context(), all.take()) },
			func() error { return sampler.decide(t.Context()) },
			func() error { g.lateSpans(); return g.close(t.Context()) },
			func() error { return sampler.replay(t.Context(), all.take()) },
		} {
			if err := step(); err != nil {
				rt.Fatal(err)
			}
		}
		kept, err := sampler.close(t.Context())
		if err != nil {
			rt.Fatal(err)
		}
		if err := lawful("the sampler", group(all.kept), kept); err != nil {
			rt.Error(err)
		}
	})
}

// The generated traces are of all kinds, and the same for the same seed.
func TestGenerate(t *testing.T) {
	generate := func(seed uint64) traces {
		var all spans
		g := newGenerator(seed, sdktrace.NewSimpleSpanProcessor(&all))
		g.traces(t.Context(), generated)
		g.lateSpans()
		if err := g.close(t.Context()); err != nil {
			t.Fatal(err)
		}
		return group(all.kept)
	}
	given := generate(1)
	if len(given) != generated {
		t.Fatalf("%d traces, want %d", len(given), generated)
	}
	again := generate(1)
	kinds := map[string]int{}
	for id, tr := range given {
		if len(again[id].spans) != len(tr.spans) {
			t.Errorf("trace %s has %d spans and then %d, with the same seed", id, len(tr.spans), len(again[id].spans))
		}
		services := map[string]bool{}
		has := map[string]bool{"elsewhere": true}
		first, last := int64(0), int64(0)
		for _, span := range tr.spans {
			services[span.Service()] = true
			if span.Parent == (tracetree.SpanID{}) {
				has["elsewhere"] = false
			}
			has["late"] = has["late"] || span.Name == "late"
			has["error"] = has["error"] || span.Status == tracetree.StatusError
			has["linking child"] = has["linking child"] || span.Name != "root" && len(span.Links) > 0
			has["linking root"] = has["linking root"] || span.Name == "root" && len(span.Links) > 0
			if first == 0 || span.Start < first {
				first = span.Start
			}
			last = max(last, span.End)
		}
		has["as slow as that"] = last-first == int64(slowerThan)
		has["just faster"] = last-first == int64(slowerThan)-1e6
		has["one span"] = len(tr.spans) == 1
		has["many spans"] = len(tr.spans) > 50
		has["three services"] = len(services) == 3
		for kind, is := range has {
			if is {
				kinds[kind]++
			}
		}
	}
	for _, kind := range []string{
		"elsewhere", "late", "error", "linking child", "linking root", "as slow as that", "just faster", "one span",
		"many spans", "three services",
	} {
		if kinds[kind] < 10 {
			t.Errorf("%d traces are of the kind %q, want 10 or more: %v", kinds[kind], kind, kinds)
		}
	}
}
