package scenarios_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"tracelab/internal/slow"
	"tracelab/lab/scenarios"
	"tracelab/telemetry"
	"tracelab/tracetree"
)

// alike are the faults whose trees are equal: they differ on the wire only.
var alike = []string{
	"lost-context-attributes", "lost-context-extract", "lost-context-inject", "lost-context-room",
}

// The intended answer is accepted, and each other one is refused with a reason that is true. If the
// trees of two faults are equal, both are accepted, and the judgment names the others.
func TestMysteriesAcceptTheirFaultAndRefuseOthers(t *testing.T) {
	faults, err := scenarios.Faults()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for seed := range uint64(slow.Times(200, 20)) {
		mystery, err := scenarios.Mystery(seed)
		if err != nil {
			t.Fatal(err)
		}
		var o *scenarios.Outcome
		synctest.Test(t, func(t *testing.T) { // where only the faults take time
			o, err = mystery.Run(t.Context(), telemetry.Config{})
		})
		if err != nil {
			t.Fatal(err)
		}
		seen[mystery.Name] = true
		for _, wire := range []bool{false, true} {
			for _, answer := range faults {
				j, err := o.Judge(answer, wire)
				if err != nil {
					t.Fatal(err)
				}
				want := answer.Name == mystery.Name ||
					!wire && slices.Contains(alike, answer.Name) && slices.Contains(alike, mystery.Name)
				if j.Accepted != want {
					t.Errorf("mystery %d (%s), wire %t: answer %s: accepted is %t, want %t\n%+v",
						seed, mystery.Name, wire, answer.Name, j.Accepted, want, j)
					continue
				}
				wantAlike := 0
				if want && !wire && slices.Contains(alike, answer.Name) {
					wantAlike = len(alike) - 1
				}
				if len(j.Alike) != wantAlike {
					t.Errorf("mystery %d (%s), wire %t: answer %s is accepted with %d others, want %d",
						seed, mystery.Name, wire, answer.Name, len(j.Alike), wantAlike)
				}
				checkReasons(t, o, answer.Name, j)
			}
		}
	}
	for _, s := range faults {
		if slow.Enabled() && !seen[s.Name] {
			t.Errorf("no mystery was %s", s.Name)
		}
	}
}

// checkReasons compares the reasons of a judgment with the run. It looks at the printed trees, the
// IDs of findings and the wire, and not at what the judgment was computed from.
func checkReasons(t *testing.T, o *scenarios.Outcome, answer string, j scenarios.Judgment) {
	t.Helper()
	if j.Accepted {
		if len(j.Reasons) == 0 || j.Would != "" {
			t.Errorf("%s: answer %s is accepted with the reasons %q, and would show %q", o.Scenario.Name, answer, j.Reasons,
				j.Would)
		}
		return
	}
	holds, known := missing[j.Would]
	switch {
	case !known:
		t.Errorf("%s: answer %s is refused because it would show %q, which this test doesn't know", o.Scenario.Name, answer,
			j.Would)
	case j.Instead == "":
		t.Errorf("%s: answer %s is refused without what was seen", o.Scenario.Name, answer)
	case !holds(o):
		t.Errorf("%s: answer %s is refused because %q doesn't hold, but it does:\n%s", o.Scenario.Name, answer, j.Would,
			tracetree.Format(o.Forest, tracetree.Full))
	}
}

// missing are conditions under which a run lacks what a fault would show, by that.
var missing = map[string]func(*scenarios.Outcome) bool{
	"a message would be processed in a trace of its own, without a link to its sender": noLine(func(s string) bool {
		return strings.HasPrefix(s, "worker: process") && strings.Contains(s, "(root)")
	}),
	"traceparent would be in the sent message and not in the received one":                   carries(false, true),
	"traceparent would be in the sent message and in the received one":                       carries(false, false),
	"traceparent would be missing from a message that has room for it":                       carries(true, false),
	"the sent message would have ten attributes, and none of them would be traceparent":      carries(true, false),
	"the name of a span would have no meaning, or would contain an ID":                       badName,
	"a span would begin seconds before or after the span that caused it":                     noFinding("clock-skew"),
	"a call would be served in a trace of its own, without a caller":                         noLine(isTaskServiceRoot),
	"a call that belongs to the work would have no span":                                     noFinding("missing-io-span"),
	"a call would be repeated once for each item of a list":                                  noFinding("n-plus-one"),
	"an attribute would identify a person, or contain a secret":                              noSecret,
	"a call would fail, and its caller would neither fail nor repeat it":                     noFinding("swallowed-error"),
	"a trace would have many spans for functions that do no I/O":                             noFinding("too-many-spans"),
	"a call to the database would fail":                                                      noLine(isFailedDB),
	"a call to the database would fail because of throttling":                                noLine(isThrottledDB),
	"the request would fail because of it":                                                   noLine(isFailedRoot),
	"the same call would succeed later in the trace":                                         sameCallFails,
	"one message would be processed twice":                                                   processedOnce,
	"one message would be processed several times":                                           processedOnce,
	"each delivery would be processed with success":                                          anyDeliveryFails,
	"each delivery would fail":                                                               oneDeliverySucceeds,
	"a delivery would fail":                                                                  noLine(isFailedProcess),
	"a later delivery would succeed":                                                         allOrNoneFails,
	"a message would be sent":                                                                noLine(isSend),
	"no span would process that message":                                                     isProcessed,
	"an HTTP call to another system would fail with 503":                                     noLine(isFailedHTTPCall),
	"the request would be answered with 503":                                                 noLine(isFailedRoot),
	"a call to the database would take most of the time of its request, and more than 200ms": fastDatabase,
}

var (
	badName  = noFinding("span-name", "name-cardinality")
	noSecret = noFinding("sensitive-attribute")
)

func sameCallFails(o *scenarios.Outcome) bool    { return lines(o, isThrottledDB) == lines(o, isSameCall) }
func processedOnce(o *scenarios.Outcome) bool    { return lines(o, isProcess) < 2 }
func anyDeliveryFails(o *scenarios.Outcome) bool { return lines(o, isFailedProcess) > 0 }
func oneDeliverySucceeds(o *scenarios.Outcome) bool {
	return lines(o, isFailedProcess) < lines(o, isProcess)
}

func allOrNoneFails(o *scenarios.Outcome) bool {
	return lines(o, isFailedProcess) == lines(o, isProcess)
}
func isProcessed(o *scenarios.Outcome) bool { return lines(o, isProcess) > 0 }

func lines(o *scenarios.Outcome, is func(string) bool) int {
	n := 0
	for line := range strings.Lines(tracetree.Format(o.Forest, tracetree.Full)) {
		if is(strings.TrimSpace(line)) {
			n++
		}
	}
	return n
}

func noLine(is func(string) bool) func(*scenarios.Outcome) bool {
	return func(o *scenarios.Outcome) bool { return lines(o, is) == 0 }
}

func isSend(s string) bool          { return strings.HasPrefix(s, "sqs: SendMessage") }
func isProcess(s string) bool       { return strings.Contains(s, ": process ") }
func isFailed(s string) bool        { return strings.Contains(s, "!error") }
func isFailedProcess(s string) bool { return isProcess(s) && isFailed(s) }
func isFailedDB(s string) bool      { return strings.HasPrefix(s, "db: ") && isFailed(s) }
func isFailedRoot(s string) bool    { return strings.Contains(s, "(root)") && isFailed(s) }
func isSameCall(s string) bool      { return strings.HasPrefix(s, "db: PutItem (audit table)") }

func isThrottledDB(s string) bool {
	return isFailedDB(s) && (strings.Contains(s, "Throttl") || strings.Contains(s, "ThroughputExceeded"))
}

func isFailedHTTPCall(s string) bool {
	return strings.Contains(s, "http.client.") && strings.Contains(s, "!error=503")
}

func isTaskServiceRoot(s string) bool {
	return strings.HasPrefix(s, "task-service: /tasks.TaskService/CreateTask (root)")
}

func noFinding(checks ...string) func(*scenarios.Outcome) bool {
	return func(o *scenarios.Outcome) bool {
		for _, f := range o.Findings.Findings {
			if slices.Contains(checks, f.Check) {
				return false
			}
		}
		return true
	}
}

// carries returns a condition that is false if traceparent is in the messages as given.
func carries(notSent, notReceived bool) func(*scenarios.Outcome) bool {
	return func(o *scenarios.Outcome) bool {
		sent, received, attributes := false, false, 0
		for _, hop := range o.Wire {
			for _, field := range hop.Fields {
				sent = sent || hop.What == "SendMessage" && field.Name == "traceparent"
				received = received || hop.What == "ReceiveMessage" && field.Name == "traceparent"
			}
			if hop.What == "SendMessage" {
				attributes = len(hop.Fields)
			}
		}
		if notSent { // then the number of attributes distinguishes the two faults
			return sent || (attributes == 10) != (o.Scenario.Name == "lost-context-inject")
		}
		return !sent || received == notReceived
	}
}

// fastDatabase reports whether no call to the database takes 200 ms and half of its request.
func fastDatabase(o *scenarios.Outcome) bool {
	for i := range o.Forest.Spans() {
		s := &o.Forest.Spans()[i]
		if took, _ := s.Duration(); strings.HasPrefix(tracetree.Label(s), "db: ") && took.Milliseconds() >= 200 {
			for top := range o.Forest.Tops() {
				whole, _ := top.Span().Duration()
				if top.Span().TraceID == s.TraceID && took <= whole && 2*took > whole {
					return false
				}
			}
		}
	}
	return true
}

// The options of a mystery have its fault once, and depend on the seed alone.
func TestOptionsHaveTheFault(t *testing.T) {
	places := map[int]bool{}
	for seed := range uint64(slow.Times(200, 40)) {
		mystery, err := scenarios.Mystery(seed)
		if err != nil {
			t.Fatal(err)
		}
		options, err := scenarios.Options(seed)
		if err != nil {
			t.Fatal(err)
		}
		again, err := scenarios.Options(seed)
		if err != nil {
			t.Fatal(err)
		}
		names := func(list []*scenarios.Scenario) []string {
			var names []string
			for _, s := range list {
				names = append(names, s.Name)
			}
			return names
		}
		if !slices.Equal(names(options), names(again)) {
			t.Errorf("seed %d: options %v, then %v", seed, names(options), names(again))
		}
		sorted := slices.Sorted(slices.Values(names(options)))
		if at := slices.Index(names(options), mystery.Name); at < 0 || len(slices.Compact(sorted)) != 5 {
			t.Errorf("seed %d: options %v, want five with %s", seed, names(options), mystery.Name)
		} else {
			places[at] = true
		}
	}
	if len(places) != 5 {
		t.Errorf("the fault is at %d of five places", len(places))
	}
}
