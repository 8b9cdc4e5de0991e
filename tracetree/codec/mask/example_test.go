package mask_test

import (
	"fmt"

	"tracelab/tracetree"
	"tracelab/tracetree/codec/mask"
)

func ExampleSpans() {
	spans := []tracetree.Span{{Name: "login", StatusMessage: "password=hunter2 is wrong"}}
	changed := mask.Spans(spans)
	fmt.Println(changed, spans[0].StatusMessage)
	// Output: 1 password=[redacted] is wrong
}

func ExampleNew() {
	masker := mask.New()
	for _, batch := range [][]tracetree.Span{{{Name: "token=abc"}}, {{Name: "login"}}} {
		fmt.Println(masker.Spans(batch), batch[0].Name)
	}
	// Output:
	// 1 token=[redacted]
	// 0 login
}
