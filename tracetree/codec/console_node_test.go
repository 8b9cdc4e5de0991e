package codec_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tracelab/tracetree"
	"tracelab/tracetree/codec"
)

const nodeExample = `listening on 8080
{
  resource: {
    attributes: {
      'service.name': 'shop',
      'process.command_args': [ '/usr/bin/node', '/app/it\'s.js' ],
      'process.pid': 7
    }
  },
  instrumentationScope: { name: 'x', version: '1.2', schemaUrl: undefined },
  traceId: '7ca373f7c7e0f17df9965485593768ce',
  parentSpanContext: {
    traceId: '7ca373f7c7e0f17df9965485593768ce',
    spanId: '0000000000000001',
    traceFlags: 1,
    traceState: undefined
  },
  traceState: undefined,
  name: 'load',
  id: '0000000000000002',
  kind: 0,
  timestamp: 1700000000010000,
  duration: 10000.5,
  attributes: {
    'db.query.text': 'SELECT a, b FROM t ' +
      "WHERE x = 'y'",
    big: [Object],
    list: [ 1, 2, ... 3 more items ],
    ok: true
  },
  status: { code: 2, message: 'no' },
  events: [
    {
      name: 'retry',
      attributes: { n: 1 },
      time: [ 1700000000, 15000000 ],
      droppedAttributesCount: 0
    }
  ],
  links: []
}
GET /a 200
{
  resource: { attributes: { 'service.name': 'shop' } },
  traceId: '7ca373f7c7e0f17df9965485593768ce',
  parentId: undefined,
  name: 'GET /a',
  id: '0000000000000001',
  kind: 1,
  timestamp: 1700000000000000,
  duration: 50000,
  attributes: {},
  status: { code: 0 },
  events: [],
  links: []
}
`

func TestNodeConsoleIsRead(t *testing.T) {
	r := codec.NewReader(strings.NewReader(nodeExample), "test")
	spans, err := drain(r)
	if err != nil || r.Format() != codec.NodeConsole {
		t.Fatalf("%v, format %s", err, r.Format())
	}
	if w := r.Warnings(); len(w) != 1 || w[0].Kind != codec.NotATrace || w[0].Count != 2 {
		t.Errorf("warnings %v, want two lines that aren't traces", w)
	}
	const want = "shop: GET /a (root)\n  shop: load !error\n"
	if diff := cmp.Diff(want, tree(spans, tracetree.Full)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	load := spans[0]
	load.Origin = nil
	checkEqual(t, []tracetree.Span{{
		TraceID: spans[1].TraceID, SpanID: tracetree.SpanID{7: 2}, Parent: tracetree.SpanID{7: 1}, Name: "load",
		Kind:  tracetree.KindInternal,
		Start: 1_700_000_000_010_000_000, End: 1_700_000_000_020_000_500, Status: tracetree.StatusError, StatusMessage: "no",
		Attributes: []tracetree.Attr{
			{Key: "db.query.text", Value: tracetree.String("SELECT a, b FROM t WHERE x = 'y'")},
			{Key: "big", Value: tracetree.String("[Object]")},
			{Key: "list", Value: tracetree.JSON(`[1,2,"... 3 more items"]`)},
			{Key: "ok", Value: tracetree.Bool(true)},
		},
		Events: []tracetree.Event{
			{Name: "retry", Time: 1_700_000_000_015_000_000, Attributes: []tracetree.Attr{{Key: "n", Value: tracetree.Int(1)}}},
		},
	}}, []tracetree.Span{load})
}

func TestNodeConsoleThatIsCutOffCostsTheSpan(t *testing.T) {
	cut := nodeExample[strings.Index(nodeExample, "GET /a 200"):]
	input := cut[:len(cut)/2] + "\n" + strings.TrimPrefix(cut, "GET /a 200\n")
	spans, warnings := read(t, input)
	if len(spans) != 1 || len(warnings) == 0 {
		t.Errorf("%d spans, warnings %v; want the second one", len(spans), warnings)
	}
}
