package codec_test

import (
	"fmt"
	"log"
	"os"
	"strings"

	"tracelab/tracetree"
	"tracelab/tracetree/codec"
)

func ExampleReadAll() {
	const zipkin = `[
		{"traceId":"a1","id":"2","parentId":"1","kind":"CLIENT","name":"query","localEndpoint":{"serviceName":"shop"}},
		{"traceId":"a1","id":"1","kind":"SERVER","name":"get /cart","localEndpoint":{"serviceName":"shop"}}]`
	spans, _, err := codec.ReadAll(strings.NewReader(zipkin), "cart.json")
	if err != nil {
		log.Print(err)
		return
	}
	fmt.Print(tracetree.Format(tracetree.Build(spans)))
	// Output:
	// shop: get /cart (root)
	//   shop: query
}

func ExampleWriteOTLPJSON() {
	spans := []tracetree.Span{
		{TraceID: tracetree.TraceID{15: 1}, SpanID: tracetree.SpanID{7: 2}, Name: "order", Start: 1, End: 2},
	}
	if err := codec.WriteOTLPJSON(os.Stdout, spans); err != nil {
		log.Print(err)
	}
	// Output:
	// {"resourceSpans":[{"resource":{},"scopeSpans":[{"scope":{},"spans":[{"traceId":"00000000000000000000000000000001","spanId":"0000000000000002","name":"order","startTimeUnixNano":"1","endTimeUnixNano":"2","status":{}}]}]}]}
}

func ExampleLosses() {
	origin := &tracetree.Origin{ResourceSchema: "https://opentelemetry.io/schemas/1.26.0"}
	spans := []tracetree.Span{{Name: "order", Start: 1, Origin: origin}}
	for _, what := range codec.Losses(codec.StdoutTrace, spans) {
		fmt.Println(what)
	}
	// Output:
	// unknown durations, which become 0
	// schema URLs of resources
}

func ExampleReader() {
	const lines = `{"traceId":"a1","id":"1","name":"get /cart"}
listening on :8080
{"traceId":"a1","id":"2","parentId":"1","name":"query","timestamp":"soon"}`
	r := codec.NewReader(strings.NewReader(lines), "cart.json")
	for {
		spans, err := r.Next()
		if err != nil { // io.EOF after the last span
			break
		}
		fmt.Print(tracetree.Format(tracetree.Build(spans)))
	}
	for _, w := range r.Warnings() {
		if w.Lost() {
			fmt.Println(w)
		}
	}
	// Output:
	// unknown_service: get /cart (root)
	// cart.json: line 3, column 68 ($.timestamp): found "soon", want a time as a number: the span 0000000000000002 is left out
}

func ExampleToPData() {
	spans := []tracetree.Span{{TraceID: tracetree.TraceID{15: 1}, SpanID: tracetree.SpanID{7: 2}, Name: "order"}}
	traces := codec.ToPData(spans)
	fmt.Println(traces.SpanCount(), codec.FromPData(traces)[0].Name)
	// Output: 1 order
}

func ExampleWriteStdoutTrace() {
	spans, _, err := codec.ReadAll(strings.NewReader(`{"traceId":"a1","id":"1","name":"get /cart"}`), "cart.json")
	if err == nil {
		var text strings.Builder
		if err = codec.WriteStdoutTrace(&text, spans); err == nil {
			fmt.Println(strings.Count(text.String(), "\n"))
		}
	}
	// Output: 1
}
