package lab

import (
	"slices"
	"strings"

	"tracelab/tracetree"
	"tracelab/tracetree/check"
)

const (
	brokenPropagation = "broken-propagation"
	missingIO         = "missing-io-span"
)

// sharpen corrects findings with the data of the whole run. Checks about the parts of a request
// that was split into several traces see them joined, and a context that was lost at the queue has
// only the cause that the wire shows.
func (r *Recording) sharpen(config check.Config) {
	findings := slices.Clone(r.Findings.Findings)
	if slices.ContainsFunc(findings, isCheck(missingIO)) {
		if joined := joined(r.Checked, findings); joined != nil {
			again := check.Run(check.All(), check.Input{Forest: joined}, config).Findings
			again = slices.DeleteFunc(again, func(f check.Finding) bool { return f.Check != missingIO })
			findings = append(slices.DeleteFunc(findings, isCheck(missingIO)), again...)
		}
	}
	for i := range findings {
		if f := &findings[i]; f.Check == brokenPropagation || f.Check == "consumer-link" {
			f.Causes = wireCauses(f.Causes, r.Wire)
		}
	}
	r.Findings.Findings = findings
}

func isCheck(id string) func(check.Finding) bool {
	return func(f check.Finding) bool { return f.Check == id }
}

// joined returns the forest with the traces in one piece between which context was lost: each
// receiver below its sender. It returns nil if no context was lost.
func joined(forest *tracetree.Forest, findings []check.Finding) *tracetree.Forest {
	type place struct{ trace, span string }
	spans := slices.Clone(forest.Spans())
	at := map[place]int{}
	for i := range spans {
		at[place{spans[i].TraceID.String(), spans[i].SpanID.String()}] = i
	}
	found := false
	for _, f := range findings {
		receiver, ok := at[place{f.Trace, f.Span}]
		if f.Check != brokenPropagation || !ok || len(f.Related) == 0 {
			continue
		}
		sender, ok := at[place{f.Related[0].Trace, f.Related[0].Span}]
		if !ok || spans[sender].TraceID == spans[receiver].TraceID {
			continue
		}
		found = true
		from, to := spans[receiver].TraceID, spans[sender].TraceID
		spans[receiver].Parent = spans[sender].SpanID
		for i := range spans {
			if spans[i].TraceID == from {
				spans[i].TraceID = to
			}
		}
	}
	if !found {
		return nil
	}
	return tracetree.Build(spans)
}

// wireCauses returns those of the causes of a lost context that agree with the wire. Without a
// traceparent in the message that was sent, the sender didn't inject it; if it was sent and not
// received, the receiver didn't ask for it; if it was received, the receiver didn't extract it.
// When messages differ in that, or the wire isn't known, all causes stay.
func wireCauses(causes []string, wire []Hop) []string {
	sent, sends := carried(wire, "SendMessage")
	received, receives := carried(wire, "ReceiveMessage")
	calls, allCalls := carried(wire, "")
	isCall := slices.ContainsFunc(causes, func(cause string) bool { return strings.Contains(cause, " gRPC ") })
	var word string
	switch {
	case isCall && allCalls > 0 && calls == 0:
		word = "inject"
	case isCall && allCalls > 0 && calls == allCalls:
		word = "extract"
	case isCall:
		return causes
	case sends == 0 || receives == 0:
		return causes
	case sent == 0:
		word = "inject"
	case sent == sends && received == 0:
		word = "ask for"
	case sent == sends && received == receives:
		word = "extract"
	default:
		return causes
	}
	var left []string
	for _, cause := range causes {
		if strings.Contains(cause, word) {
			left = append(left, cause)
		}
	}
	if len(left) == 0 { // a cause that the spans themselves name
		return causes
	}
	return left
}

// carried returns how many of the messages of an operation had a traceparent, and how many there
// were. Without an operation, it is about the calls over gRPC.
func carried(wire []Hop, operation string) (with, all int) {
	for _, hop := range wire {
		if operation == "" && hop.Protocol != "gRPC" || operation != "" && hop.What != operation {
			continue
		}
		all++
		if slices.ContainsFunc(hop.Fields, func(f Field) bool { return f.Name == "traceparent" }) {
			with++
		}
	}
	return with, all
}
