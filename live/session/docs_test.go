package session_test

import (
	"os"
	"strings"
	"testing"

	"tracelab/live/session"
)

// TestDocumentation tests that docs/sessions.md has every route.
func TestDocumentation(t *testing.T) {
	text, err := os.ReadFile("../../docs/sessions.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, route := range session.New(session.Config{}).Routes() {
		if !strings.Contains(string(text), "| `"+route+"` |") {
			t.Errorf("docs/sessions.md has no row for %s", route)
		}
	}
}
