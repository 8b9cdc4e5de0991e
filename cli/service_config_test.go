package cli

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"tracelab/cli/command"
)

// serviceOutput runs a service command that ends by itself.
func serviceOutput(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs strings.Builder
	code = Run(t.Context(), append([]string{"service"}, args...), nil, &out, &errs)
	return code, out.String(), errs.String()
}

// configFile writes a configuration file and makes its folder the working directory.
func configFile(t *testing.T, text string) {
	t.Helper()
	t.Chdir(t.TempDir())
	if err := os.WriteFile("a.yaml", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Every flag of the command is a setting, so that a new flag can't be forgotten in files.
func TestServiceSettingsAreTheFlags(t *testing.T) {
	var flags []string
	var collect func(reflect.Type)
	collect = func(command reflect.Type) {
		for field := range command.Fields() {
			switch name := field.Tag.Get("name"); {
			case field.Anonymous:
				collect(field.Type)
			case field.Tag.Get("env") == "" || field.Name == "Config":
			case name != "":
				flags = append(flags, name)
			default:
				variable := strings.TrimPrefix(field.Tag.Get("env"), "TRACELAB_")
				flags = append(flags, strings.ToLower(strings.ReplaceAll(variable, "_", "-")))
			}
		}
	}
	collect(reflect.TypeFor[serviceCommand]())
	var settings []string
	for _, s := range new(serviceCommand).settings() {
		settings = append(settings, s.name)
		s.read() // panics for a type that it doesn't read
	}
	if diff := cmp.Diff(flags, settings); diff != "" {
		t.Errorf("(-flags +settings):\n%s", diff)
	}
}

func TestServiceConfigPrecedence(t *testing.T) {
	for _, tt := range []struct {
		reason, file        string
		env                 map[string]string
		args, want, leftOut string
	}{
		{
			reason: "no file", args: "worker",
			want: "table: tasks # default\nconsumer: child # default\ndrain: 30s # default\n# health: # default\n",
		},
		{
			reason: "the address depends on the service", args: "taskservice",
			want: "listen: 127.0.0.1:50051 # default\n", leftOut: "tasks:",
		},
		{
			reason: "the file", args: "worker --config a.yaml", file: "table: a\nconsumer: link\ndrain: 1.5s\n",
			want: "table: a # a.yaml\nqueue: task-events # default\nconsumer: link # a.yaml\ndrain: 1.5s # a.yaml\n",
		},
		{
			reason: "a variable wins over the file", args: "worker --config a.yaml", file: "table: a\nqueue: a\n",
			env:  map[string]string{"TRACELAB_TABLE": "b"},
			want: "table: b # TRACELAB_TABLE\nqueue: a # a.yaml\n",
		},
		{
			reason: "a flag wins over both", args: "worker --config a.yaml --table c", file: "table: a\n",
			env:  map[string]string{"TRACELAB_TABLE": "b"},
			want: "table: c # --table\n",
		},
		{
			reason: "a flag with its default wins, too", args: "worker --config a.yaml --table tasks", file: "table: a\n",
			want: "table: tasks # --table\n",
		},
		{
			reason: "a variable names the file", args: "gateway", file: "insecure: true\nattempts: 5\n",
			env:  map[string]string{"TRACELAB_CONFIG": "a.yaml", "TRACELAB_TABLE": "not the gateway's"},
			want: "insecure: true # a.yaml\nattempts: 5 # a.yaml\ntasks: 127.0.0.1:50051 # default\n",
		},
		{reason: "an empty file", args: "gateway --config a.yaml", want: "insecure: false # default\n"},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			configFile(t, tt.file)
			for name, value := range tt.env {
				t.Setenv(name, value)
			}
			code, out, errs := serviceOutput(t, append(strings.Fields(tt.args), "--print-config")...)
			if code != exitOK {
				t.Fatalf("exit code %d: %s", code, errs)
			}
			lines := strings.Split(strings.Join(strings.FieldsFunc(out, func(r rune) bool { return r == ' ' }), " "), "\n")
			for want := range strings.Lines(tt.want) {
				if !slices.Contains(lines, strings.TrimSpace(want)) {
					t.Errorf("no line %q in\n%s", want, out)
				}
			}
			if tt.leftOut != "" && strings.Contains(out, tt.leftOut) {
				t.Errorf("%q is in\n%s", tt.leftOut, out)
			}
		})
	}
}

// The printed settings are a file that sets the same.
func TestServicePrintConfigIsAConfig(t *testing.T) {
	for _, args := range []string{
		"gateway --insecure --health :0 --attempts 2", "worker --consumer batch --drain 90s --table 1",
		"taskservice --grpc-cert #a --grpc-key 'x:', --queue true",
	} {
		t.Chdir(t.TempDir())
		code, first, errs := serviceOutput(t, append(strings.Fields(args), "--print-config")...)
		if code != exitOK {
			t.Fatalf("%s: exit code %d: %s", args, code, errs)
		}
		if err := os.WriteFile("a.yaml", []byte(first), 0o600); err != nil {
			t.Fatal(err)
		}
		code, second, errs := serviceOutput(t, strings.Fields(args)[0], "--config", "a.yaml", "--print-config")
		values := func(text string) (lines []string) {
			for line := range strings.Lines(text) {
				before, _, _ := strings.Cut(line, "  ")
				lines = append(lines, strings.TrimSpace(before))
			}
			return lines
		}
		if diff := cmp.Diff(values(first), values(second)); code != exitOK || diff != "" {
			t.Errorf("%s: exit code %d, %s (-first +second):\n%s", args, code, errs, diff)
		}
	}
}

func TestServiceConfigMistakesHaveTheirPlace(t *testing.T) {
	for _, tt := range []struct{ reason, service, file, want string }{
		{
			"a field that nearly is one", "worker", "drain: 1s\ntabel: a\n",
			"a.yaml:2:1: unknown field \"tabel\" in the configuration: want health, table, queue, consumer, visibility, " +
				"xray, drain" +
				"; did you mean table?\n  tabel: a\n  ^",
		},
		{
			"a field of another service", "worker", "tasks: x",
			"a.yaml:1:1: tasks is for the gateway: want health, table, queue,",
		},
		{"a word", "worker", "consumer: parent", "a.yaml:1:11: consumer is \"parent\": want child, link, batch"},
		{"a duration", "worker", "drain: 30", "a.yaml:1:8: drain is \"30\": want a duration such as 200ms or 1.5s"},
		{"its bounds", "worker", "visibility: 13h", "a.yaml:1:13: visibility is 13h0m0s: want 1s to 12h0m0s"},
		{"a number", "gateway", "insecure: true\nattempts: 9", "a.yaml:2:11: attempts is 9: want a whole number from 1 to 5"},
		{"a switch", "gateway", "insecure: yes please", "a.yaml:1:11: insecure is \"yes please\": want true or false"},
		{"twice", "worker", "table: a\ntable: b", "a.yaml:2:1: this is not YAML: mapping key \"table\" already defined"},
		{"a list", "worker", "- table", "a.yaml:1:1: the configuration is a list: want lines of"},
		{"no YAML", "worker", "table: [", "a.yaml:1:8: this is not YAML"},
		{"a secret isn't shown", "worker", "consumer: password=hunter2", "consumer is \"password=[redacted]\": want child"},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			configFile(t, tt.file)
			// A variable that wins hides no mistake of the file.
			t.Setenv("TRACELAB_DRAIN", "2s")
			code, _, errs := serviceOutput(t, tt.service, "--config", "a.yaml", "--print-config")
			if code != exitUsage || !strings.Contains(errs, tt.want) || strings.Contains(errs, "hunter2") {
				t.Errorf("exit code %d, %s, want %d and %s", code, errs, exitUsage, tt.want)
			}
		})
	}
	code, _, errs := serviceOutput(t, "worker", "--config", filepath.Join(t.TempDir(), "none.yaml"))
	if code != exitUsage || !strings.Contains(errs, "--config: open ") {
		t.Errorf("no file: exit code %d, %s", code, errs)
	}
}

// The document has a row for every setting.
func TestServiceSettingsAreDocumented(t *testing.T) {
	const file, begin, end = "../docs/aws.md", "<!-- settings: written by go test ./cli -update -->\n", "<!-- end -->"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(text), begin)
	now, after, ended := strings.Cut(rest, end)
	if !found || !ended {
		t.Fatalf("%s: no place for the settings: want %s", file, begin)
	}
	want := settingsTable(t)
	if flag.Lookup("update").Value.String() == "true" { // of the package cli_test
		if err := os.WriteFile(file, []byte(before+begin+want+end+after), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(now, want); diff != "" {
		t.Errorf("%s (-file +now):\n%s\nRun go test ./cli -update after looking at it.", file, diff)
	}
}

// settingsTable returns the settings as a table in Markdown.
func settingsTable(t *testing.T) string {
	t.Helper()
	described, err := describe()
	if err != nil {
		t.Fatal(err)
	}
	g, line, err := described.Parse([]string{"service", theWorker})
	if err != nil {
		t.Fatal(err)
	}
	flags := map[string]*command.Flag{}
	for _, f := range line.Command.Accepted() {
		flags[f.Name] = f
	}
	table := "\n| setting | of | default | what it is |\n| --- | --- | --- | --- |\n"
	for _, s := range g.Service.settings() {
		f := flags[s.name]
		value, owners := "", s.owners()
		if f.HasDefault {
			value = "`" + f.Default + "`"
		}
		if len(s.services) == 3 {
			owners = "all"
		}
		table += fmt.Sprintf("| `%s` | %s | %s | %s |\n", s.name, owners, value, f.Help)
	}
	return table + "\n"
}
