package play

import (
	"go.opentelemetry.io/otel/attribute"

	"tracelab/tracetree"
)

// attributes are a span's attributes in the order in which they were set.
type attributes []tracetree.Attr

func (a *attributes) set(key string, value tracetree.Value) {
	for i := range *a {
		if (*a)[i].Key == key {
			(*a)[i].Value = value
			return
		}
	}
	*a = append(*a, tracetree.Attr{Key: key, Value: value})
}

func (a *attributes) text(key attribute.Key, value string) {
	a.set(string(key), tracetree.String(value))
}

func (a *attributes) number(key attribute.Key, value int) {
	a.set(string(key), tracetree.Int(int64(value)))
}

func (a *attributes) get(key string) (tracetree.Value, bool) {
	for _, attr := range *a {
		if attr.Key == key {
			return attr.Value, true
		}
	}
	return tracetree.Value{}, false
}
