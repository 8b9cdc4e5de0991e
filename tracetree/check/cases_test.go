package check_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tracelab/internal/kinds"
	"tracelab/tracetree"
	"tracelab/tracetree/check"
	"tracelab/tracetree/codec"
)

// Files of other programs' shape, each with what one check finds in it.
func TestCases(t *testing.T) {
	const queues, notFound = "11-rabbitmq-default-exchange", "25-grpc-server-not-found-as-error"
	file := func(name string) string {
		text, err := os.ReadFile(filepath.Join("testdata", "cases", name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	edit := func(name string, pairs ...string) string { return strings.NewReplacer(pairs...).Replace(file(name)) }
	flagged := func(code string) []string {
		return []string{"warning: the gRPC code of the server is " + code + " and the status is ERROR"}
	}
	tests := []struct {
		kind             kinds.Input
		reason, text, id string
		want             []string
	}{
		{kinds.In("11"), "the default exchange has no name", file(queues), "attribute-form", nil},
		{kinds.In("11"), "nor is one required", file(queues), "required-attributes", nil},
		{
			kinds.In("11"), "the destination is left out", edit(queues, `"messaging.destination.name"`, `"x.y"`,
				`"messaging.destination"`, `"x.y"`, `"stringValue": ""`, `"stringValue": "z"`), "required-attributes", nil,
		},
		{
			kinds.Near("11"), "a topic of Kafka has a name", edit(queues, "rabbitmq", "kafka"), "attribute-form",
			[]string{"warning: messaging.destination.name is empty", "warning: messaging.destination is empty"},
		},
		{kinds.In("25"), "NOT_FOUND", file(notFound), "error-status", flagged("NOT_FOUND")},
		{
			kinds.In("25"), "a code that is a number, under its old name", edit(notFound, "rpc.response.status_code",
				"rpc.grpc.status_code", `"stringValue": "NOT_FOUND"`, `"intValue": "3"`), "error-status", flagged("INVALID_ARGUMENT"),
		},
		{kinds.Near("25"), "an error of the server itself", edit(notFound, "NOT_FOUND", "INTERNAL"), "error-status", nil},
		{kinds.Near("25"), "a client's status is ERROR", edit(notFound, `"kind": 2`, `"kind": 3`), "error-status", nil},
	}
	var inputs []kinds.Input
	for _, test := range tests {
		inputs = append(inputs, test.kind)
		t.Run(test.kind.Kind+": "+test.reason, func(t *testing.T) {
			spans, _, err := codec.ReadAll(strings.NewReader(test.text), test.kind.Kind)
			if err != nil {
				t.Fatal(err)
			}
			in := check.Input{Forest: tracetree.Build(spans)}
			wantSeen(t, check.Run([]check.Check{checkNamed(t, test.id)}, in, check.Config{}), test.want)
		})
	}
	kinds.Complete(t, "check", inputs)
}

// All findings of severity error in these captures were reviewed: each is true. REVIEW.md has the
// rules for a change of the list.
func TestErrorsInCaptures(t *testing.T) {
	golden := filepath.Join("testdata", "errors.txt")
	var b strings.Builder
	for _, pattern := range []string{
		"testdata/cases/*.json", "testdata/field/*.json", "../codec/testdata/cases/*.json",
		"../testdata/languages/*.json*",
	} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("no files %s: %v", pattern, err)
		}
		for _, file := range files {
			for _, f := range check.Run(check.All(), inputFrom(t, file), check.Config{}).Findings {
				if f.Severity == check.Error {
					fmt.Fprintf(&b, "%s: %s: %s\n", filepath.Base(file), f.Check, f.Seen)
				}
			}
		}
	}
	compareGolden(t, golden, b.String())
}
