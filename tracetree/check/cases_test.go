package check_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tracelab/tracetree/check"
)

// Files of other programs' shape, each with what one check finds in it.
func TestCases(t *testing.T) {
	tests := []struct {
		file, id string
		want     []string
	}{
		{"11-rabbitmq-default-exchange.json", "attribute-form", nil},
		{"11-rabbitmq-default-exchange.json", "required-attributes", nil},
		{"25-grpc-server-not-found-as-error.json", "error-status", []string{
			"warning: the gRPC code of the server is NOT_FOUND and the status is ERROR",
		}},
	}
	for _, test := range tests {
		t.Run(test.file+" "+test.id, func(t *testing.T) {
			in := inputFrom(t, filepath.Join("testdata", "cases", test.file))
			wantSeen(t, check.Run([]check.Check{checkNamed(t, test.id)}, in, check.Config{}), test.want)
		})
	}
}

// All findings of severity error in these files were reviewed: each is true.
func TestErrorsInCases(t *testing.T) {
	const golden = "testdata/cases/errors.txt"
	var files []string
	for _, pattern := range []string{"testdata/cases/*.json", "../codec/testdata/cases/*.json"} {
		matches, err := filepath.Glob(pattern)
		if err != nil || len(matches) == 0 {
			t.Fatalf("no files %s: %v", pattern, err)
		}
		files = append(files, matches...)
	}
	var b strings.Builder
	for _, file := range files {
		for _, f := range check.Run(check.All(), inputFrom(t, file), check.Config{}).Findings {
			if f.Severity == check.Error {
				fmt.Fprintf(&b, "%s: %s: %s\n", filepath.Base(file), f.Check, f.Seen)
			}
		}
	}
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("errors (-want +got):\n%s", diff)
	}
}
