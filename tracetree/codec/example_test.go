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
	spans := []tracetree.Span{{TraceID: tracetree.TraceID{15: 1}, SpanID: tracetree.SpanID{7: 2}, Name: "order", Start: 1, End: 2}}
	if err := codec.WriteOTLPJSON(os.Stdout, spans); err != nil {
		log.Print(err)
	}
	// Output:
	// {"resourceSpans":[{"resource":{},"scopeSpans":[{"scope":{},"spans":[{"traceId":"00000000000000000000000000000001","spanId":"0000000000000002","name":"order","startTimeUnixNano":"1","endTimeUnixNano":"2","status":{}}]}]}]}
}

func ExampleLosses() {
	spans := []tracetree.Span{{Name: "order", Start: 1, Origin: &tracetree.Origin{ResourceSchema: "https://opentelemetry.io/schemas/1.26.0"}}}
	for _, what := range codec.Losses(codec.StdoutTrace, spans) {
		fmt.Println(what)
	}
	// Output:
	// unknown durations, which become 0
	// schema URLs of resources
}
