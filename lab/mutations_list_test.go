package lab_test

import (
	"fmt"
	"strings"
	"time"

	"tracelab/tracetree"
	"tracelab/tracetree/check"
)

const (
	server   = tracetree.KindServer
	caller   = tracetree.KindClient
	producer = tracetree.KindProducer
	consumer = tracetree.KindConsumer
)

// mutations change a good trace, each in one way, and name the checks that find it. They are
// ordered by what they change.
var mutations = []mutation{
	// Structure.
	{"the worker's link and parent are gone", func(d *damaged) {
		s := d.span(process, consumer)
		newTrace(d, s.SpanID)
		d.span(process, consumer).Links = nil
	}, []string{"broken-propagation", "consumer-link"}},
	{
		"the worker's parent is gone, its link is not", func(d *damaged) { newTrace(d, d.span(process, consumer).SpanID) },
		nil,
	},
	{"the worker's link is gone, its parent is not", func(d *damaged) { d.span(process, consumer).Links = nil }, nil},
	{"the worker's link points nowhere", func(d *damaged) {
		d.span(process, consumer).Links[0].SpanID = tracetree.SpanID{9}
	}, []string{"dangling-link"}},
	{
		"the task service starts a trace of its own", func(d *damaged) { newTrace(d, d.span(rpc, server).SpanID) },
		[]string{"broken-propagation"},
	},
	{"the gRPC client's span is gone, not its child", func(d *damaged) {
		root := d.span(httpRoot, server).SpanID
		d.remove(rpc, caller)
		d.span(rpc, server).Parent = root
	}, []string{"kind-edge"}},
	{
		"the gRPC client's span is INTERNAL", func(d *damaged) { d.span(rpc, caller).Kind = tracetree.KindInternal },
		[]string{"missing-client-span"},
	},
	{"PutItem was not instrumented", func(d *damaged) {
		d.config.Routes = []check.Route{{Label: "api-gateway: POST /tasks", IO: []string{"db: PutItem (tasks table)"}}}
		d.remove(put, caller)
	}, []string{"missing-io-span"}},
	{"the ids of the gRPC server and the send are swapped", func(d *damaged) {
		a, b := d.span(rpc, server), d.span(send, producer)
		a.SpanID, b.SpanID = b.SpanID, a.SpanID
	}, []string{"missing-client-span", "parent-cycle"}},
	{"the gRPC client's span was lost", func(d *damaged) { d.remove(rpc, caller) }, []string{"orphan"}},
	{"the gRPC server's span was lost", func(d *damaged) { d.remove(rpc, server) }, []string{"orphan"}},
	{"the root was lost", func(d *damaged) { d.remove(httpRoot, server) }, []string{"one-root"}},
	{
		"the root is a CLIENT", func(d *damaged) { d.span(httpRoot, server).Kind = caller },
		[]string{"entry-root", "required-attributes"},
	},
	{"the gRPC client and the root are each other's parents", func(d *damaged) {
		d.span(httpRoot, server).Parent = d.span(rpc, caller).SpanID
	}, []string{"parent-cycle"}},
	{"two spans have one id", func(d *damaged) {
		d.span(updateDB, caller).SpanID = d.span(put, caller).SpanID
	}, []string{"duplicate-span-id"}},
	{
		"a span was sent twice", func(d *damaged) { d.spans = append(d.spans, *d.span(put, caller)) },
		[]string{"duplicate-span-id"},
	},
	{"a second root in the trace", func(d *damaged) {
		s := *d.span(httpRoot, server)
		s.SpanID = tracetree.SpanID{7}
		d.spans = append(d.spans, s)
	}, []string{"one-root"}},
	{
		"a span id of zeros", func(d *damaged) { d.in.InvalidIDs = []string{"x.json: line 1: a span id is zero"} },
		[]string{"invalid-id"},
	},

	// Times.
	{"PutItem ends before it starts", func(d *damaged) {
		s := d.span(put, caller)
		s.Start, s.End = s.End, s.Start
	}, []string{"negative-duration"}},
	{"PutItem takes no time", func(d *damaged) { s := d.span(put, caller); s.End = s.Start }, []string{"zero-duration"}},
	{
		"PutItem never ended", func(d *damaged) { s := d.span(put, caller); s.End, s.Unended = 0, true },
		[]string{"unended-span"},
	},
	{"PutItem outlives its parent", func(d *damaged) {
		d.span(put, caller).End = d.span(rpc, server).End + int64(time.Second)
	}, []string{"child-outside-parent"}},

	// Status and codes.
	{"a 503 without ERROR", func(d *damaged) {
		s := d.span(httpRoot, server)
		set(s, "http.response.status_code", tracetree.Int(503))
		set(s, "http.status_code", tracetree.Int(503))
	}, []string{"error-status"}},
	{"a 404 marked as ERROR", func(d *damaged) {
		s := d.span(httpRoot, server)
		set(s, "http.response.status_code", tracetree.Int(404))
		set(s, "http.status_code", tracetree.Int(404))
		set(s, "error.type", tracetree.String("404"))
		s.Status = tracetree.StatusError
	}, []string{"error-status"}},
	{"a gRPC client with UNAVAILABLE and no ERROR", func(d *damaged) {
		set(d.span(rpc, caller), "rpc.response.status_code", tracetree.String("UNAVAILABLE"))
	}, []string{"error-status"}},
	{"a gRPC server's NOT_FOUND marked as ERROR", func(d *damaged) {
		s := d.span(rpc, server)
		set(s, "rpc.response.status_code", tracetree.String("NOT_FOUND"))
		set(s, "error.type", tracetree.String("NOT_FOUND"))
		s.Status = tracetree.StatusError
	}, []string{"error-status"}},
	{
		"ERROR without error.type", func(d *damaged) { d.span(httpRoot, server).Status = tracetree.StatusError },
		[]string{"error-type"},
	},
	{
		"error.type on success", func(d *damaged) { set(d.span(put, caller), "error.type", tracetree.String("timeout")) },
		[]string{"error-type"},
	},
	{"PutItem fails, and no span above shows it", func(d *damaged) {
		s := d.span(put, caller)
		s.Status = tracetree.StatusError
		set(s, "error.type", tracetree.String("InternalServerError"))
	}, []string{"swallowed-error"}},

	// Names.
	{"a meaningless name", func(d *damaged) { d.span(process, consumer).Name = "handler" }, []string{"span-name"}},
	{"an empty name", func(d *damaged) { d.span(process, consumer).Name = "" }, []string{"span-name"}},
	{"an id in a name", func(d *damaged) {
		d.span(httpRoot, server).Name = "POST /tasks/0d9f8c4e-6b1f-4a53-9d1e-3c1f0a2b4c5d"
	}, []string{"name-cardinality"}},

	{
		"a statement as a name", func(d *damaged) { d.span(put, caller).Name = "SELECT * FROM tasks WHERE id = 7" },
		[]string{"name-cardinality"},
	},
	{"a number in the name of each of ten steps", func(d *damaged) {
		addChildren(d, "step", 10)
		for i := range d.spans {
			if s := &d.spans[i]; strings.HasPrefix(s.Name, "step ") {
				s.Name = fmt.Sprint("step ", i)
			}
		}
	}, []string{"name-cardinality"}},

	// Attributes.
	{
		"no request method", func(d *damaged) { unset(d.span(httpRoot, server), "http.request.method", "http.method") },
		[]string{"required-attributes"},
	},
	{
		"no messaging system", func(d *damaged) { unset(d.span(process, consumer), "messaging.system") },
		[]string{"required-attributes"},
	},
	{
		"no database system", func(d *damaged) { unset(d.span(put, caller), "db.system", "db.system.name") },
		[]string{"required-attributes"},
	},
	{
		"the older name alone", func(d *damaged) { unset(d.span(httpRoot, server), "http.request.method") },
		[]string{"deprecated-attribute"},
	},
	{"a status code as text", func(d *damaged) {
		set(d.span(httpRoot, server), "http.response.status_code", tracetree.String("201"))
	}, []string{"attribute-form"}},
	{
		"a malformed key", func(d *damaged) { set(d.span(put, caller), "My Key!", tracetree.String("x")) },
		[]string{"attribute-form"},
	},
	{
		"an empty value", func(d *damaged) { set(d.span(put, caller), "tenant_id", tracetree.String("")) },
		[]string{"attribute-form"},
	},
	{
		"service.name on a span", func(d *damaged) { set(d.span(put, caller), "service.name", tracetree.String("tasks")) },
		[]string{"attribute-level"},
	},
	{"a bearer token in an attribute", func(d *damaged) {
		set(d.span(put, caller), "note", tracetree.String("Bearer 4f9aC27bx81kQz0pLmN3Rt6W"))
	}, []string{"sensitive-attribute"}},
	{
		"a password by its key", func(d *damaged) { set(d.span(put, caller), "db.password", tracetree.String("hunter2")) },
		[]string{"sensitive-attribute"},
	},
	{"an e-mail address in a status", func(d *damaged) {
		s := d.span(put, caller)
		s.StatusMessage = "no account for ann@example.com"
	}, []string{"sensitive-attribute"}},
	{"a card's number in an event", func(d *damaged) {
		s := d.span(put, caller)
		s.Events = append(s.Events,
			tracetree.Event{
				Name:       "paid",
				Attributes: []tracetree.Attr{{Key: "with", Value: tracetree.String("4111 1111 1111 1111")}},
			})
	}, []string{"sensitive-attribute"}},
	{"a token in a URL", func(d *damaged) {
		set(d.span(httpRoot, server), "url.full", tracetree.String("http://h/x?access_token=abcdefghijklmnop1234"))
	}, []string{"sensitive-attribute"}},

	// Resources, and the number of spans.
	{
		"no service.name", func(d *damaged) { unsetResource(d.span(put, caller), "service.name") },
		[]string{"resource-identity"},
	},
	{"no service.instance.id", func(d *damaged) {
		for i := range d.spans {
			unsetResource(&d.spans[i], "service.instance.id")
		}
	}, []string{"resource-identity"}},
	{
		"the SDK dropped attributes", func(d *damaged) { d.span(put, caller).Rare = &tracetree.Rare{DroppedAttributes: 3} },
		[]string{"dropped-data"},
	},
	{"a hundred spans more", func(d *damaged) { addChildren(d, "job", 101) }, []string{"too-many-spans"}},
	{"a query for each of fifteen rows", func(d *damaged) { addQueries(d, 15) }, []string{"n-plus-one"}},
	{"an error that was recorded and not exported", func(d *damaged) {
		s := *d.span(httpRoot, server)
		s.TraceID, s.SpanID, s.Status = tracetree.TraceID{9}, tracetree.SpanID{9}, tracetree.StatusError
		d.in.Recorded = append(cloneSpans(d.spans), s)
	}, []string{"errors-kept"}},
	{"a span of an exported trace was not exported", func(d *damaged) {
		d.in.Recorded = cloneSpans(d.spans)
		d.remove(updateDB, caller)
	}, []string{"partial-trace"}},
}

// newTrace gives a span, and all below it, a trace of their own.
func newTrace(d *damaged, id tracetree.SpanID) {
	moved := map[tracetree.SpanID]bool{id: true}
	for range d.spans {
		for i := range d.spans {
			if moved[d.spans[i].Parent] {
				moved[d.spans[i].SpanID] = true
			}
		}
	}
	for i := range d.spans {
		s := &d.spans[i]
		if !moved[s.SpanID] {
			continue
		}
		s.TraceID = tracetree.TraceID{15: 1}
		if s.SpanID == id {
			s.Parent, s.ParentRemote = tracetree.SpanID{}, tracetree.RemoteUnknown
		}
		for at := range s.Links {
			if moved[s.Links[at].SpanID] {
				s.Links[at].TraceID = s.TraceID
			}
		}
	}
}

func unsetResource(s *tracetree.Span, key string) {
	s.Origin.Resource = deleteKey(s.Origin.Resource, key)
}

func deleteKey(attrs []tracetree.Attr, key string) []tracetree.Attr {
	var kept []tracetree.Attr
	for _, a := range attrs {
		if a.Key != key {
			kept = append(kept, a)
		}
	}
	return kept
}

// addChildren puts spans below the task service's, side by side and of the
// length of their parent.
func addChildren(d *damaged, name string, n int) {
	parent := *d.span(rpc, server)
	for i := range n {
		d.spans = append(d.spans, tracetree.Span{
			TraceID: parent.TraceID, SpanID: tracetree.SpanID{8, byte(i), byte(i >> 8)}, Parent: parent.SpanID,
			Name: fmt.Sprintf("%s %s", name, strings.Repeat("x", i%5+1)), Kind: tracetree.KindInternal, Origin: parent.Origin,
			Start: parent.Start, End: parent.End, ParentRemote: tracetree.RemoteNo,
		})
	}
}

// addQueries puts copies of PutItem below the task service's span, one after the
// other, so that they fill it.
func addQueries(d *damaged, n int) {
	parent, query := *d.span(rpc, server), *d.span(put, caller)
	each := (parent.End - parent.Start) / int64(n)
	d.remove(put, caller)
	d.remove(send, producer)
	d.remove(process, consumer)
	d.remove(updateDB, caller)
	for i := range n {
		s := query
		s.SpanID = tracetree.SpanID{8, byte(i)}
		s.Start = parent.Start + int64(i)*each
		s.End = s.Start + each
		d.spans = append(d.spans, s)
	}
}
