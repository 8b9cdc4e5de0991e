package server

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"

	"tracelab/live/receiver"
)

// metric is a family of OpenMetrics.
type metric struct {
	name, kind, help string
	samples          []sample
}

type sample struct {
	labels string // as in {reason="…"}, or ""
	value  int64
}

func (s *Server) serveMetrics(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/openmetrics-text; version=1.0.0; charset=utf-8")
	out := bufio.NewWriter(w)
	for _, m := range s.metrics() {
		m.write(out)
	}
	fmt.Fprintln(out, "# EOF")
	_ = out.Flush() // the client has gone if this fails
}

func (s *Server) metrics() []metric {
	kept, received := s.store.Stats(), s.receiver.Stats()
	var dropped, requests []sample
	for _, reason := range slices.Sorted(maps.Keys(kept.Dropped)) {
		dropped = append(dropped, sample{labels("reason", string(reason)), kept.Dropped[reason]})
	}
	kinds := slices.SortedFunc(maps.Keys(received.Requests), func(a, b receiver.Requests) int {
		return cmp.Or(cmp.Compare(a.Protocol, b.Protocol), cmp.Compare(a.Code, b.Code))
	})
	for _, kind := range kinds {
		requests = append(requests, sample{labels("protocol", kind.Protocol, "code", kind.Code), received.Requests[kind]})
	}
	all := []metric{
		counter("tracelab_spans_received", "Spans that came from senders, services and files.", kept.Received),
		{"tracelab_spans_dropped", "counter", "Spans that are not in the store, by reason.", dropped},
		gauge("tracelab_spans", "Spans in the store.", kept.Kept),
		gauge("tracelab_traces", "Traces in the store.", int64(kept.Traces)),
		gauge("tracelab_store_bytes", "Estimated memory of the traces in the store.", kept.Bytes),
		gauge("tracelab_store_limit_bytes", "Memory that the traces in the store may take.", kept.Memory),
		{"tracelab_receiver_requests", "counter", "Answered requests, by protocol and code.", requests},
		counter("tracelab_receiver_bytes", "Bytes of the requests that were read, without compression.", received.Bytes),
		counter("tracelab_receiver_refused_connections", "Connections that were closed because there were too many.",
			received.RefusedConnections),
		counter("tracelab_http_refused_connections",
			"Connections to the page's port that were closed because there were too many.", s.refused.Load()),
	}
	if s.file != nil {
		all = append(all, counter("tracelab_spans_not_saved", "Spans that could not be written to the file.", s.file.Lost()))
	}
	if s.forwarder != nil {
		f := s.forwarder.Stats()
		all = append(all,
			metric{"tracelab_spans_forwarded", "counter", "Spans for the backend, by result.", []sample{
				{labels("result", "dropped"), f.Dropped},
				{labels("result", "failed"), f.Failed},
				{labels("result", "sent"), f.Sent},
			}},
			gauge("tracelab_spans_to_forward", "Spans that wait for the backend.", f.Waiting))
	}
	return all
}

func counter(name, help string, value int64) metric {
	return metric{name, "counter", help, []sample{{value: value}}}
}

func gauge(name, help string, value int64) metric {
	return metric{name, "gauge", help, []sample{{value: value}}}
}

func (m metric) write(w io.Writer) {
	suffix := ""
	if m.kind == "counter" {
		suffix = "_total"
	}
	fmt.Fprintf(w, "# TYPE %s %s\n# HELP %s %s\n", m.name, m.kind, m.name, m.help)
	for _, s := range m.samples {
		fmt.Fprintf(w, "%s%s%s %d\n", m.name, suffix, s.labels, s.value)
	}
}

// labels returns labels from names and values.
func labels(pairs ...string) string {
	escape := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)
	var all []string
	for i := 0; i < len(pairs); i += 2 {
		all = append(all, pairs[i]+`="`+escape.Replace(pairs[i+1])+`"`)
	}
	return "{" + strings.Join(all, ",") + "}"
}
