package session

import (
	"os"
	"strings"
	"testing"
)

// TestDocumentation tests that docs/sessions.md has every route.
func TestDocumentation(t *testing.T) {
	text, err := os.ReadFile("../../docs/sessions.md")
	if err != nil {
		t.Fatal(err)
	}
	for route := range New(Config{}).routes() {
		if !strings.Contains(string(text), "| `"+route+"` |") {
			t.Errorf("docs/sessions.md has no row for %s", route)
		}
	}
}
