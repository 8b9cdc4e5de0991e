package server_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tracelab/live/handon"
	"tracelab/tracetree"
	"tracelab/tracetree/codec"
	"tracelab/tracetree/treetest/otlptest"
)

// span returns a span with few fields, which every format holds.
func span(id byte) tracetree.Span {
	return tracetree.Span{
		TraceID: tracetree.TraceID{1}, SpanID: tracetree.SpanID{id}, Name: fmt.Sprint("op ", id), Flags: 1,
		Kind: tracetree.KindInternal, Start: 1, End: 2, Origin: &tracetree.Origin{Resource: []tracetree.Attr{
			{Key: "service.name", Value: tracetree.String("shop")},
		}},
	}
}

// names returns the names of the spans in a file.
func names(t *testing.T, name string) []string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	spans, _, err := codec.ReadAll(bytes.NewReader(text), name)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, s := range spans {
		all = append(all, s.Name)
	}
	return all
}

func TestFileHoldsEachLineAsSoonAsItIsAdded(t *testing.T) {
	name := filepath.Join(t.TempDir(), "spans.jsonl")
	for run := range byte(2) { // the second one appends
		f, err := handon.OpenFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for i := range byte(2) {
			if err := f.Add([]tracetree.Span{span(4*run + 2*i + 1), span(4*run + 2*i + 2)}); err != nil {
				t.Fatal(err)
			}
			if got := len(names(t, name)); got != int(4*run+2*i+2) {
				t.Errorf("%d spans in the file after adding %d", got, 4*run+2*i+2)
			}
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
	info, err := os.Stat(name)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v, want a file for its owner alone", info.Mode(), err)
	}
}

// A program that was killed leaves a line that is cut off. The next one costs nothing but that.
func TestFileGoesOnAfterALineThatWasCutOff(t *testing.T) {
	name := filepath.Join(t.TempDir(), "spans.jsonl")
	var line bytes.Buffer
	if err := codec.WriteOTLPJSON(&line, []tracetree.Span{span(1)}); err != nil {
		t.Fatal(err)
	}
	whole := line.String()
	if err := os.WriteFile(name, []byte(whole+whole[:len(whole)/2]), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := handon.OpenFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Add([]tracetree.Span{span(2)}); err != nil {
		t.Error(err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]string{"op 1", "op 2"}, names(t, name)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestFileCountsSpansThatCanNotBeWritten(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("there is no /dev/full on this system")
	}
	f, err := handon.OpenFile("/dev/full")
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Add([]tracetree.Span{span(1), span(2)}); err == nil || f.Lost() != 2 {
		t.Errorf("%v, %d spans are lost, want an error and 2", err, f.Lost())
	}
	if err := f.Close(); err == nil || !strings.Contains(err.Error(), "lacks 2 spans") {
		t.Errorf("%v, want an error with the number", err)
	}
}

func TestForwarderDeliversOverBothProtocols(t *testing.T) {
	for _, scheme := range []string{"http", "grpc"} {
		t.Run(scheme, func(t *testing.T) {
			endpoint := otlptest.Receive(t)
			url := endpoint.URL()
			if scheme == "grpc" {
				url = "grpc://" + endpoint.GRPCAddr()
			}
			f, err := handon.Forward(t.Context(), handon.ForwardConfig{URL: url})
			if err != nil {
				t.Fatal(err)
			}
			f.Add([]tracetree.Span{span(1)})
			f.Add([]tracetree.Span{span(2)})
			if err := f.Close(t.Context()); err != nil {
				t.Error(err)
			}
			if got := f.Stats(); got != (handon.ForwardStats{Sent: 2}) {
				t.Errorf("%+v, want 2 spans sent", got)
			}
			endpoint.Expect("shop: op 1 (root)\nshop: op 2 (root)")
		})
	}
}

// A backend that doesn't answer never makes a sender wait: the queue fills, and the rest is dropped
// and counted.
func TestForwarderNeverWaits(t *testing.T) {
	release := make(chan struct{})
	backend := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}))
	defer backend.Close()
	defer close(release)
	f, err := handon.Forward(t.Context(), handon.ForwardConfig{URL: backend.URL, Queue: 10})
	if err != nil {
		t.Fatal(err)
	}
	for i := range byte(30) {
		f.Add([]tracetree.Span{span(i + 1)})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // as when there is no time left
	err = f.Close(ctx)
	if err == nil || !strings.Contains(err.Error(), "30 of 30 spans were not sent: 20 had no room") {
		t.Errorf("%v, want all spans to be counted", err)
	}
}

// An upload that fails is repeated.
func TestForwarderTriesAgain(t *testing.T) {
	var mu sync.Mutex
	var calls atomic.Int64
	endpoint := otlptest.Receive(t)
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if calls.Add(1) == 1 {
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		r.RequestURI, r.URL.Scheme, r.URL.Host = "", "http", strings.TrimPrefix(endpoint.URL(), "http://")
		transport := &http.Transport{}
		defer transport.CloseIdleConnections()
		response, err := transport.RoundTrip(r)
		if err != nil {
			t.Error(err)
			return
		}
		w.WriteHeader(response.StatusCode)
		response.Body.Close()
	}))
	defer backend.Close()
	f, err := handon.Forward(t.Context(), handon.ForwardConfig{URL: backend.URL})
	if err != nil {
		t.Fatal(err)
	}
	f.Add([]tracetree.Span{span(1)})
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := f.Close(ctx); err != nil {
		t.Error(err)
	}
	if calls.Load() != 2 {
		t.Errorf("%d calls, want 2", calls.Load())
	}
	endpoint.Expect("shop: op 1 (root)")
}

func TestForwardRefusesOtherURLs(t *testing.T) {
	for _, url := range []string{"", "localhost:4318", "ftp://localhost", "http://"} {
		if _, err := handon.Forward(t.Context(), handon.ForwardConfig{URL: url}); err == nil ||
			!strings.Contains(err.Error(), "want ") {
			t.Errorf("%q: %v, want an error", url, err)
		}
	}
}
