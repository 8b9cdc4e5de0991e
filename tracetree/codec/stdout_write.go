package codec

import (
	"encoding/json"
	"fmt"
	"math"
	"time"

	"tracelab/tracetree"
	"tracelab/tracetree/codec/internal/value"
)

// stub and the types below have the fields of the exporter's output in their order.
type stub struct {
	Name                   string
	SpanContext            stubContext
	Parent                 stubContext
	SpanKind               uint8
	StartTime              time.Time
	EndTime                time.Time
	Attributes             []stubAttr
	Events                 []stubEvent
	Links                  []stubLink
	Status                 stubStatus
	DroppedAttributes      uint32
	DroppedEvents          uint32
	DroppedLinks           uint32
	ChildSpanCount         int
	Resource               []stubAttr
	InstrumentationScope   stubScope
	InstrumentationLibrary stubScope
}

type stubContext struct {
	TraceID    string
	SpanID     string
	TraceFlags string
	TraceState string
	Remote     bool
}

type stubAttr struct {
	Key   string
	Value stubValue
}

type stubValue struct {
	Type  string
	Value any
}

type stubEvent struct {
	Name                  string
	Attributes            []stubAttr
	DroppedAttributeCount int
	Time                  time.Time
}

type stubLink struct {
	SpanContext           stubContext
	Attributes            []stubAttr
	DroppedAttributeCount int
}

type stubStatus struct {
	Code        string
	Description string
}

type stubScope struct {
	Name       string
	Version    string
	SchemaURL  string
	Attributes []stubAttr
}

func newStub(s *tracetree.Span, children int) stub {
	flags := stubFlags(s.Flags)
	origin := s.Origin
	if origin == nil {
		origin = new(tracetree.Origin)
	}
	rare := s.Rare
	if rare == nil {
		rare = new(tracetree.Rare)
	}
	from := stubScope{
		Name: origin.ScopeName, Version: origin.ScopeVersion, SchemaURL: origin.ScopeSchema,
		Attributes: stubAttrs(origin.ScopeAttributes),
	}
	parent := stubContext{tracetree.TraceID{}.String(), s.Parent.String(), "00", "", s.ParentRemote == tracetree.RemoteYes}
	if !s.Parent.IsZero() {
		parent.TraceID, parent.TraceFlags = s.TraceID.String(), flags
	}
	to := stub{
		Name:                   s.Name,
		SpanContext:            stubContext{s.TraceID.String(), s.SpanID.String(), flags, rare.TraceState, false},
		Parent:                 parent,
		SpanKind:               uint8(s.Kind),
		StartTime:              stubTime(s.Start),
		EndTime:                stubTime(endOf(s)),
		Attributes:             stubAttrs(s.Attributes),
		Status:                 stubStatus{[...]string{"Unset", "Ok", "Error"}[min(s.Status, 2)], s.StatusMessage},
		DroppedAttributes:      rare.DroppedAttributes,
		DroppedEvents:          rare.DroppedEvents,
		DroppedLinks:           rare.DroppedLinks,
		ChildSpanCount:         children,
		Resource:               stubAttrs(origin.Resource),
		InstrumentationScope:   from,
		InstrumentationLibrary: from,
	}
	for _, e := range s.Events {
		to.Events = append(to.Events, stubEvent{e.Name, stubAttrs(e.Attributes), int(e.DroppedAttributes), stubTime(e.Time)})
	}
	for _, l := range s.Links {
		to.Links = append(to.Links, stubLink{
			stubContext{l.TraceID.String(), l.SpanID.String(), stubFlags(l.Flags), l.TraceState, l.Flags&flagIsRemote != 0},
			stubAttrs(l.Attributes), int(l.DroppedAttributes),
		})
	}
	return to
}

// stubFlags returns W3C trace flags in hexadecimal. A span without any is taken as sampled: it has
// been recorded.
func stubFlags(flags uint32) string {
	if flags == 0 {
		return "01"
	}
	return fmt.Sprintf("%02x", uint8(flags))
}

func stubTime(t int64) time.Time {
	if t == 0 {
		return time.Time{}
	}
	return time.Unix(0, t).UTC()
}

func stubAttrs(attrs []tracetree.Attr) []stubAttr {
	if len(attrs) == 0 {
		return nil
	}
	list := make([]stubAttr, len(attrs))
	for i, a := range attrs {
		list[i] = stubAttr{a.Key, newStubValue(a.Value)}
	}
	return list
}

func newStubValue(v tracetree.Value) stubValue {
	switch v.Kind() {
	case tracetree.EmptyValue:
		return stubValue{"EMPTY", nil}
	case tracetree.StringValue:
		return stubValue{"STRING", v.Text()}
	case tracetree.IntValue, tracetree.BoolValue, tracetree.FloatValue:
		return stubScalar(v)
	}
	elements, members, bytes, ok := value.Parts(v)
	switch {
	case !ok:
		return stubValue{"STRING", v.Text()}
	case elements != nil:
		return stubSlice(elements)
	case members != nil:
		list := make([]stubAttr, len(members))
		for i, m := range members {
			list[i] = stubAttr{m.Key, newStubValue(m.Value)}
		}
		return stubValue{"MAP", list}
	default:
		return stubValue{"BYTESLICE", bytes}
	}
}

func stubScalar(v tracetree.Value) stubValue {
	n, _ := v.AsInt()
	switch v.Kind() {
	case tracetree.IntValue:
		return stubValue{"INT64", n}
	case tracetree.BoolValue:
		return stubValue{"BOOL", v == tracetree.Bool(true)}
	}
	f, _ := v.AsFloat()
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return stubValue{"FLOAT64", json.RawMessage(value.Append(nil, v))}
	}
	return stubValue{"FLOAT64", f}
}

// stubSlice writes elements of one type as a slice of it, and others as values that name their
// types.
func stubSlice(elements []tracetree.Value) stubValue {
	kind := ""
	for _, e := range elements {
		of := newStubValue(e).Type
		if kind != "" && of != kind {
			kind = "EMPTY"
			break
		}
		kind = of
	}
	switch kind {
	case "STRING", "INT64", "FLOAT64", "BOOL":
		list := make([]any, len(elements))
		for i, e := range elements {
			list[i] = newStubValue(e).Value
		}
		return stubValue{kind + "SLICE", list}
	}
	list := make([]stubValue, len(elements))
	for i, e := range elements {
		list[i] = newStubValue(e)
	}
	return stubValue{"SLICE", list}
}
