package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tracelab/lab"
)

// Commands read from a backend what they read from files.
func TestCommandsReadFromABackend(t *testing.T) {
	dir := t.TempDir()
	run := func(args ...string) (code int, stdout, stderr string) {
		var out, errs strings.Builder
		code = Run(t.Context(), args, nil, &out, &errs)
		return code, out.String(), errs.String()
	}
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	_, trace, _ := run("run", "--format", "json")
	file, tree := write("trace.json", trace), write("expected.tree", lab.ExpectedTree)
	other := write("other.tree", "shop: GET /cart (root)\n")
	at := serve(t, file, "--only", "page").find(t, `(http://\S+)/\n`)
	tracelab, jaeger := "tracelab="+at, "jaeger="+at
	search := func(source string, more ...string) []string {
		return append([]string{"--from", source, "--service", "api-gateway", "--operation", "POST /tasks"}, more...)
	}
	tests := []struct {
		reason, command string
		args            []string
		code            int
		stdout, stderr  string // parts of the outputs
	}{
		{"the expected tree", "expect", search(tracelab, "--tree", tree), 0, "", ""},
		{"as Jaeger", "expect", search(jaeger, "--tree", tree), 0, "", ""},
		{"as Jaeger, by the path of its API", "expect", search(jaeger+"/api", "--tree", tree), 0, "", ""},
		{"a file", "expect", search("otlp-file="+file, "--tree", tree), 0, "", ""},
		{"another tree", "expect", search(jaeger, "--tree", other), 1, "shop: GET /cart", ""},
		{"no such trace", "expect", search(jaeger, "--tree", tree, "--lookback", "1ns"), 1, "", ""},
		{
			"no such operation", "view",
			[]string{"--from", jaeger, "--service", "worker", "--operation", "tick"},
			1, "",
			`worker has no operation "tick"; it has DynamoDB.UpdateItem, process task-created`,
		},
		{"no such trace in a file", "check", search("otlp-file="+file, "--lookback", "1ns"), 2, "", "no spans in " + file},
		{"a tree", "view", search(tracelab), 0, "worker: process task-created", ""},
		{"checks", "check", search(tracelab), 0, "", ""},
		{"nothing to check", "check", []string{"--from", tracelab, "--service", "x"}, 2, "", "no spans in " + tracelab},
		{"two backends", "diff", search(tracelab, "--from", jaeger), 0, "", ""},
		{"a file and a backend", "diff", search(jaeger, file), 0, "", ""},
		{"one input to compare", "diff", []string{file}, 2, "", "1 files and backends are given: want two"},
		{"a challenge", "challenge", []string{"--from", tracelab}, 0, "", ""},
		{
			"without a service", "view",
			[]string{"--from", jaeger},
			2, "",
			"want --service, one of api-gateway, task-service, worker",
		},
		{"no input", "expect", []string{"--tree", tree}, 2, "", "no traces to read: want a file, or a backend with --from"},
		{"an unknown backend", "view", []string{"--from", "zipkin=http://x"}, 2, "", "--from: unknown kind"},
		{"a flag for backends", "expect", []string{file, "--tree", tree, "--limit", "3"}, 2, "", "--limit is for --from"},
		{"a flag for backends", "view", []string{file, "--lookback", "1h"}, 2, "", "--lookback is for --from"},
		{"a flag for backends", "challenge", []string{"--from", file, "--limit", "3"}, 2, "", "--limit is for a backend"},
		{"a query for Tempo", "check", []string{"--from", jaeger, "--traceql", "{}"}, 2, "", "--traceql is for tempo"},
		{
			"a query with two forms", "check", search("tempo=http://x", "--traceql", "{}"), 2, "",
			"--operation and --service have no effect next to --traceql",
		},
		{"a bad ID", "check", []string{"--from", jaeger, "--trace", "xyz"}, 2, "", `--trace is "xyz": want the 32 digits`},
	}
	for _, test := range tests {
		code, stdout, stderr := run(append([]string{test.command}, test.args...)...)
		if code != test.code || !strings.Contains(stdout, test.stdout) || !strings.Contains(stderr, test.stderr) {
			t.Errorf("%s: %s %s: exit code %d, want %d\n%s%s", test.reason, test.command, strings.Join(test.args, " "),
				code, test.code, stdout, stderr)
		}
	}
}

// The newest traces of a file are selected as those of a backend are.
func TestNewestTracesOfAFile(t *testing.T) {
	dir := t.TempDir()
	text := ""
	for _, name := range []string{"GET /a", "GET /b", "GET /a", "GET /c"} {
		tree, file := filepath.Join(dir, "x.tree"), filepath.Join(dir, "x.json")
		if err := os.WriteFile(tree, []byte("shop: "+name+" (root)\n  shop: step\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		if code := Run(t.Context(), []string{"simulate", tree, "--export", file}, nil, &out, &out); code != 0 {
			t.Fatalf("simulate: exit code %d: %s", code, out.String())
		}
		one, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text += string(one)
	}
	file := filepath.Join(dir, "all.jsonl")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	tree := filepath.Join(dir, "x.tree")
	for _, test := range []struct {
		trees int
		args  []string
	}{
		{4, nil},
		{3, []string{"--limit", "3"}},
		{2, []string{"--operation", "GET /a"}},
		{1, []string{"--operation", "GET /a", "--limit", "1"}},
		{0, []string{"--service", "mail"}},
		{4, []string{"--lookback", "1h"}},
		{0, []string{"--lookback", "1ns"}},
	} {
		var out strings.Builder
		args := append([]string{"expect", "--format", "json", "--from", "otlp-file=" + file, "--tree", tree}, test.args...)
		Run(t.Context(), args, nil, &out, &out)
		if want := fmt.Sprintf(`"trees": %d,`, test.trees); !strings.Contains(out.String(), want) {
			t.Errorf("%v: want %s:\n%s", test.args, want, out.String())
		}
	}
}
