package check_test

import (
	"fmt"
	"testing"

	"tracelab/tracetree"
)

func TestAttributeForms(t *testing.T) {
	json := tracetree.JSON
	for _, tt := range []struct {
		reason string
		attrs  []any
		want   []string
	}{
		{
			"a code as text, next to a number",
			[]any{"http.status_code", "200", "retries", 1},
			[]string{"http.status_code is of type string"},
		},
		{"a code as text, where all is text", []any{"http.status_code", "200", "retries", "1"}, nil},
		{
			"a port that a decoder made of an endpoint is no sign of types",
			[]any{"http.status_code", "200", "network.peer.port", 80, "network.local.port", 81},
			nil,
		},
		{
			"a code as a float",
			[]any{"http.response.status_code", 200.0},
			[]string{"http.response.status_code is of type float"},
		},
		{
			"gRPC's new code is text",
			[]any{"rpc.response.status_code", 0},
			[]string{"rpc.response.status_code is of type int"},
		},
		{"and the old one a number", []any{"rpc.grpc.status_code", 0}, nil},
		{"a list of tables", []any{"aws.dynamodb.table_names", json(`["a"]`)}, nil},
		{
			"a table for a list",
			[]any{"aws.dynamodb.table_names", "a", "n", 1},
			[]string{"aws.dynamodb.table_names is of type string"},
		},
		{"a bool", []any{"messaging.destination.temporary", true}, nil},
		{"a list for a text", []any{"url.path", json(`["/"]`)}, []string{"url.path is of type json"}},
		{"a type that changed", []any{"messaging.kafka.destination.partition", 3}, nil},
		{"nobody's convention", []any{"order.total", 12.5, "order.items", json(`[1]`)}, nil},

		{"no key", []any{"", "x"}, []string{`the key "" is empty`}},
		{
			"a space",
			[]any{"Client Address", "x"},
			[]string{`the key "Client Address" has white space or a control character in it`},
		},
		{"a line end", []any{"a\nb", "x"}, []string{`the key "a\nb" has white space or a control character in it`}},
		{"a dot in front", []any{".a", "x"}, []string{`the key ".a" has a dot without a name on one side`}},
		{"a dot behind", []any{"a.", "x"}, []string{`the key "a." has a dot without a name on one side`}},
		{"two dots", []any{"a..b", "x"}, []string{`the key "a..b" has a dot without a name on one side`}},
		{
			"camel case of a convention's key",
			[]any{"http.statusCode", 200},
			[]string{`the key "http.statusCode" is not spelled as the conventions do`},
		},
		{"capitals", []any{"DB.System.Name", "x"}, []string{`the key "DB.System.Name" is not spelled as the conventions do`}},
		{"camel case of one's own", []any{"order.totalPrice", 3, "orderId", "x"}, nil},
		{
			"a header's name is whatever it is",
			[]any{"http.request.header.content_length", json(`["1"]`), "http.request.header.X-Id", json(`["1"]`)},
			nil,
		},
		{"a Kubernetes label", []any{"k8s.pod.label.app.kubernetes.io/name", "x"}, nil},
		{"letters of other scripts are letters", []any{"größe", 3}, nil},

		{"empty text", []any{"user.id", ""}, []string{"user.id is empty"}},
		{"null", []any{"user.id", nil}, []string{"user.id is empty"}},
		{"RabbitMQ's default exchange", []any{"messaging.system", "rabbitmq", "messaging.destination.name", ""}, nil},
		{"by its old name", []any{"messaging.destination", "", "messaging.system", "rabbitmq"}, nil},
		{
			"a topic without a name",
			[]any{"messaging.system", "kafka", "messaging.destination.name", ""},
			[]string{"messaging.destination.name is empty"},
		},
		{
			"a routing key may not be empty",
			[]any{"messaging.system", "rabbitmq", "messaging.rabbitmq.destination.routing_key", ""},
			[]string{"messaging.rabbitmq.destination.routing_key is empty"},
		},
		{"an empty list", []any{"items", json("[]")}, nil},
		{"zero and false are values", []any{"n", 0, "b", false}, nil},
		{"an exception may have no message", []any{"exception.message", ""}, nil},
		{
			"an empty value has no wrong type",
			[]any{"http.response.status_code", "", "n", 1},
			[]string{"http.response.status_code is empty"},
		},

		{
			"a namespace behind its key",
			[]any{"order", 1, "order.id", 2},
			[]string{`the key "order" is also the namespace of others on the span`},
		},
		{
			"a namespace before its key",
			[]any{"order.id", 2, "order", 1},
			[]string{`the key "order" is also the namespace of others on the span`},
		},
		{
			"two levels down",
			[]any{"order.customer.id", 2, "order", 1},
			[]string{`the key "order" is also the namespace of others on the span`},
		},
		{"a prefix that ends in a word", []any{"order", 1, "orders.id", 2}, nil},
		{
			"an old name and what it became",
			[]any{
				"messaging.operation", "send", "messaging.operation.name", "send", "rpc.system", "grpc", "rpc.system.name",
				"grpc",
			},
			nil,
		},
		{"OpenTracing's error", []any{"error", true, "error.type", "timeout"}, nil},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			s := tracetree.Span{Origin: shop, Attributes: attrs(t, tt.attrs...)}
			wantWords(t, tt.reason, tt.want, seenBy(t, "attribute-form", renumbered([]tracetree.Span{s})...))
		})
	}
}

func TestNamespaceAndKeyOnDifferentSpansDoNotCollide(t *testing.T) {
	spans := []tracetree.Span{
		{Attributes: attrs(t, "order", 1)},
		{Attributes: attrs(t, "order.id", 1)},
		{Attributes: attrs(t, "order", 1)},
		{Attributes: attrs(t, "x", 1), Events: []tracetree.Event{{Name: "e", Attributes: attrs(t, "x.y", 1)}}},
	}
	wantWords(t, "never on one span", nil, seenBy(t, "attribute-form", renumbered(spans)...))
}

func TestFormIsCheckedInEveryPlace(t *testing.T) {
	empty := attrs(t, "x", "")
	span := tracetree.Span{
		Events: []tracetree.Event{{Name: "e", Attributes: attrs(t, "a", "")}},
		Links:  []tracetree.Link{{Attributes: attrs(t, "b", "")}},
		Origin: &tracetree.Origin{Resource: attrs(t, "c", ""), ScopeAttributes: attrs(t, "d", "")}, Attributes: empty,
	}
	wantWords(t, "five places", []string{"x is empty", "a is empty", "b is empty", "c is empty", "d is empty"},
		seenBy(t, "attribute-form", renumbered([]tracetree.Span{span})...))
}

// More keys than are compared are still looked at one by one.
func TestManyKeysAreCheckedInBoundedSpace(t *testing.T) {
	spans := make([]tracetree.Span, 20_000)
	for i := range spans {
		spans[i].Attributes = attrs(t, fmt.Sprintf("data.k%d", i), "x")
	}
	spans[19_999].Attributes = attrs(t, "last", "", "last.one.", "x")
	wantWords(t, "the last span", []string{"last is empty", `the key "last.one." has a dot without a name on one side`},
		seenBy(t, "attribute-form", renumbered(spans)...))
}
