package sampling_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"tracelab/telemetry/sampling"
)

func TestFlushDecidesByWhatIsKnown(t *testing.T) {
	s := newTailed(t, never(sampling.TailPolicy{Errors: true}))
	ctx, root := s.root("root")
	_, child := s.child(ctx, "child")
	failed(child)
	child.End()
	_, good := s.root("good")
	if err := s.pipeline.ForceFlush(t.Context()); err != nil {
		t.Error(err)
	}
	s.want([]string{"child"}, nil)
	good.End()
	root.End()
	s.close([]string{"child", "root"}, policyDropped(1))
}

func TestSecretsAreMaskedInWhatIsRescued(t *testing.T) {
	s := newTailed(t, never(sampling.TailPolicy{Errors: true}))
	_, root := s.root("request", trace.WithAttributes(attribute.String("password", "hunter22")))
	failed(root)
	root.End()
	s.close([]string{"request"}, nil)
	if text := textOf(s.sink.spans[0].Attributes()); strings.Contains(text["password"], "hunter") {
		t.Errorf("the password is %q", text["password"])
	}
}

func TestShutdownCountsWhatEndsAfterIt(t *testing.T) {
	s := newTailed(t, never(sampling.TailPolicy{Errors: true}))
	_, before := s.root("before")
	failed(before)
	before.End()
	_, after := s.root("after")
	if err := s.pipeline.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	after.End()
	s.want([]string{"before"}, map[sampling.DropReason]int64{sampling.DropStopped: 1})
	if err := s.pipeline.Shutdown(t.Context()); err != nil {
		t.Errorf("a second shutdown: %v", err)
	}
}

func TestFailedExportIsCounted(t *testing.T) {
	good, bad := &sink{}, &sink{err: errors.New("collector is away")}
	config := never(sampling.TailPolicy{Errors: true})
	config.Exporters = []sdktrace.SpanExporter{good, bad}
	s := newTailed(t, config)
	_, root := s.root("request")
	failed(root)
	root.End()
	if err := s.pipeline.Shutdown(t.Context()); err == nil || err.Error() != "export spans: 1 were not exported" {
		t.Errorf("shutdown: %v", err)
	}
	s.sink = good
	s.want([]string{"request"}, map[sampling.DropReason]int64{sampling.DropExport: 1})
}

func TestExporterThatHangsHoldsUpNeitherSpansNorTheShutdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hanging := &sink{hang: true}
		config := never(sampling.TailPolicy{Errors: true, Window: time.Second, Buffer: 20_000})
		config.Exporters = []sdktrace.SpanExporter{hanging}
		s := newTailed(t, config)
		started := time.Now()
		for range 100 {
			_, root := s.root("request")
			failed(root)
			root.End()
			pass(100 * time.Millisecond)
			wantSum(t, s.tail.Stats())
		}
		if took := time.Since(started); took > 11*time.Second {
			t.Errorf("100 spans took %s", took)
		}
		if backlog := s.tail.Stats().Dropped[sampling.DropBacklog]; backlog == 0 {
			t.Errorf("%+v doesn't count the exporter's", s.tail.Stats())
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		started = time.Now()
		if err := s.pipeline.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("shutdown: %v, want the deadline", err)
		}
		if took := time.Since(started); took > 6*time.Second {
			t.Errorf("the shutdown took %s", took)
		}
		synctest.Wait()
		if stats := s.tail.Stats(); stats.Buffered != 0 || stats.Exported != 0 {
			t.Errorf("%+v, want everything accounted for", stats)
		}
		wantSum(t, s.tail.Stats())
	})
}
