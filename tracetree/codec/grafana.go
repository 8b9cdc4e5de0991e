package codec

import (
	"slices"

	"tracelab/tracetree"
	"tracelab/tracetree/codec/internal/jsonpull"
)

// millisecond is the unit of times in Grafana, in nanoseconds.
const millisecond = 1_000_000

// grafana decodes traces in Grafana's data frames, which it makes of what Tempo, Jaeger and Zipkin
// answer. A frame is a table whose columns are a span's fields: the names are in schema and the
// columns in data, or both are in fields. Frames are in the answers of Grafana's API, and in what
// the inspector of a panel shows. A row can also be an object by itself.
type grafana struct {
	in      input
	batch   []tracetree.Span
	foreign foreign
	known   bool // the document has frames, or is a row
}

func newGrafana(in input) document { return &grafana{in: in} }

func isGrafana(k keySet) bool {
	return k.has("schema{", "data{") || k.has("data{", ".values[") ||
		k.has("results{", "..frames[") || k.has("response{", "...frames[") ||
		k.has("series[", ".fields[") || k.has("data[", ".fields[") ||
		k.has("traceID", "spanID", "operationName", "serviceName")
}

func (d *grafana) rest(batch []tracetree.Span) []tracetree.Span { return batch }

func (d *grafana) cut(batch []tracetree.Span) []tracetree.Span {
	batch = append(batch, d.batch...)
	d.batch = nil
	return batch
}

func (d *grafana) read(batch []tracetree.Span) ([]tracetree.Span, bool, error) {
	d.batch, d.foreign, d.known = batch, foreign{}, false
	err := d.object()
	if err == nil && !d.known {
		err = d.foreign.error(d.in, Grafana)
	}
	batch, d.batch = d.batch, nil
	return batch, false, err
}

// grafanaFrame is a frame while it is read.
type grafanaFrame struct {
	columns []string
	rows    []grafanaRow
}

// grafanaRow is a span while it is read.
type grafanaRow struct {
	jsonSpan
	service  string
	resource []tracetree.Attr
	scope    scope
	duration int64
	timed    bool
}

// object reads a document, a frame, a row, or what frames are in.
func (d *grafana) object() error {
	var frame grafanaFrame
	var alone grafanaRow
	isRow := false
	in := d.in
	err := in.object(func(key []byte) error {
		switch string(key) {
		case "results": // by the names of the queries
			return in.object(func([]byte) error { return d.object() })
		case "response":
			return d.object()
		case "frames", "series":
			return d.list()
		case "schema":
			return in.object(func(key []byte) error {
				if string(key) == "fields" {
					return d.fields(&frame)
				}
				return in.Skip()
			})
		case "fields":
			return d.fields(&frame)
		case "data":
			if kind, err := in.Peek(); err != nil || kind == jsonpull.Array {
				return d.list()
			}
			return in.object(func(key []byte) error {
				if string(key) == "values" {
					return d.columns(&frame)
				}
				return in.Skip()
			})
		}
		known, err := d.cell(&alone, string(key))
		isRow = isRow || known
		if !known {
			d.foreign.add(in, key)
			err = in.Skip()
		}
		return err
	})
	if isRow {
		d.known = true
		frame.rows = append(frame.rows, alone)
	}
	if isRow || slices.Contains(frame.columns, "spanID") { // not a table of search results, or a graph of the spans
		for i := range frame.rows {
			d.keep(&frame.rows[i])
		}
	}
	return err
}

func (d *grafana) list() error { return d.in.array(d.object) }

// fields reads the names of the columns, and the columns themselves if they are there.
func (d *grafana) fields(frame *grafanaFrame) error {
	d.known = true
	return d.in.array(func() error {
		frame.columns = append(frame.columns, "")
		name := &frame.columns[len(frame.columns)-1]
		return d.in.object(func(key []byte) error {
			switch string(key) {
			case "name":
				return d.in.text(name)
			case "values":
				return d.column(frame, *name)
			}
			return d.in.Skip()
		})
	})
}

// columns reads the columns of a frame, in the order of their names.
func (d *grafana) columns(frame *grafanaFrame) error {
	if len(frame.columns) == 0 {
		return d.in.ValueErrorf("found the values of a frame, want its schema before them")
	}
	at := 0
	return d.in.array(func() error {
		name := ""
		if at < len(frame.columns) {
			name = frame.columns[at]
		}
		at++
		return d.column(frame, name)
	})
}

// column reads one field of each span of a frame.
func (d *grafana) column(frame *grafanaFrame, name string) error {
	at := 0
	return d.in.array(func() error {
		if at == len(frame.rows) {
			frame.rows = append(frame.rows, grafanaRow{})
		}
		row := &frame.rows[at]
		at++
		if null, err := d.in.Null(); null || err != nil {
			return err
		}
		known, err := d.cell(row, name)
		if !known {
			err = d.in.Skip()
		}
		return err
	})
}

// cell reads a field of a span, and reports whether it is one.
func (d *grafana) cell(row *grafanaRow, name string) (bool, error) {
	in := d.in
	switch name {
	case "traceID":
		return true, in.essential(&row.ids, d.id(row.trace[:], &row.bad))
	case "spanID":
		return true, in.essential(&row.ids, d.id(row.span[:], &row.bad))
	case "parentSpanID":
		return true, d.id(row.parent[:], &row.lostParent)
	case "operationName":
		return true, in.text(&row.Name)
	case "serviceName":
		return true, in.text(&row.service)
	case "serviceTags":
		return true, in.tagList(&row.resource)
	case "kind":
		return true, d.kind(&row.Kind)
	case "statusCode":
		code, err := in.enum(statusNames)
		row.Status = tracetree.Status(code)
		return true, err
	case "statusMessage":
		return true, in.text(&row.StatusMessage)
	case "instrumentationLibraryName":
		return true, in.text(&row.scope.name)
	case "instrumentationLibraryVersion":
		return true, in.text(&row.scope.version)
	case "traceState":
		return true, in.text(&row.rare.TraceState)
	case "startTime":
		return true, in.essential(&row.ids, in.time(&row.Start, millisecond))
	case "duration":
		row.timed = true
		return true, in.essential(&row.ids, in.duration(&row.duration, millisecond))
	case "tags":
		return true, in.tagList(&row.Attributes)
	case "logs":
		return true, in.array(func() error { return d.event(row) })
	case "references":
		return true, in.array(func() error { return d.link(row) })
	}
	return false, nil
}

// id reads an ID, which may lack the first half of its digits.
func (d *grafana) id(into []byte, bad *string) error {
	text, err := d.in.String()
	if err == nil && len(text) > 0 && !decodePaddedID(into, text) {
		*bad = string(text)
	}
	return err
}

func (d *grafana) kind(into *tracetree.Kind) error {
	text, err := d.in.String()
	if err != nil || len(text) == 0 {
		return err
	}
	kind, ok := kindOf(string(text))
	if !ok {
		return d.in.ValueErrorf("found %.40q, want a kind such as server", text)
	}
	*into = kind
	return nil
}

// event reads an event. Its name is a member in newer versions, else one of the fields.
func (d *grafana) event(row *grafanaRow) error {
	var e tracetree.Event
	err := d.in.object(func(key []byte) error {
		switch string(key) {
		case "timestamp":
			return d.in.time(&e.Time, millisecond)
		case "name":
			return d.in.text(&e.Name)
		case "fields":
			return d.in.tagList(&e.Attributes)
		}
		return d.in.Skip()
	})
	e.Attributes = without(e.Attributes, func(a tracetree.Attr) bool {
		if e.Name != "" || a.Key != "event" && a.Key != "message" {
			return false
		}
		e.Name = a.Value.Text()
		return true
	})
	row.Events = append(row.Events, e)
	return err
}

func (d *grafana) link(row *grafanaRow) error {
	var l tracetree.Link
	bad := ""
	err := d.in.object(func(key []byte) error {
		switch string(key) {
		case "traceID":
			return d.id(l.TraceID[:], &bad)
		case "spanID":
			return d.id(l.SpanID[:], &bad)
		case "tags":
			return d.in.tagList(&l.Attributes)
		}
		return d.in.Skip()
	})
	parent := l.TraceID == row.trace && l.SpanID == row.parent // Jaeger's reference to the parent
	if err == nil && !parent && d.in.usableLink(&l, bad) {
		row.Links = append(row.Links, l)
	}
	return err
}

// keep adds a span to the batch, if it can be kept.
func (d *grafana) keep(row *grafanaRow) {
	if row.timed {
		row.End = d.in.after(row.Start, row.duration)
	}
	row.Attributes = without(row.Attributes, func(a tracetree.Attr) bool {
		return taken(a.Key, a.Value.Text(), &row.Span, &row.scope, &row.rare)
	})
	if !d.in.finish(&row.jsonSpan) {
		return
	}
	row.Origin = d.in.origins.of(resource{attributes: processAttributes(row.service, row.resource)}, row.scope)
	d.batch = append(d.batch, row.Span)
}
