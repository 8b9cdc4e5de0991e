package lab_test

import (
	"net/http"
	"strings"
	"testing"

	"tracelab/lab"
	"tracelab/telemetry"
)

// A request may hold secrets, which must not be stored.
func TestSecretsInARequestReachNoSpanAndNoLog(t *testing.T) {
	const secret = "ann@example.com"
	l := start(t, lab.Config{Logs: true, Wire: true})
	ask(t, l, lab.Request{Method: "GET", Path: "/tasks/" + secret + "?token=" + secret, Header: http.Header{
		"User-Agent":    {"client of " + secret},
		"Authorization": {"Bearer " + secret},
		"Baggage":       {"tenant_id=" + secret},
	}})
	if len(l.Spans()) != 4 {
		t.Fatalf("%d spans, want 4", len(l.Spans()))
	}
	for _, span := range l.Spans() {
		for key, value := range attributesOf(span) {
			if strings.Contains(value.String(), secret) {
				t.Errorf("%s has it in %s", span.Name(), key)
			}
		}
		if strings.Contains(span.Name()+span.Status().Description, secret) {
			t.Errorf("%s has it in its name or status %q", span.Name(), span.Status().Description)
		}
	}
	for _, record := range l.Logs() {
		for _, attr := range record.Attrs {
			if strings.Contains(record.Message+attr.String(), secret) {
				t.Errorf("it is logged: %s %s", record.Message, attr)
			}
		}
	}
	for _, hop := range l.Wire() {
		for _, field := range hop.Fields {
			if strings.Contains(hop.What+field.Value, secret) {
				t.Errorf("the wire shows it: %s %s", hop.What, field)
			}
		}
	}
}

// Without tracing there is no trace to name, and the caller's own ids say
// nothing to the caller.
func TestDisabledTracingSendsNoTraceresponse(t *testing.T) {
	l := start(t, lab.Config{Telemetry: telemetry.Config{Disabled: true}})
	response := ask(t, l, withHeaders("traceparent: "+callerParent))
	if got := response.Header.Get("traceresponse"); got != "" {
		t.Errorf("traceresponse is %q", got)
	}
}
