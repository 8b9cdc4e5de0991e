package cli_test

import (
	"encoding/json"
	"encoding/xml"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tracelab/cli"
)

// Output for other programs is valid for parsers that aren't ours.
func TestFindingsAreValidForOtherParsers(t *testing.T) {
	dir := t.TempDir()
	tree, capture := filepath.Join(dir, "bad.tree"), filepath.Join(dir, "bad.json")
	const bad = "shop: GET /cart (root) {user=ann@example.com, \"odd key\"=<x>}\n  shop: \"handler <&> ]]> \\x00\""
	if err := os.WriteFile(tree, []byte(bad), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(code int, args ...string) string {
		t.Helper()
		var stdout, stderr strings.Builder
		if got := cli.Run(t.Context(), args, nil, &stdout, &stderr); got != code {
			t.Fatalf("%v: exit code %d, want %d: %s", args, got, code, stderr.String())
		}
		return stdout.String()
	}
	run(0, "simulate", tree, "--export", capture)

	var findings struct {
		Version       int `json:"schema_version"`
		Traces, Spans int
		Findings      []struct {
			Check, Severity, Seen, Expected string
			TraceID                         string   `json:"trace_id"`
			SpanID                          string   `json:"span_id"`
			Service, Label                  string   `json:",omitempty"`
			Causes                          []string `json:",omitempty"`
			Related                         []any    `json:",omitempty"`
		}
	}
	decoder := json.NewDecoder(strings.NewReader(run(1, "check", "--format", "json", capture)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&findings); err != nil {
		t.Fatal(err)
	}
	if findings.Version != 1 || findings.Traces != 1 || findings.Spans != 2 || len(findings.Findings) == 0 {
		t.Errorf("%d traces, %d spans, %d findings", findings.Traces, findings.Spans, len(findings.Findings))
	}
	for _, f := range findings.Findings {
		if f.Check == "" || f.Severity == "" || f.Seen == "" || f.Expected == "" {
			t.Errorf("a finding lacks something: %+v", f)
		}
	}

	var suite struct {
		XMLName  xml.Name `xml:"testsuite"`
		Tests    int      `xml:"tests,attr"`
		Failures int      `xml:"failures,attr"`
		Cases    []struct {
			Name    string `xml:"name,attr"`
			Failure *struct {
				Message string `xml:"message,attr"`
				Text    string `xml:",chardata"`
			} `xml:"failure"`
		} `xml:"testcase"`
	}
	if err := xml.Unmarshal([]byte(run(1, "check", "--format", "junit", capture)), &suite); err != nil {
		t.Fatal(err)
	}
	failed := 0
	for _, c := range suite.Cases {
		if c.Failure != nil {
			failed++
			if c.Failure.Message == "" || c.Failure.Text == "" {
				t.Errorf("%s failed without saying why", c.Name)
			}
		}
	}
	if len(suite.Cases) != suite.Tests || failed != suite.Failures || failed == 0 {
		t.Errorf("%d cases of %d, %d failures of %d", len(suite.Cases), suite.Tests, failed, suite.Failures)
	}
}
