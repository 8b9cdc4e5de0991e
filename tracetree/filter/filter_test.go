package filter_test

import (
	"testing"
	"time"

	"tracelab/tracetree"
	"tracelab/tracetree/filter"
)

func TestSpanHasEverythingThatIsWanted(t *testing.T) {
	span := tracetree.Span{
		Name: "DynamoDB.PutItem", Kind: tracetree.KindClient, Status: tracetree.StatusError,
		Attributes: []tracetree.Attr{
			{Key: "db.system.name", Value: tracetree.String("aws.dynamodb")},
			{Key: "db.operation.name", Value: tracetree.String("PutItem")},
			{Key: "db.collection.name", Value: tracetree.String("tasks")},
			{Key: "retries", Value: tracetree.Int(3)},
		},
		Origin: &tracetree.Origin{Resource: []tracetree.Attr{
			{Key: "service.name", Value: tracetree.String("task-service")},
		}},
	}
	for _, test := range []struct {
		reason string
		filter filter.Filter
		want   bool
	}{
		{"nothing is wanted", filter.Filter{}, true},
		{"the service", filter.Filter{Service: "task-service"}, true},
		{"a service by a part of its name", filter.Filter{Service: "task"}, false},
		{"a part of the name", filter.Filter{Operation: "DynamoDB."}, true},
		{"a part of the label", filter.Filter{Operation: "(tasks table)"}, true},
		{"another operation", filter.Filter{Operation: "GetItem"}, false},
		{"failed", filter.Filter{Error: true, Service: "task-service"}, true},
		{"failed, but of another service", filter.Filter{Error: true, Service: "worker"}, false},
		{"an attribute", filter.Filter{Attributes: []filter.Attribute{{Key: "retries", Value: "3", HasValue: true}}}, true},
		{
			"another value",
			filter.Filter{Attributes: []filter.Attribute{{Key: "retries", Value: "30", HasValue: true}}},
			false,
		},
		{"an empty value", filter.Filter{Attributes: []filter.Attribute{{Key: "retries", HasValue: true}}}, false},
		{"any value", filter.Filter{Attributes: []filter.Attribute{{Key: "retries"}}}, true},
		{"one attribute too many", filter.Filter{Attributes: []filter.Attribute{{Key: "retries"}, {Key: "x"}}}, false},
		{
			"an attribute of the resource",
			filter.Filter{Attributes: []filter.Attribute{{Key: "service.name", Value: "task-service", HasValue: true}}},
			true,
		},
	} {
		if got := test.filter.Span(&span); got != test.want {
			t.Errorf("%s: %v, want %v", test.reason, got, test.want)
		}
	}
}

func TestTraceHasEverythingThatIsWanted(t *testing.T) {
	id, err := tracetree.ParseTraceID("4bf92f3577b34da6a3ce929d0e0e4736")
	if err != nil {
		t.Fatal(err)
	}
	start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		reason  string
		filter  filter.Filter
		unknown bool
		want    bool
	}{
		{reason: "nothing is wanted", want: true},
		{reason: "nothing is wanted, nothing is known", unknown: true, want: true},
		{reason: "a prefix in capitals", filter: filter.Filter{TraceID: "4BF9"}, want: true},
		{reason: "a later part of the ID", filter: filter.Filter{TraceID: "bf92"}},
		{reason: "at least its duration", filter: filter.Filter{MinDuration: time.Second}, want: true},
		{reason: "longer", filter: filter.Filter{MinDuration: time.Second + 1}},
		{reason: "at least a duration that is unknown", filter: filter.Filter{MinDuration: 1}, unknown: true},
		{reason: "at most its duration", filter: filter.Filter{MaxDuration: time.Second}, want: true},
		{reason: "shorter", filter: filter.Filter{MaxDuration: time.Second - 1}},
		{reason: "at most a duration that is unknown", filter: filter.Filter{MaxDuration: time.Hour}, unknown: true},
		{reason: "since its start", filter: filter.Filter{Since: start}, want: true},
		{reason: "since later", filter: filter.Filter{Since: start.Add(1)}},
		{reason: "until its start", filter: filter.Filter{Until: start}},
		{reason: "until later", filter: filter.Filter{Until: start.Add(1)}, want: true},
		{reason: "since, but unknown", filter: filter.Filter{Since: start}, unknown: true},
		{reason: "until, but unknown", filter: filter.Filter{Until: start.Add(1)}, unknown: true},
	} {
		at := start.UnixNano()
		if test.unknown {
			at = 0
		}
		if got := test.filter.Trace(id, at, time.Second, !test.unknown); got != test.want {
			t.Errorf("%s: %v, want %v", test.reason, got, test.want)
		}
	}
}

func TestParseAttribute(t *testing.T) {
	for text, want := range map[string]filter.Attribute{
		"http.route":       {Key: "http.route"},
		"http.route=":      {Key: "http.route", HasValue: true},
		"db.query.text=a=": {Key: "db.query.text", Value: "a=", HasValue: true},
	} {
		got, err := filter.ParseAttribute(text)
		if err != nil || got != want {
			t.Errorf("%s: %+v, %v, want %+v", text, got, err, want)
		}
		if got.String() != text {
			t.Errorf("%s: printed as %s", text, got)
		}
	}
	for _, text := range []string{"", "=x"} {
		if got, err := filter.ParseAttribute(text); err == nil {
			t.Errorf("%q: %+v, want an error", text, got)
		}
	}
}
