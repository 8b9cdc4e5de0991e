package api_test

import (
	"os"
	"strings"
	"testing"

	"tracelab/live/api"
)

// TestDocumentation tests that docs/api.md has every route.
func TestDocumentation(t *testing.T) {
	text, err := os.ReadFile("../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, route := range api.New(api.Config{}).Routes() {
		if !strings.Contains(string(text), "| `"+route+"` |") {
			t.Errorf("docs/api.md has no row for %s", route)
		}
	}
}
