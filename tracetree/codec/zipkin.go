package codec

import (
	"tracelab/tracetree"
)

// zipkin decodes Zipkin's JSON, version 1 and 2: lists of spans, lists of lists, or spans alone. It holds back so many
// spans that the two halves of a shared span, and what is below them, are likely to meet; see zipkinHalves.
type zipkin struct {
	in     input
	keys   foreign
	held   []zipkinSpan
	halves zipkinHalves
}

// zipkinWindow is how many spans are held back at least, and half of how many at most.
const zipkinWindow = 1 << 16

// zipkinSpan is a decoded span that is held back.
type zipkinSpan struct {
	span    tracetree.Span
	service string
	shared  bool // it says that it is the server's half of a shared span
}

func newZipkin(in input) document { return &zipkin{in: in} }

func isZipkin(has func(key string) bool) bool { return has("traceId") && has("id") }

func (d *zipkin) rest(batch []tracetree.Span) []tracetree.Span {
	batch = d.halves.release(batch, d.held, len(d.held))
	d.held = nil
	return batch
}

func (d *zipkin) read(batch []tracetree.Span) ([]tracetree.Span, bool, error) {
	raw, ok, err := d.raw()
	if err != nil {
		return d.rest(batch), false, err
	}
	if ok {
		d.in.warn(Microseconds, d.in.Here)
		d.held = append(d.held, raw.spans(d.in)...)
	}
	if len(d.held) >= 2*zipkinWindow {
		batch = d.halves.release(batch, d.held, zipkinWindow)
		d.held = append([]zipkinSpan(nil), d.held[zipkinWindow:]...)
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

// zipkinAnnotation is an event; in version 1 it says who saw it.
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
			return d.id(r.trace[:], &r.bad)
		case "id":
			known++
			return d.id(r.span[:], &r.bad)
		case "parentId":
			return d.id(r.parent[:], &r.lostParent)
		case "name":
			return in.text(&r.name)
		case "kind":
			var kind string
			err := in.text(&kind)
			r.kind, _ = kindOf(kind)
			return err
		case "timestamp":
			return in.time(&r.start, microsecond)
		case "duration":
			r.timed = true
			return in.time(&r.duration, microsecond)
		case "shared":
			var err error
			r.shared, err = in.Bool()
			return err
		case "localEndpoint":
			return d.endpoint(&r.local)
		case "remoteEndpoint":
			return d.endpoint(&r.remote)
		case "tags":
			return d.tags(&r.tags)
		case "annotations":
			return d.annotations(&r.annotations)
		case "binaryAnnotations":
			return d.binary(&r.binary)
		case "debug":
			return in.Skip()
		}
		d.keys.add(key)
		return in.Skip()
	})
	if err == nil && known == 0 {
		err = d.keys.error(in, Zipkin)
	}
	return &r, err == nil && in.usable(&r.ids), err
}

func (d *zipkin) id(into []byte, bad *bool) error {
	text, err := d.in.String()
	if err == nil && len(text) > 0 && !decodePaddedID(into, text) {
		*bad = true
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

func (d *zipkin) tags(into *[]tracetree.Attr) error {
	return d.in.object(func(key []byte) error {
		a := tracetree.Attr{Key: d.in.texts.of(key)}
		err := d.in.any(&a.Value)
		*into = append(*into, a)
		return err
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
