package mask_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"tracelab/tracetree"
	"tracelab/tracetree/codec/mask"
)

func TestEveryPlaceOfASpanIsMasked(t *testing.T) {
	const secret, masked = "password=hunter2", "password=[redacted]"
	attrs := func(text string) []tracetree.Attr {
		return []tracetree.Attr{
			{Key: "note " + text, Value: tracetree.Int(1)},
			{Key: "note", Value: tracetree.String(text)},
			{Key: "list", Value: tracetree.JSON(`["` + text + `",1]`)},
		}
	}
	span := func(text, state string) []tracetree.Span {
		return []tracetree.Span{{
			Name: text, StatusMessage: text, Attributes: attrs(text),
			Events: []tracetree.Event{{Name: text, Attributes: attrs(text)}},
			Links:  []tracetree.Link{{Attributes: attrs(text)}},
			Rare:   &tracetree.Rare{TraceState: state},
			Origin: &tracetree.Origin{
				Resource: attrs(text), ScopeName: text, ScopeVersion: text, ScopeAttributes: attrs(text), Entities: attrs(text),
			},
		}}
	}
	got := span(secret, "a=1,token=abc")
	changed := mask.Spans(got)
	if diff := cmp.Diff(span(masked, "a=1"), got,
		cmp.Comparer(func(a, b tracetree.Value) bool { return a == b })); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if want := 2 + 1 + 1 + 2 + 6*3; changed != want {
		t.Errorf("%d changes, want %d", changed, want)
	}
	if again := mask.Spans(got); again != 0 {
		t.Errorf("%d changes of what is masked already, want 0", again)
	}
}

func TestValuesKeepTheirTypesUnlessTheyAreMasked(t *testing.T) {
	tests := []struct {
		reason, key string
		value, want tracetree.Value
	}{
		{"an ordinary number", "n", tracetree.Int(4111111111111112), tracetree.Int(4111111111111112)},
		{"a card as a number", "n", tracetree.Int(4111111111111111), tracetree.String("[redacted]")},
		{"a card as a float", "n", tracetree.Float(4111111111111111), tracetree.String("[redacted]")},
		{"a number of a secret's name", "password", tracetree.Int(1), tracetree.String("[redacted]")},
		{"a bool says whether there is one", "has_password", tracetree.Bool(true), tracetree.Bool(true)},
		{"nothing", "password", tracetree.Value{}, tracetree.Value{}},
		{"bytes of a secret's name", "password", tracetree.JSON(`"aGk="`), tracetree.String("[redacted]")},
		{"a map", "body", tracetree.JSON(`{"a":1,"password":"x"}`), tracetree.JSON(`{"a":1,"password":"[redacted]"}`)},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			spans := []tracetree.Span{{Attributes: []tracetree.Attr{{Key: test.key, Value: test.value}}}}
			mask.Spans(spans)
			if got := spans[0].Attributes[0].Value; got != test.want {
				t.Errorf("got %v %q, want %v %q", got.Kind(), got.Text(), test.want.Kind(), test.want.Text())
			}
		})
	}
}

func TestAMaskerMasksASharedOriginOnce(t *testing.T) {
	origin := &tracetree.Origin{ScopeName: "password=hunter2"}
	m := mask.New()
	for i, want := range []int{1, 0} {
		if got := m.Spans([]tracetree.Span{{Origin: origin}, {Origin: origin}}); got != want {
			t.Errorf("batch %d: %d changes, want %d", i, got, want)
		}
	}
}
