package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"tracelab/tools/system"
	"tracelab/tracetree"
	"tracelab/tracetree/codec"
)

// slowerThan is from when on traces are kept for that.
const slowerThan = 250 * time.Millisecond

// The policies. A Collector decides about a trace some time after its first span, here four
// seconds, so it has to wait for as long as a request may take.
const (
	onlyErrors = `
tail: {errors: true, slower_than: 250ms, rest: 0%, window: 1s, message_wait: 3s}
`
	everyRule = `
head: {default: 50%, routes: {GET /often: 20%, POST /seldom: 100%, DELETE /never: 0%}}
tail: {errors: true, slower_than: 250ms, rest: 70%, window: 1s, message_wait: 3s}
`
)

// collectorPolicy lets tracelab write a policy for the Collector to a file.
func (p proofs) collectorPolicy(ctx context.Context, policy string) (file string, err error) {
	command := exec.CommandContext(ctx, p.tracelab, "sampling", "--policy", "-", "--to-collector")
	command.Stdin = strings.NewReader(policy)
	config, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("write the policy for the Collector: %w", err)
	}
	file = filepath.Join(p.dir, "sampling.yaml")
	return file, os.WriteFile(file, config, 0o600)
}

// How many requests are sent, and which of them fail.
const (
	requests  = 60
	failEvery = 3
)

// doomed is the title of the tasks that can't be stored.
const doomed = "doomed"

// keepsErrors sends requests of which some fail. A Collector writes all their spans to one file,
// and those that its tail sampling keeps to another.
func (p proofs) keepsErrors(ctx context.Context) error {
	faults := filepath.Join(p.dir, "faults.yaml")
	err := os.WriteFile(faults, []byte("- {dynamodb: PutItem, about: "+doomed+", error: internal, times: -1}\n"), 0o600)
	if err != nil {
		return err
	}
	policy, err := p.collectorPolicy(ctx, onlyErrors)
	if err != nil {
		return err
	}
	all, kept := filepath.Join(p.dir, "all.jsonl"), filepath.Join(p.dir, "kept.jsonl")
	collector, address, err := p.startCollector(ctx,
		system.Collector{File: kept, Unsampled: all, Sampling: policy})
	if err != nil {
		return err
	}
	s, err := p.services(ctx, address, "--faults", faults)
	if err != nil {
		return err
	}
	failed := 0
	for i := range requests {
		title, want := fmt.Sprintf("task %d", i), http.StatusCreated
		if i%failEvery == 0 {
			title, want = doomed, http.StatusServiceUnavailable
			failed++
		}
		answer, err := system.CreateTask(ctx, http.DefaultClient, s.Gateway.Address(), title, "")
		if err != nil {
			return err
		}
		if answer.Status != want {
			return fmt.Errorf("request %d was answered with status %d, want %d\n%s", i, answer.Status, want, s.Gateway.Log())
		}
	}
	waiting, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	err = system.Await(waiting, "wait for the spans of all requests", func(context.Context) error {
		roots, err := readTraces(all)
		if err != nil {
			return err
		}
		return roots.arrived(requests-failed, "process task-created")
	})
	if err == nil {
		err = system.Await(waiting, "wait for the Collector to decide", func(context.Context) error {
			after, err := readTraces(kept)
			if len(after) < failed {
				err = errors.Join(err, fmt.Errorf("%d traces were kept, want %d or more", len(after), failed))
			}
			return err
		})
	}
	if err = errors.Join(err, s.Stop(stopWithin), collector.Stop(within)); err != nil {
		return err
	}
	before, err := readTraces(all)
	if err != nil {
		return err
	}
	after, err := readTraces(kept)
	if err != nil {
		return err
	}
	want := wanted(before)
	if len(want) < failed || len(want) == len(before) {
		return fmt.Errorf("%d of %d traces have errors or are slow: want at least %d, and not all",
			len(want), len(before), failed)
	}
	fmt.Printf("     %d traces, %d requests failed, %d traces kept\n", len(before), failed, len(after))
	return compare(want, after)
}

// traces are spans by their traces.
type traces map[tracetree.TraceID]traceSpans

// traceSpans are the spans of one trace, each with how often it came.
type traceSpans struct {
	spans  map[tracetree.SpanID]tracetree.Span
	copies int
}

// readTraces reads a file that a Collector writes. A file that isn't there yet has none.
func readTraces(file string) (traces, error) {
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return traces{}, nil
	} else if err != nil {
		return nil, err
	}
	defer f.Close()
	spans, _, err := codec.ReadAll(f, filepath.Base(file))
	if info, statErr := f.Stat(); statErr == nil && info.Size() == 0 {
		return traces{}, nil
	}
	if err != nil {
		return nil, err
	}
	return group(spans), nil
}

func group(spans []tracetree.Span) traces {
	all := traces{}
	for _, span := range spans {
		t := all[span.TraceID]
		if t.spans == nil {
			t.spans = map[tracetree.SpanID]tracetree.Span{}
		}
		if _, found := t.spans[span.SpanID]; found {
			t.copies++
		}
		t.spans[span.SpanID] = span
		all[span.TraceID] = t
	}
	return all
}

// arrived returns an error until a number of traces have a span with this name.
func (t traces) arrived(want int, name string) error {
	got := 0
	for _, trace := range t {
		for _, span := range trace.spans {
			if span.Name == name {
				got++
				break
			}
		}
	}
	if got < want {
		return fmt.Errorf("%d traces have a span %q, want %d", got, name, want)
	}
	return nil
}

// kept reports whether the policy has a reason to keep a trace.
func (t traceSpans) kept(slow time.Duration) bool {
	first, last := int64(math.MaxInt64), int64(0)
	for _, span := range t.spans {
		if span.Status == tracetree.StatusError {
			return true
		}
		first, last = min(first, span.Start), max(last, span.End)
	}
	return last-first >= int64(slow)
}

// compare returns an error unless two sets have the same traces with the same spans.
func compare(want, got traces) error {
	var errs []error
	for id, trace := range want {
		switch other, found := got[id]; {
		case !found:
			errs = append(errs, fmt.Errorf("trace %s is lost", id))
		case len(other.spans) != len(trace.spans) || other.copies != trace.copies:
			errs = append(errs, fmt.Errorf("trace %s has %d spans and %d more times one of them, want %d and %d",
				id, len(other.spans), other.copies, len(trace.spans), trace.copies))
		default:
			for span := range trace.spans {
				if _, found := other.spans[span]; !found {
					errs = append(errs, fmt.Errorf("span %s of trace %s is lost", span, id))
				}
			}
		}
	}
	for id := range got {
		if _, found := want[id]; !found {
			errs = append(errs, fmt.Errorf("trace %s was kept without a reason", id))
		}
	}
	return errors.Join(errs[:min(len(errs), 10)]...)
}
