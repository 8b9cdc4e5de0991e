package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tracelab/cli"
)

// Every place of a capture has a secret of its own, and no command prints one
// in any of its forms.
func TestNoOutputHasASecret(t *testing.T) {
	secrets := []string{
		"ann.one@example.com", "hunter2hunter2", "4111111111111111", "sk_live_abcdefghijklmnop1", "ann.two@example.com",
		"ann.three@example.com", "abcdefghijklmnop1234567", "hunter3hunter3",
	}
	const tree = `shop: GET /cart (root) !error="login of ann.one@example.com" {db.password=hunter2hunter2, card=4111111111111111, note="key sk_live_abcdefghijklmnop1"}
  db: Query (carts of ann.two@example.com table)
  shop: "mail ann.three@example.com"
  shop: fetch {url.full="http://h/x?access_token=abcdefghijklmnop1234567", auth="password=hunter3hunter3"}
`
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	seen := write("seen.tree", tree)
	other := write("other.tree",
		strings.ReplaceAll(strings.ReplaceAll(tree, "hunter2hunter2", "hunter4hunter4"), "one@", "uno@"))
	silenced := write("silenced.yaml",
		"checks:\n  sensitive-attribute: {level: \"off\", reason: \"password=hunter5hunter5\"}\n")
	capture, second := filepath.Join(dir, "seen.json"), filepath.Join(dir, "other.json")
	secrets = append(secrets, "hunter4hunter4", "hunter5hunter5", "uno@example.com")
	run := func(args ...string) string {
		var stdout, stderr strings.Builder
		cli.Run(t.Context(), args, nil, &stdout, &stderr)
		return stdout.String() + stderr.String()
	}
	run("simulate", seen, "--export", capture)
	run("simulate", other, "--export", second)
	if text, err := os.ReadFile(capture); err != nil || !strings.Contains(string(text), secrets[0]) {
		t.Fatalf("the capture has no secrets: %v", err)
	}
	commands := [][]string{
		{"simulate", seen},
		{"simulate", seen, "--format", "text"},
		{"view", capture, "--attributes", "--ids", "--full"},
		{"view", capture, "--limit", "0"},
		{"view", capture, "--map"},
		{"view", capture, "--map", "--format", "json"},
		{"view", capture, "--map", "--format", "dot"},
		{"view", capture, "--stats"},
		{"view", capture, "--stats", "--format", "json"},
		{"view", capture, "--critical-path"},
		{"view", capture, "--critical-path", "--format", "json"},
		{"expect", capture, "--tree", other},
		{"expect", capture, "--tree", other, "--any"},
		{"diff", capture, second},
		{"diff", capture, second, "--attributes"},
		{"diff", capture, second, "--attributes", "--format", "json"},
		{"convert", capture},
		{"convert", capture, "--to", "stdouttrace"},
		{"check", capture, "--config", silenced},
	}
	for _, format := range []string{"tree", "text"} {
		commands = append(commands, []string{"view", capture, "--format", format, "--attributes"})
	}
	for _, format := range []string{"json", "otlp", "mermaid", "sequence", "dot", "html"} {
		commands = append(commands, []string{"view", capture, "--format", format})
	}
	for _, format := range []string{"text", "json", "junit", "markdown", "github"} {
		commands = append(commands,
			[]string{"check", capture, "--format", format, "--expect", other},
			[]string{"check", capture, "--format", format, "--config", silenced})
	}
	for _, args := range commands {
		out := run(args...)
		if out == "" {
			t.Errorf("%v prints nothing", args)
		}
		for _, secret := range secrets {
			if strings.Contains(out, secret) {
				t.Errorf("%v prints %s", args[:1+len(args)/2], secret)
			}
		}
	}
}
