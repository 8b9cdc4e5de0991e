package check_test

import (
	"testing"

	"tracelab/tracetree/check"
)

func TestMissingIOSpan(t *testing.T) {
	put, send := "db: PutItem (orders table)", "sqs: SendMessage (orders)"
	route := func(label string, io ...string) check.Config {
		return check.Config{Routes: []check.Route{{Label: label, IO: io}}}
	}
	post := route("shop: POST /order", put, send)
	testStructure(t, "missing-io-span", []ruleCase{
		{reason: "both are there", tree: "shop: POST /order (root)\n  " + put + "\n  " + send, config: post},
		{
			reason: "one is missing", tree: "shop: POST /order (root)\n  " + put, config: post,
			want: []string{"error: 0 spans of sqs: SendMessage (orders) below it"},
		},
		{
			reason: "both are missing: two findings", tree: "shop: POST /order (root)", config: post,
			want: []string{"error: 0 spans of " + put + " below it", "error: 0 spans of " + send + " below it"},
		},
		{
			reason: "another table is another span", tree: "shop: POST /order (root)\n  db: PutItem (stock table)\n  " + send,
			config: post,
			want:   []string{"error: 0 spans of " + put + " below it"},
		},
		{
			reason: "next to it is not below it",
			tree:   "shop: POST /order (root)\n  " + send + "\n\nshop: POST /other (root)\n  " + put, config: post,
			want: []string{"error: 0 spans of " + put + " below it"},
		},
		{
			reason: "each request has its own",
			tree:   "shop: POST /order (root)\n  " + put + "\n  " + send + "\n\nshop: POST /order (root)", config: post,
			want: []string{"error: 0 spans of " + put + " below it", "error: 0 spans of " + send + " below it"},
		},
		{
			reason: "far below, behind a queue", config: route("shop: POST /order", "db: UpdateItem (orders table)"),
			tree: "shop: POST /order (root)\n  " + send +
				"\n    mail: process order {@trace=new}          ← linked span\n      db: UpdateItem (orders table)",
		},
		{
			reason: "wanted twice, there once", tree: "shop: POST /order (root)\n  " + put,
			config: route("shop: POST /order", put, put),
			want:   []string{"error: 1 span of " + put + " below it"},
		},
		{
			reason: "wanted twice, there twice", tree: "shop: POST /order (root)\n  2x " + put,
			config: route("shop: POST /order", put, put),
		},
		{
			reason: "a route below a route", config: check.Config{Routes: []check.Route{
				{Label: "shop: POST /order", IO: []string{put}}, {Label: "store: /store.Store/Add", IO: []string{put}},
			}},
			tree: "shop: POST /order (root)\n  store: /store.Store/Add\n    " + put,
		},
		{
			reason: "the outer route has it, the inner one doesn't", config: check.Config{Routes: []check.Route{
				{Label: "shop: POST /order", IO: []string{put}}, {Label: "store: /store.Store/Add", IO: []string{put}},
			}},
			tree: "shop: POST /order (root)\n  " + put + "\n  store: /store.Store/Add",
			want: []string{"error: 0 spans of " + put + " below it"},
		},
		{reason: "another route", tree: "shop: GET /order (root)", config: post},
		{reason: "the request failed", tree: "shop: POST /order (root) !error=503", config: post},
		{reason: "the request was refused", tree: "shop: POST /order (root) {http.response.status_code=404}", config: post},
		{
			reason: "the call was refused", tree: "store: /store.Store/Add (root) {rpc.response.status_code=NOT_FOUND}",
			config: route("store: /store.Store/Add", put),
		},
		{reason: "nothing is configured", tree: "shop: POST /order (root)"},
	})
}
