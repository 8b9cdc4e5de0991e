// Package challenge grades the traces of a system against the course's challenge: a list of items
// about the spans of one request that goes through a gateway, a task service and a worker. The
// system can be written in any language.
//
// An [Item] is a value in a table, as a check is. Its function looks at the spans of the request
// and returns whether the item is met, at which span, and what was seen instead. Instrumentations
// write the same thing differently: old and new attribute names, a consumer that is a child of the
// send or linked to it, a queue's name or its URL. None of that makes a difference here, as items
// read
// [tracetree.Meaning].
package challenge

import (
	"fmt"

	"tracelab/tracetree"
	"tracelab/tracetree/check"
)

// Status is whether an item is met.
type Status uint8

// The statuses. An item is open unless it is Met.
const (
	NotVisible Status = iota // the spans that would show it are missing
	NotMet
	Met
)

var statusNames = [...]string{"not visible", "not met", "met"}

// String returns the status in lower case.
func (s Status) String() string { return statusNames[s] }

// MarshalText returns the status in lower case.
func (s Status) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// A Language is one that the course has lines of advice for.
type Language struct {
	ID   string // the value of flags, such as "node"
	Name string // for people
	SDK  string // the value of the resource attribute telemetry.sdk.language
}

// Languages returns the languages, in the order of the documentation.
func Languages() []Language {
	return []Language{
		{"rust", "Rust (Axum, tonic, Tokio)", "rust"},
		{"node", "Node.js", "nodejs"},
		{"python", "Python", "python"},
		{"java", "Java", "java"},
		{"dotnet", ".NET", "dotnet"},
		{"go", "Go", "go"},
	}
}

// An Item is one line of the challenge.
type Item struct {
	ID    string // lower case, with hyphens
	Group string // the heading that it is listed under
	Title string // what has to be so
	Looks string // which spans it looks at
	// Service is the part of the system that has to be changed if the item is open.
	Service Service
	// Advice is a line for each language, by its ID: what to do. An item that is not about a
	// library has one line for all languages, under the key "".
	Advice map[string]string

	grade func(*request) outcome
}

// AdviceFor returns the line for a language, by its ID.
func (i *Item) AdviceFor(language string) string {
	if line, ok := i.Advice[language]; ok {
		return line
	}
	return i.Advice[""]
}

// A Service is one of the three services, or AnyService.
type Service uint8

// The services.
const (
	AnyService Service = iota
	Gateway
	TaskService
	Worker
)

// A Verdict is an item with its status. Text in it is not masked.
type Verdict struct {
	Item   *Item
	Status Status
	// Seen is what was seen: for an open item instead of what was expected.
	Seen string
	// At is the span that the verdict is about; its Span is empty if the verdict is about no span.
	At check.Ref
	// Language is the ID of the language that has to be changed, or empty if it is unknown.
	Language string
}

// A Grade is the result for one request.
type Grade struct {
	Trace    tracetree.TraceID // the trace of the graded request; zero without spans
	Requests int               // the number of requests that could have been graded
	Verdicts []Verdict         // in the order of Items
	// Findings are what the checks report about the traces of the request.
	Findings []check.Finding
	// Spans are those of the request's traces, and of traces without a span of the gateway that
	// were graded as well.
	Spans []tracetree.Span
}

// Open returns the number of items that are not met.
func (g *Grade) Open() int {
	open := 0
	for i := range g.Verdicts {
		if g.Verdicts[i].Status != Met {
			open++
		}
	}
	return open
}

// Run grades the spans of a capture.
//
// A request is a tree that contains a span of the gateway. If there are several, the one with the
// most pieces of the expected tree is graded, and the latest of equal ones. Trees without a span of
// the gateway, which are what a lost context leaves, are looked at as well if they have what the
// request lacks, the nearest in time: they show which pieces are there, although they are in the
// wrong place.
//
// Run takes time linear in the spans and their links, whatever their shape, apart from the sorting
// by the checks.
func Run(in check.Input, names Names) Grade { return RunTrace(in, names, tracetree.TraceID{}) }

// RunTrace is Run for the request with this trace ID. With the zero ID it is Run.
func RunTrace(in check.Input, names Names, trace tracetree.TraceID) Grade {
	chosen, count := choose(in.Forest, names, trace)
	r := newRequest(in.Forest, names, chosen)
	r.check(in)
	grade := Grade{Requests: count, Findings: r.findings, Spans: r.graded}
	if !chosen.IsZero() {
		grade.Trace = chosen.Span().TraceID
	}
	for _, item := range Items(names) {
		o := item.grade(r)
		v := Verdict{Item: &item, Status: o.status, Seen: o.seen, At: o.at}
		v.Language = r.languageOf(item.Service, o.node)
		grade.Verdicts = append(grade.Verdicts, v)
	}
	return grade
}

// outcome is what the function of an item returns.
type outcome struct {
	status Status
	seen   string
	node   tracetree.Node
	at     check.Ref
}

func met(n tracetree.Node) outcome {
	return outcome{status: Met, seen: refTo(n).Label, node: n, at: refTo(n)}
}

func notMet(n tracetree.Node, format string, args ...any) outcome {
	return outcome{status: NotMet, seen: fmt.Sprintf(format, args...), node: n, at: refTo(n)}
}

func notVisible(format string, args ...any) outcome {
	return outcome{status: NotVisible, seen: fmt.Sprintf(format, args...)}
}

func refTo(n tracetree.Node) check.Ref {
	if n.IsZero() {
		return check.Ref{}
	}
	s := n.Span()
	id, _ := s.InputIDs()
	return check.Ref{
		Trace: s.TraceID.String(), Span: id.String(), Service: s.Service(), Label: tracetree.Label(s),
	}
}
