package tracetree

import "time"

// Span is one finished operation, as the OpenTelemetry data model has it. It is a plain value that decoders fill in;
// nothing in this package changes one. A million of them are held at once, so it is kept small: what the spans of one
// service share is behind Origin, what hardly any span has is behind Rare.
type Span struct {
	TraceID TraceID
	SpanID  SpanID
	Parent  SpanID // zero: no parent
	Name    string

	Start, End int64 // Unix time in nanoseconds; 0: not known

	Attributes    []Attr
	Events        []Event
	Links         []Link
	StatusMessage string
	Origin        *Origin // nil: not known
	Rare          *Rare   // nil: none of it

	Kind         Kind
	Status       Status
	ParentRemote Remote
	Unended      bool // the span was started and had not ended when it was read
}

// Event is something that happened at one moment of a span's life.
type Event struct {
	Name       string
	Time       int64 // Unix time in nanoseconds; 0: not known
	Attributes []Attr
}

// Link points from a span to another span, of the same trace or of another one.
type Link struct {
	TraceID    TraceID
	SpanID     SpanID
	Attributes []Attr
}

// Origin is where spans come from: the resource and the instrumentation scope. All spans of one resource and one scope
// share one Origin.
type Origin struct {
	Resource        []Attr
	ScopeName       string
	ScopeVersion    string
	ScopeAttributes []Attr
}

// Rare is what few spans have.
type Rare struct {
	TraceState        string // the W3C tracestate header's value
	DroppedAttributes uint32 // attributes that the SDK dropped over its limits
	DroppedEvents     uint32
	DroppedLinks      uint32
}

// UnknownService is the service of a span whose resource has no service.name.
const UnknownService = "unknown_service"

// Service returns the service.name of the resource, or [UnknownService].
func (o *Origin) Service() string {
	if o != nil {
		for i := range o.Resource {
			if o.Resource[i].Key == "service.name" {
				if name := o.Resource[i].Value.Text(); name != "" {
					return name
				}
			}
		}
	}
	return UnknownService
}

// Service returns the name of the service that made the span, or [UnknownService].
func (s *Span) Service() string { return s.Origin.Service() }

// Attr returns the value of the span's attribute with this key, and whether there is one. Of several attributes with
// one key, which OpenTelemetry forbids, it is the first.
func (s *Span) Attr(key string) (Value, bool) {
	for i := range s.Attributes {
		if s.Attributes[i].Key == key {
			return s.Attributes[i].Value, true
		}
	}
	return Value{}, false
}

// Duration returns the time from start to end, which is negative when the end is before the start, and whether both
// are known.
func (s *Span) Duration() (time.Duration, bool) {
	if s.Start == 0 || s.End == 0 {
		return 0, false
	}
	return time.Duration(s.End - s.Start), true
}

// Kind is a span's role in a call, the SpanKind of OpenTelemetry.
type Kind uint8

// The kinds of spans.
const (
	KindUnspecified Kind = iota
	KindInternal
	KindServer
	KindClient
	KindProducer
	KindConsumer
)

var kindNames = [...]string{"unspecified", "internal", "server", "client", "producer", "consumer"}

// String returns the kind in lower case, as in "server".
func (k Kind) String() string { return nameOf(kindNames[:], int(k)) }

// Status is a span's outcome, the status code of OpenTelemetry.
type Status uint8

// The outcomes. An unset status is the normal one of a success.
const (
	StatusUnset Status = iota
	StatusOK
	StatusError
)

var statusNames = [...]string{"unset", "ok", "error"}

// String returns the status in lower case, as in "error".
func (s Status) String() string { return nameOf(statusNames[:], int(s)) }

// Remote says whether a span's parent is known to be in another process.
type Remote uint8

// What is known about the place of a parent.
const (
	RemoteUnknown Remote = iota
	RemoteNo
	RemoteYes
)

var remoteNames = [...]string{"unknown", "no", "yes"}

// String returns "unknown", "no" or "yes".
func (r Remote) String() string { return nameOf(remoteNames[:], int(r)) }

func nameOf(names []string, i int) string {
	if i >= len(names) {
		return "invalid"
	}
	return names[i]
}
