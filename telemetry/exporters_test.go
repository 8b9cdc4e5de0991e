package telemetry_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	coltracepb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"tracelab/telemetry"
)

func TestDroppedSpansAreCountedAndLoggedOnceAMinute(t *testing.T) {
	setenv(t)
	synctest.Test(t, func(t *testing.T) {
		var log buffer
		slow := &exporter{delay: time.Second}
		pipeline := telemetry.NewPipeline(
			telemetry.Config{Exporters: []sdktrace.SpanExporter{slow}, ErrorLogger: logTo(&log)},
		)
		shop := pipeline.Service("shop")
		const n = 20_000
		for range n {
			span(t, shop, "order")
		}
		synctest.Wait()
		if lost := pipeline.Lost().Dropped; lost < n-4*2048 || lost >= n {
			t.Fatalf("%d of %d are dropped, want all but what a queue holds", lost, n)
		}
		if records := strings.Count(log.String(), "spans are dropped"); records != 1 {
			t.Errorf("%d log records of it, want 1:\n%s", records, &log)
		}
		for range 3 { // minutes
			<-time.After(time.Minute)
			for range n {
				span(t, shop, "order")
			}
		}
		if records := strings.Count(log.String(), "spans are dropped"); records != 4 {
			t.Errorf("%d log records in four minutes, want 4:\n%s", records, &log)
		}
		err := pipeline.Shutdown(t.Context())
		lost := pipeline.Lost()
		if want := fmt.Sprintf("export spans: %d were dropped", lost.Dropped); err == nil ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("shutdown: %v, want %s", err, want)
		}
		if total := int64(len(slow.names())) + lost.Dropped; total != 4*n || lost.Failed != 0 {
			t.Errorf("%d exported and %+v lost, want %d together", len(slow.names()), lost, 4*n)
		}
		span(t, shop, "late")
		if after := pipeline.Lost().Dropped; after != lost.Dropped+1 {
			t.Errorf("%d are dropped after one more, want %d", after, lost.Dropped+1)
		}
	})
}

// A backend that fails, or warns, with every batch for minutes.
func TestFailedExportsAreCountedAndLoggedOnceAMinute(t *testing.T) {
	for _, test := range []struct {
		err     error
		message string
		lost    int64 // of 20 exports of a span
		reason  string
	}{
		{errors.New("connection refused"), "spans were not exported", 20, "it is down"},
		{
			errors.New("OTLP partial success: slow down (1 spans rejected)"), "receiver of spans has reported", 20,
			"it refuses spans",
		},
		{
			errors.New("OTLP partial success: update me (0 spans rejected)"), "receiver of spans has reported", 0,
			"it warns, and nothing is lost",
		},
	} {
		t.Run(test.reason, func(t *testing.T) {
			setenv(t)
			synctest.Test(t, func(t *testing.T) {
				var log buffer
				pipeline := telemetry.NewPipeline(telemetry.Config{
					Exporters: []sdktrace.SpanExporter{&exporter{exportErr: test.err}}, ErrorLogger: logTo(&log),
				})
				shop := pipeline.Service("shop")
				for range 20 {
					span(t, shop, "order")
					<-time.After(10 * time.Second)
				}
				if records := strings.Count(log.String(), test.message); records != 4 {
					t.Errorf("%d log records in 200 seconds, want 4:\n%s", records, &log)
				}
				if lost := pipeline.Lost(); lost.Failed != test.lost {
					t.Errorf("%+v, want %d failed", lost, test.lost)
				}
				err := pipeline.Shutdown(t.Context())
				if want := fmt.Sprintf("%d were not exported", test.lost); test.lost > 0 &&
					(err == nil || !strings.Contains(err.Error(), want)) {
					t.Errorf("shutdown: %v, want %s", err, want)
				}
			})
		})
	}
}

func TestSpansThatWaitWhenTheTimeIsUpAreCounted(t *testing.T) {
	setenv(t)
	synctest.Test(t, func(t *testing.T) {
		slow := &exporter{delay: time.Second}
		pipeline := telemetry.NewPipeline(telemetry.Config{Exporters: []sdktrace.SpanExporter{slow}})
		shop := pipeline.Service("shop")
		for range 1500 {
			span(t, shop, "order")
		}
		ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
		defer cancel()
		err := pipeline.Shutdown(ctx)
		lost := pipeline.Lost().Dropped
		if lost == 0 || lost > 1500-512 || err == nil || !strings.Contains(err.Error(), "were dropped") {
			t.Errorf("%d are dropped, and the shutdown returns %v", lost, err)
		}
		<-time.After(time.Minute) // the SDK goes on by itself
	})
}

// Whatever an exporter does when the time of a shutdown is up, each span is exported or lost, then
// and ever after.
func TestEverySpanIsExportedOrLost(t *testing.T) {
	const n = 3000 // some wait in the queue, which has room for 2048, and some are with the exporter
	for _, test := range []struct {
		reason   string
		exporter *exporter
	}{
		{"it takes them all", &exporter{}},
		{"it is slow", &exporter{delay: time.Second}},
		{"it is slow, and fails", &exporter{delay: time.Second, exportErr: errors.New("no space left")}},
		{"it hangs", &exporter{delay: time.Hour}},
	} {
		t.Run(test.reason, func(t *testing.T) {
			setenv(t)
			synctest.Test(t, func(t *testing.T) {
				pipeline := telemetry.NewPipeline(telemetry.Config{Exporters: []sdktrace.SpanExporter{test.exporter}})
				shop := pipeline.Service("shop")
				for range n {
					span(t, shop, "order")
				}
				ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
				defer cancel()
				_ = pipeline.Shutdown(ctx) // the error has the numbers, which are compared
				for _, when := range []string{"at the end", "in the time after it"} {
					taken, lost := 0, pipeline.Lost()
					if test.exporter.exportErr == nil {
						taken = len(test.exporter.names())
					}
					if total := int64(taken) + lost.Dropped + lost.Failed; total != n {
						t.Errorf("%d exported and %+v lost %s: %d together, want %d", taken, lost, when, total, n)
					}
					<-time.After(24 * time.Hour) // the SDK goes on by itself
				}
			})
		})
	}
}

func TestUnsampledSpansAreNotDropped(t *testing.T) {
	setenv(t)
	pipeline := telemetry.NewPipeline(telemetry.Config{
		Exporters: []sdktrace.SpanExporter{&exporter{delay: time.Second}},
		Sampler:   sdktrace.AlwaysRecord(sdktrace.NeverSample()),
	})
	shop := pipeline.Service("shop")
	for range 5000 {
		span(t, shop, "order")
	}
	if err := pipeline.Shutdown(t.Context()); err != nil || pipeline.Lost() != (telemetry.Losses{}) {
		t.Errorf("%v, %+v", err, pipeline.Lost())
	}
}

// A receiver can take spans with a warning, or all but some.
func TestPartialSuccessIsReportedAsWhatItIs(t *testing.T) {
	answer := func(rejected int64, message string) []byte {
		body, err := proto.Marshal(&coltracepb.ExportTraceServiceResponse{
			PartialSuccess: &coltracepb.ExportTracePartialSuccess{RejectedSpans: rejected, ErrorMessage: message},
		})
		if err != nil {
			t.Fatal(err)
		}
		return body
	}
	receivers := map[string]func(t *testing.T, body []byte){
		"http": func(t *testing.T, body []byte) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				w.Header().Set("Content-Type", "application/x-protobuf")
				_, _ = w.Write(body)
			}))
			t.Cleanup(server.Close)
			t.Cleanup(http.DefaultClient.CloseIdleConnections)
			setenv(t, "OTEL_EXPORTER_OTLP_ENDPOINT="+server.URL)
		},
		"grpc": func(t *testing.T, body []byte) {
			server := grpc.NewServer(grpc.UnknownServiceHandler(func(_ any, stream grpc.ServerStream) error {
				if err := stream.RecvMsg(&coltracepb.ExportTraceServiceRequest{}); err != nil {
					return err
				}
				response := &coltracepb.ExportTraceServiceResponse{}
				if err := proto.Unmarshal(body, response); err != nil {
					return err
				}
				return stream.SendMsg(response)
			}))
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			serve(t, server, listener)
			setenv(t, "OTEL_EXPORTER_OTLP_ENDPOINT=http://"+listener.Addr().String(), "OTEL_EXPORTER_OTLP_PROTOCOL=grpc")
		},
	}
	for _, test := range []struct {
		rejected int64
		message  string
		log      []string // parts
		err      string
		reason   string
	}{
		{0, "", nil, "", "nothing to report"},
		{
			0, "use a newer (2.0) protocol",
			[]string{`"level":"WARN"`, "use a newer (2.0) protocol", `"rejected":0`},
			"",
			"a warning: all spans have arrived",
		},
		{
			1, "too old",
			[]string{`"level":"ERROR"`, "too old", `"rejected":1`},
			"export spans: 1 were not exported",
			"one of two",
		},
		{2, "", []string{`"level":"ERROR"`, `"rejected":2`}, "export spans: 2 were not exported", "both, without a word"},
		{
			1, "of ann@example.com",
			[]string{"of [redacted]"},
			"export spans: 1 were not exported",
			"a receiver may quote what it was sent",
		},
	} {
		for protocol, receive := range receivers {
			t.Run(protocol+" "+test.reason, func(t *testing.T) {
				receive(t, answer(test.rejected, test.message))
				config, err := telemetry.FromEnv(t.Context(), io.Discard)
				if err != nil {
					t.Fatal(err)
				}
				var log buffer
				config.ErrorLogger = logTo(&log)
				pipeline := telemetry.NewPipeline(config)
				for range 2 {
					span(t, pipeline.Service("shop"), "order")
				}
				got := ""
				if err := pipeline.Shutdown(t.Context()); err != nil {
					got = err.Error()
				}
				if got != test.err {
					t.Errorf("shutdown: %q, want %q", got, test.err)
				}
				for _, part := range test.log {
					if !strings.Contains(log.String(), part) {
						t.Errorf("the log doesn't have %s:\n%s", part, &log)
					}
				}
				if test.log == nil && log.String() != "" {
					t.Errorf("the log has\n%s", &log)
				}
			})
		}
	}
}
