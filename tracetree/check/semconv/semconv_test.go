package semconv_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tracelab/tracetree"
	"tracelab/tracetree/check/semconv"
)

// published returns the attributes of the packages that OpenTelemetry makes of
// the conventions' registry, of the versions that a pattern names: the types by
// the keys.
func published(t testing.TB, versions string) map[string]string {
	t.Helper()
	dir, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "go.opentelemetry.io/otel").Output()
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(dir)), "semconv", versions, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no packages %s: %v", versions, err)
	}
	types := map[string]string{}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		last := ""
		for line := range strings.Lines(string(source)) {
			if _, after, ok := strings.Cut(line, "// Type: "); ok {
				last = strings.Fields(after)[0]
			} else if _, after, ok := strings.Cut(line, `attribute.Key("`); ok {
				key, _, _ := strings.Cut(after, `"`)
				types[key] = last
			}
		}
	}
	return types
}

var typeNames = map[semconv.Type][]string{
	semconv.Text: {"string", "Enum"}, semconv.Texts: {"string[]"}, semconv.Int: {"int"},
	semconv.Float: {"double"}, semconv.Bool: {"boolean"},
}

// others are names that no version of the Go packages has: those of other
// programs, and templates that were filled in.
var others = map[string]string{
	"http.path":                           "Brave",
	"kafka.topic":                         "Brave",
	"jms.queue":                           "Brave",
	"jms.topic":                           "Brave",
	"rabbit.exchange":                     "Brave",
	"rabbit.queue":                        "Brave",
	"rabbit.routing_key":                  "Brave",
	"message_bus.destination":             "OpenTracing",
	"grpc.method":                         "Grpc.AspNetCore",
	"grpc.status_code":                    "Grpc.AspNetCore, Envoy",
	"grpc.path":                           "Envoy",
	"http.request.header.content-length":  "an instance of http.request.header.<key>",
	"http.response.header.content-length": "an instance of http.response.header.<key>",
}

func TestTableAgreesWithThePublishedConventions(t *testing.T) {
	current, ever := published(t, "v"+semconv.Version+".*"), published(t, "v1.*")
	for _, a := range semconv.All() {
		switch now, known := current[a.Key]; {
		case others[a.Key] != "":
		case len(a.Renamed) > 0 && known:
			t.Errorf("%s is renamed here, but current in %s", a.Key, semconv.Version)
		case known && a.Type != semconv.AnyType && !slices.Contains(typeNames[a.Type], now):
			t.Errorf("%s is %s here, and %s in %s", a.Key, a.Type, now, semconv.Version)
		case !known && ever[a.Key] == "":
			t.Errorf("%s is in no version of the conventions", a.Key)
		}
		for _, key := range a.Renamed {
			if current[key] == "" && others[key] == "" {
				t.Errorf("%s was renamed to %s, which %s doesn't have", a.Key, key, semconv.Version)
			}
		}
	}
}

func TestEveryAttributeIsFoundOnce(t *testing.T) {
	seen := map[string]bool{}
	olds := semconv.Renames{}
	for i := range semconv.All() {
		a := &semconv.All()[i]
		if seen[a.Key] {
			t.Errorf("%s is there twice", a.Key)
		}
		seen[a.Key] = true
		if semconv.Lookup(a.Key) != a {
			t.Errorf("Lookup(%q) is another attribute", a.Key)
		}
		if (a.Old() != semconv.Renames{}) != (len(a.Renamed) > 0) {
			t.Errorf("%s: old %v, renamed to %v", a.Key, a.Old(), a.Renamed)
		}
		if olds.Without(a.Old()) != olds {
			t.Errorf("%s shares its bit", a.Key)
		}
		olds.Or(a.Old())
		for _, key := range a.Renamed {
			if left := a.Old().Without(semconv.Lookup(key).Current()); left != (semconv.Renames{}) {
				t.Errorf("%s is not known to replace %s", key, a.Key)
			}
		}
	}
	for _, key := range []string{
		"", "x", "http", "http.request.method.", "http.request.methoD", "order.id",
		strings.Repeat("x", 1000),
	} {
		if a := semconv.Lookup(key); a != nil {
			t.Errorf("Lookup(%q) = %s, want none", key, a.Key)
		}
	}
}

func TestRequiredKeysAreInTheTable(t *testing.T) {
	for class := range 8 {
		for _, r := range semconv.Required(tracetree.Class(class)) {
			a := semconv.Lookup(r.Key)
			if a == nil || a.Roles&r.Any == 0 {
				t.Errorf("%s: an attribute of that name does not satisfy its own requirement", r.Key)
			}
			if a != nil && len(a.Renamed) > 0 {
				t.Errorf("%s is an old name", r.Key)
			}
		}
	}
}

func BenchmarkOf(b *testing.B) {
	keys := []string{"http.request.method", "order.id", "db.system.name", "url.path"}
	for b.Loop() {
		for _, key := range keys {
			semconv.Lookup(key)
		}
	}
}

// The last class has requirements today. One that is added after it need not have any.
func TestClassesMayHaveNoRequirements(t *testing.T) {
	if len(semconv.Required(tracetree.ClassHTTPClient)) == 0 {
		t.Error("HTTP clients have no requirements")
	}
	if got := semconv.Required(tracetree.ClassHTTPClient + 1); got != nil {
		t.Errorf("a class after the last has the requirements %v", got)
	}
}
