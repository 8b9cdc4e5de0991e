package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func spanFile(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "spans.json")
	if err := os.WriteFile(name, []byte(spanJSON), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestViewOpensThePage(t *testing.T) {
	t.Setenv("BROWSER", "true") // a program that does nothing
	s := start(t, "view", spanFile(t), "--open")
	url := s.find(t, `The page is at (http://127\.0\.0\.1:\d+/)#/trace/5b8efff798038103d269b633813fc60c`)
	for path, want := range map[string]string{
		"": "<tl-app>",
		"api/v1/traces/5b8efff798038103d269b633813fc60c.tree": "shop: order (root)",
		"api/v1/scenarios": `"scenarios":[]`,
	} {
		if code, body := request(t, "GET", url+path, ""); code != 200 || !strings.Contains(body, want) {
			t.Errorf("%s: %d %s, want %s", path, code, body, want)
		}
	}
	if code, _ := request(t, "GET", url+"api/v1/traces", "", "Origin", "https://evil.example"); code != 403 {
		t.Errorf("a request of another site: %d, want 403", code)
	}
}

func TestViewWritesAPage(t *testing.T) {
	var stdout, stderr bytes.Buffer
	if code := Run(t.Context(), []string{"view", spanFile(t), "--format", "html"}, nil, &stdout, &stderr); code != exitOK {
		t.Fatalf("exit code %d: %s", code, &stderr)
	}
	if page := stdout.String(); !strings.HasPrefix(page, "<!doctype html>") || !strings.Contains(page, "shop: order") {
		t.Errorf("output: %.300s", page)
	}
}

func TestServeHasThePage(t *testing.T) {
	s := serve(t, "--only", "page")
	url := s.find(t, `The page is at (http://\S+/)`)
	if code, body := request(t, "GET", url, ""); code != 200 || !strings.Contains(body, "<tl-app>") {
		t.Errorf("the page: %d %s", code, body)
	}
	if code, body := request(t, "POST", url+"api/v1/scenarios/create-task", ""); code != 200 || !strings.Contains(body, `"traces":1`) {
		t.Errorf("a scenario: %d %s", code, body)
	}
}
