package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tracelab/internal/slow"
	"tracelab/live/api"
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

// The mystery's answer has everything to grade what a reader chooses, and exactly the fault's own
// option is always right.
func TestThePagesMysteryIsGraded(t *testing.T) {
	url := serve(t, "--only", "page").find(t, `The page is at (http://\S+/)`)
	for range slow.Times(20, 3) {
		code, body := request(t, "POST", url+"api/v1/scenarios/mystery", "")
		var got api.Uploaded
		if err := json.Unmarshal([]byte(body), &got); err != nil || code != 200 || got.Spans == 0 || got.Riddle == nil {
			t.Fatalf("%d %s, %v", code, body, err)
		}
		right := false
		for _, option := range got.Riddle.Options {
			right = right || option.Text == got.Riddle.Fault && option.Accepted
			if len(option.Reasons) == 0 {
				t.Errorf("option %q has no reasons", option.Text)
			}
		}
		if !right || len(got.Riddle.Options) < 2 {
			t.Errorf("the fault %q is not among the accepted options: %+v", got.Riddle.Fault, got.Riddle.Options)
		}
		if code, body := request(t, "GET", url+"api/v1/scenarios", ""); !strings.Contains(body, `"`+got.Riddle.Scenario+`"`) {
			t.Errorf("the story %s is not listed: %d", got.Riddle.Scenario, code)
		}
	}
}
