package tracetree_test

import (
	"fmt"
	"slices"

	"tracelab/tracetree"
)

// exampleSpans are a request and the database call that it makes.
func exampleSpans() []tracetree.Span {
	shop := &tracetree.Origin{Resource: []tracetree.Attr{{Key: "service.name", Value: tracetree.String("shop")}}}
	return []tracetree.Span{
		{
			TraceID: tracetree.TraceID{1}, SpanID: tracetree.SpanID{1}, Name: "GET /cart", Origin: shop,
			Kind: tracetree.KindServer,
			Attributes: []tracetree.Attr{
				{Key: "http.request.method", Value: tracetree.String("GET")},
				{Key: "http.route", Value: tracetree.String("/cart")},
			},
		},
		{
			TraceID: tracetree.TraceID{1}, SpanID: tracetree.SpanID{2}, Parent: tracetree.SpanID{1}, Name: "select",
			Origin: shop,
			Kind:   tracetree.KindClient, Status: tracetree.StatusError,
			Attributes: []tracetree.Attr{
				{Key: "db.system.name", Value: tracetree.String("postgresql")},
				{Key: "db.operation.name", Value: tracetree.String("SELECT")},
				{Key: "db.collection.name", Value: tracetree.String("carts")},
				{Key: "error.type", Value: tracetree.String("timeout")},
			},
		},
	}
}

func ExampleBuild() {
	forest := tracetree.Build(exampleSpans())
	for top := range forest.Tops() {
		fmt.Println(top.Span().Name, len(slices.Collect(top.Children())), top.Has(tracetree.Root))
	}
	// Output: GET /cart 1 true
}

func ExampleFormat() {
	fmt.Print(tracetree.Format(tracetree.Build(exampleSpans())))
	// Output:
	// shop: GET /cart (root)
	//   db: SELECT (carts table) !error=timeout
}

func ExampleLines() {
	for _, line := range tracetree.Lines(tracetree.Build(exampleSpans())) {
		fmt.Println(line.Depth, line.Node.Span().Kind, line.Text)
	}
	// Output:
	// 0 server shop: GET /cart (root)
	// 1 client   db: SELECT (carts table) !error=timeout
}

func ExampleNewView() {
	view := tracetree.NewView(tracetree.Build(exampleSpans()))
	for i := range view.Len() {
		fmt.Println(i, view.Place(i).Parent, view.Line(i).Text)
	}
	// Output:
	// 0 -1 shop: GET /cart (root)
	// 1 0   db: SELECT (carts table) !error=timeout
}

func ExampleForest_Lookup() {
	forest := tracetree.Build(exampleSpans())
	node, ok := forest.Lookup(tracetree.TraceID{1}, tracetree.SpanID{2})
	if !ok {
		fmt.Println("not found")
		return
	}
	parent, _ := node.Parent()
	fmt.Println(node.Span().Name, "below", parent.Span().Name)
	// Output: select below GET /cart
}

func ExampleLabel() {
	for _, span := range exampleSpans() {
		fmt.Println(tracetree.Label(&span))
	}
	// Output:
	// shop: GET /cart
	// db: SELECT (carts table)
}

func ExampleParse() {
	_, err := tracetree.Parse("shop: GET /cart (root)\n  db: SELECT (carts table) !eror")
	fmt.Println(err)
	// Output:
	// line 2, column 28: unknown annotation: want "(root)", "(orphan)", "(cycle)", "(duplicate)", "(in order)", "!error", "[duration]", "{attributes}" or "← linked span"
	//     db: SELECT (carts table) !eror
	//                              ^
}

func ExamplePattern_String() {
	pattern, err := tracetree.Parse("shop: GET /cart    (root)  # what customers do\n  ?x db: *")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(pattern)
	// Output:
	// shop: GET /cart (root)
	//   ?x db: *
}

func ExamplePattern_Lines() {
	pattern, err := tracetree.Parse("shop: GET /cart (root) [<50ms]\n  2x db: SELECT (carts table) {@kind=client}")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, line := range pattern.Lines() {
		fmt.Println(line.Depth, line.Min, line.Label(), len(line.Conditions), line.Timing != nil)
	}
	// Output:
	// 0 1 shop: GET /cart 0 true
	// 1 2 db: SELECT (carts table) 1 false
}

func ExamplePattern_Match() {
	pattern, err := tracetree.Parse("shop: GET /cart (root)\n  db: SELECT (carts table)")
	if err != nil {
		fmt.Println(err)
		return
	}
	if report := pattern.Match(tracetree.Build(exampleSpans())); report != nil {
		fmt.Print(report)
	}
	// Output:
	//   shop: GET /cart (root)
	// ~   db: SELECT (carts table)          want no error, got !error=timeout
	// 1 status differs.
}

func ExampleParseTraceID() {
	id, err := tracetree.ParseTraceID("4bf92f3577b34da6a3ce929d0e0e4736")
	fmt.Println(id, err)
	_, err = tracetree.ParseTraceID("4bf9")
	fmt.Println(err)
	// Output:
	// 4bf92f3577b34da6a3ce929d0e0e4736 <nil>
	// parse trace id: "4bf9" has 4 characters, want 32 hexadecimal digits
}

func ExampleString() {
	region := tracetree.Attr{Key: "cloud.region", Value: tracetree.String("eu-west-1")}
	fmt.Println(region.Key, region.Value.Text())
	// Output: cloud.region eu-west-1
}

func ExampleInt() {
	n, ok := tracetree.Int(200).AsInt()
	fmt.Println(n, ok)
	// Output: 200 true
}

func ExampleFloat() {
	f, ok := tracetree.Float(0.25).AsFloat()
	fmt.Println(f, ok)
	// Output: 0.25 true
}

func ExampleBool() {
	sampled := tracetree.Bool(true)
	fmt.Println(sampled == tracetree.Bool(true), sampled == tracetree.String("true"))
	// Output: true false
}

func ExampleJSON() {
	tables := tracetree.JSON(`["tasks"]`)
	fmt.Println(tables.Kind(), tables.Text())
	// Output: json ["tasks"]
}

func ExampleValue_Text() {
	for _, v := range []tracetree.Value{
		tracetree.String("a b"), tracetree.Int(-1), tracetree.Float(0.25), tracetree.Bool(true), tracetree.JSON(`["a"]`), {},
	} {
		fmt.Printf("%s %q\n", v.Kind(), v.Text())
	}
	// Output:
	// string "a b"
	// int "-1"
	// float "0.25"
	// bool "true"
	// json "[\"a\"]"
	// empty ""
}

func ExampleTidy() {
	tidy, err := tracetree.Tidy("shop: GET /cart  {http.route=/cart} (root)   # the entry\n" +
		"  db: Query (carts)  │ ███ │ 3ms")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(tidy)
	// Output:
	// shop: GET /cart (root) {http.route=/cart}  # the entry
	//   db: Query (carts)
}

func ExampleMeaningOf() {
	meaning := tracetree.MeaningOf(&tracetree.Span{
		Kind: tracetree.KindServer,
		Attributes: []tracetree.Attr{
			{Key: "http.request.method", Value: tracetree.String("GET")},
			{Key: "http.route", Value: tracetree.String("/tasks/:id")},
			{Key: "http.response.status_code", Value: tracetree.Int(404)},
		},
	})
	fmt.Println(meaning.Class, meaning.HTTPMethod, meaning.Route, meaning.HTTPStatus)
	// Output: http server GET /tasks/:id 404
}
