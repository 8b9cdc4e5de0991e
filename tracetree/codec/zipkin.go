package codec

import (
	"cmp"
	"slices"

	"tracelab/tracetree"
)

// zipkin decodes Zipkin's JSON, version 1 and 2: lists of spans, lists of lists, or single spans.
// It holds back enough spans for the pieces and halves of a span, and the spans below them, to
// meet; see zipkinMerger.
type zipkin struct {
	in     input
	keys   foreign
	held   []zipkinSpan
	merger zipkinMerger
}

// zipkinWindow is how many spans are held back at least, and half of how many at most.
const zipkinWindow = 1 << 16

// zipkinSpan is a decoded span that is held back.
type zipkinSpan struct {
	span     tracetree.Span
	endpoint zipkinEndpoint // of the program that reported it
	shared   bool           // it is marked as the server's half of a shared span
	merged   bool           // into another one
	moved    bool           // below the client's half
}

func newZipkin(in input) document { return &zipkin{in: in} }

func isZipkin(keys keySet) bool { return keys.has("traceId", "id") }

func (d *zipkin) rest(batch []tracetree.Span) []tracetree.Span {
	batch, _ = d.merger.release(batch, d.held, len(d.held))
	d.held = nil
	return batch
}

func (d *zipkin) cut(batch []tracetree.Span) []tracetree.Span { return batch }

func (d *zipkin) read(batch []tracetree.Span) ([]tracetree.Span, bool, error) {
	raw, ok, err := d.raw()
	if err != nil {
		return batch, false, err
	}
	if ok {
		d.in.warn(Microseconds, d.in.Here)
		d.held = raw.appendTo(d.held, d.in)
	}
	if len(d.held) >= 2*zipkinWindow {
		batch, d.held = d.merger.release(batch, d.held, zipkinWindow)
		d.held = slices.Clone(d.held)
	}
	return batch, false, nil
}

// zipkinRaw is a span as it is written, in either version.
type zipkinRaw struct {
	ids
	name            string
	kind            tracetree.Kind
	start, duration int64
	timed           bool // there is a duration
	shared          bool
	local, remote   zipkinEndpoint
	tags            []tracetree.Attr
	annotations     []zipkinAnnotation
	binary          []zipkinBinary // version 1 only
}

// zipkinEndpoint is one side of a call. It can be compared.
type zipkinEndpoint struct {
	service, address string
	port             int64
}

// couldBe reports whether two endpoints can be of one program: what both have is equal.
func (e zipkinEndpoint) couldBe(other zipkinEndpoint) bool {
	return (e.service == "" || other.service == "" || e.service == other.service) &&
		(e.address == "" || other.address == "" || e.address == other.address) &&
		(e.port == 0 || other.port == 0 || e.port == other.port)
}

// same reports whether two endpoints are of one program: they have a service, and can be.
func (e zipkinEndpoint) same(other zipkinEndpoint) bool {
	return e.service != "" && e.service == other.service && e.couldBe(other)
}

// or returns the endpoint with what only the other one has.
func (e zipkinEndpoint) or(other zipkinEndpoint) zipkinEndpoint {
	return zipkinEndpoint{cmp.Or(e.service, other.service), cmp.Or(e.address, other.address), cmp.Or(e.port, other.port)}
}

// zipkinAnnotation is an event; in version 1 it contains the endpoint that recorded it.
type zipkinAnnotation struct {
	time     int64
	value    string
	endpoint zipkinEndpoint
}

// zipkinBinary is a tag of version 1, or an address.
type zipkinBinary struct {
	tracetree.Attr
	endpoint zipkinEndpoint
}

// raw reads a span, and reports whether it can be kept.
func (d *zipkin) raw() (*zipkinRaw, bool, error) {
	var r zipkinRaw
	in := d.in
	d.keys.keys = d.keys.keys[:0]
	known := 0
	err := in.object(func(key []byte) error {
		switch string(key) {
		case "traceId":
			known++
			return in.essential(&r.ids, d.id(r.trace[:], &r.bad))
		case "id":
			known++
			return in.essential(&r.ids, d.id(r.span[:], &r.bad))
		case "parentId":
			return d.id(r.parent[:], &r.lostParent)
		case "name":
			return in.text(&r.name)
		case "kind":
			var kind string
			err := in.text(&kind)
			known := false
			if r.kind, known = kindOf(kind); !known && kind != "" && err == nil && !in.strict {
				err = in.ValueErrorf("found %.40q, want CLIENT, SERVER, PRODUCER or CONSUMER", kind)
			}
			return err
		case "timestamp":
			return in.essential(&r.ids, in.time(&r.start, microsecond))
		case "duration":
			r.timed = true
			return in.essential(&r.ids, in.duration(&r.duration, microsecond))
		case "shared":
			var err error
			r.shared, err = in.Bool()
			return err
		case "localEndpoint":
			return d.endpoint(&r.local)
		case "remoteEndpoint":
			return d.endpoint(&r.remote)
		case "tags":
			return in.attributeMembers(&r.tags)
		case "annotations":
			return d.annotations(&r.annotations)
		case "binaryAnnotations":
			return d.binary(&r.binary)
		case "debug":
			return in.Skip()
		}
		d.keys.add(in, key)
		return in.Skip()
	})
	if err == nil && known == 0 {
		err = d.keys.error(in, Zipkin)
	}
	return &r, err == nil && in.usable(&r.ids), err
}

func (d *zipkin) id(into []byte, bad *string) error {
	text, err := d.in.String()
	if err == nil && len(text) > 0 && !decodePaddedID(into, text) {
		*bad = string(text)
	}
	return err
}

func (d *zipkin) endpoint(into *zipkinEndpoint) error {
	return d.in.object(func(key []byte) error {
		switch string(key) {
		case "serviceName":
			return d.in.text(&into.service)
		case "ipv4", "ipv6":
			return d.in.text(&into.address)
		case "port":
			return d.in.integer(&into.port)
		}
		return d.in.Skip()
	})
}

func (d *zipkin) annotations(into *[]zipkinAnnotation) error {
	return d.in.array(func() error {
		var a zipkinAnnotation
		err := d.in.object(func(key []byte) error {
			switch string(key) {
			case "timestamp":
				return d.in.time(&a.time, microsecond)
			case "value":
				return d.in.text(&a.value)
			case "endpoint":
				return d.endpoint(&a.endpoint)
			}
			return d.in.Skip()
		})
		*into = append(*into, a)
		return err
	})
}

func (d *zipkin) binary(into *[]zipkinBinary) error {
	return d.in.array(func() error {
		var b zipkinBinary
		err := d.in.object(func(key []byte) error {
			switch string(key) {
			case "key":
				return d.in.text(&b.Key)
			case "value":
				return d.in.any(&b.Value)
			case "endpoint":
				return d.endpoint(&b.endpoint)
			}
			return d.in.Skip()
		})
		*into = append(*into, b)
		return err
	})
}
