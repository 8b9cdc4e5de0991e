package check_test

import (
	"path/filepath"
	"testing"

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
