package sampling_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"tracelab/lab/sampling"
	tsampling "tracelab/telemetry/sampling"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func builtin(t testing.TB) map[string]sampling.Policy {
	t.Helper()
	policies, err := sampling.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]sampling.Policy{}
	for _, p := range policies {
		byName[p.Name] = p
	}
	return byName
}

func TestBuiltinPolicies(t *testing.T) {
	routes := map[string]float64{
		"GET /tasks": 0.05, "GET /tasks/:id": 0.05, "POST /tasks": 1, "PATCH /tasks/:id": 1, "DELETE /tasks/:id": 1,
	}
	want := map[string]sampling.Policy{
		"head 10 %": {Name: "head 10 %", Head: sampling.Head{Default: 0.1}},
		"by route":  {Name: "by route", Head: sampling.Head{Default: 0.1, Routes: routes}},
		"by route + errors": {
			Name: "by route + errors", Head: sampling.Head{Default: 0.1, Routes: routes},
			Tail: &tsampling.TailPolicy{
				Errors: true, Rest: 1, Window: 200 * time.Millisecond, MessageWait: 10 * time.Second,
				Buffer: 64 << 20,
			},
		},
		"tail": {
			Name: "tail", Head: sampling.Head{Default: 1},
			Tail: &tsampling.TailPolicy{
				Errors: true, Slow: sampling.SlowBound, Rest: 0.05,
				Window: 200 * time.Millisecond, MessageWait: 10 * time.Second, Buffer: 64 << 20,
			},
		},
	}
	if diff := cmp.Diff(want, builtin(t)); diff != "" {
		t.Errorf("policies (-want +got):\n%s", diff)
	}
}

func TestEveryFileOfAPolicyHasAName(t *testing.T) {
	entries, err := os.ReadDir("policies")
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, entry := range entries {
		files = append(files, strings.TrimSuffix(entry.Name(), ".yaml"))
	}
	slices.Sort(files)
	names := slices.Sorted(slices.Values(sampling.Names()))
	if diff := cmp.Diff(names, files); diff != "" {
		t.Errorf("files (-names +files):\n%s", diff)
	}
	if _, err := sampling.Text("nonsense"); err == nil || !strings.Contains(err.Error(), `"by-route-errors"`) {
		t.Errorf("error is %v, want it to list the names", err)
	}
}

func TestParsePolicy(t *testing.T) {
	tests := []struct {
		name, text string
		want       sampling.Policy
	}{
		{"the file's name is the policy's", "tail: {errors: false, rest: 0}", sampling.Policy{
			Name: "mine", Head: sampling.Head{Default: 1}, Tail: &tsampling.TailPolicy{},
		}},
		{
			"ways to write a share",
			`head: {default: 0.5, routes: {GET /tasks: 5%, POST /tasks: "1", "GET /tasks/:id": 0.5 %, "DELETE /tasks/:id": 1e-3}}`,
			sampling.Policy{
				Name: "mine", Head: sampling.Head{Default: 0.5, Routes: map[string]float64{
					"GET /tasks": 0.05, "POST /tasks": 1, "GET /tasks/:id": 0.005, "DELETE /tasks/:id": 0.001,
				}},
			},
		},
		{"ways to write a size", "name: n\ntail:\n  errors: true\n  rest: 1\n  buffer: 1.5 MiB\n", sampling.Policy{
			Name: "n", Head: sampling.Head{Default: 1}, Tail: &tsampling.TailPolicy{Errors: true, Rest: 1, Buffer: 3 << 19},
		}},
		{"bytes", "tail: {errors: true, rest: 1, buffer: 65536}", sampling.Policy{
			Name: "mine", Head: sampling.Head{Default: 1}, Tail: &tsampling.TailPolicy{Errors: true, Rest: 1, Buffer: 65536},
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := sampling.ParsePolicy("some/mine.yaml", []byte(test.text), sampling.Routes())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("policy (-want +got):\n%s", diff)
			}
		})
	}
}

// Each mistake is said with its place, the line, and what was expected.
func TestMistakesInPolicies(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"unknown key", "head:\n  defualt: 5%\n", `
p.yaml:2:3: unknown field "defualt" in head: want default, routes
    defualt: 5%
    ^`},
		{"unknown key at the top", "heads: 5%\n", `
p.yaml:1:1: unknown field "heads" in the policy: want head, name, tail
  heads: 5%
  ^`},
		{"unknown route", "head:\n  default: 5%\n  routes:\n    GET /tasks/{id}: 5%\n", `
p.yaml:4:5: unknown route "GET /tasks/{id}": want GET /tasks, GET /tasks/:id, POST /tasks, PATCH /tasks/:id, DELETE /tasks/:id
      GET /tasks/{id}: 5%
      ^`},
		{"a percentage without its sign", "head:\n  default: 5\n", `
p.yaml:2:12: default: 5 is more than 1: want a percentage such as 5%, or a number from 0 to 1 (did you mean 5%?)
    default: 5
             ^`},
		{"more than 100 %", "head:\n  default: 120%\n", `
p.yaml:2:12: default: 120% is out of range: want 0% to 100%
    default: 120%
             ^`},
		{"no number", "head:\n  default: few\n", `
p.yaml:2:12: default: "few" is not a share: want a percentage such as 5%, or a number from 0 to 1
    default: few
             ^`},
		{"no time", "tail: {errors: true, rest: 0, window: 2}\n", `
p.yaml:1:39: window is "2": want a duration such as 200ms or 1.5s
  tail: {errors: true, rest: 0, window: 2}
                                        ^`},
		{"time below zero", "tail:\n  slower_than: -1s\n", `
p.yaml:2:16: slower_than is -1s: want 1ms to 1h0m0s
    slower_than: -1s
                 ^`},
		{"no size", "tail:\n  buffer: 64 megs\n", `
p.yaml:2:11: buffer: "64 megs" is not a size: want one such as 64MiB or 512KiB
    buffer: 64 megs
            ^`},
		{"size too small", "tail:\n  buffer: 1\n", `
p.yaml:2:11: buffer: 1 is out of range: want 1KiB to 1GiB
    buffer: 1
            ^`},
		{"no truth", "tail:\n  errors: yes\n", `
p.yaml:2:11: errors is "yes": want true or false
    errors: yes
            ^`},
		{"a key without its value", "tail:\n  errors:\n  rest: 5%\n", `
p.yaml:2:10: errors is empty: want true or false
    errors:
           ^`},
		{"a key that has to be there", "tail:\n  errors: true\n", `
p.yaml:2:3: tail has no field "rest": want one
    errors: true
    ^`},
		{"a list", "head:\n  - default: 5%\n", `
p.yaml:2:3: head is a list: want lines of "key: value"
    - default: 5%
    ^`},
		{"a list as a value", "head:\n  default: [5%]\n", `
p.yaml:2:12: default is a list: want a share such as 5% or 0.05
    default: [5%]
             ^`},
		{"an alias", "head:\n  default: *x\n", `
p.yaml:2:12: * begins an alias: want a plain value, in quotes if it begins with !, & or *
    default: *x
             ^`},
		{"a key twice", "head:\n  default: 5%\n  default: 6%\n", `
p.yaml:3:3: this is not YAML: mapping key "default" already defined at [2:3]
    default: 6%
    ^`},
		{"two documents", "head: {default: 5%}\n---\nhead: {default: 5%}\n", `
p.yaml:3:1: a second YAML document: want one, without a line ---
  head: {default: 5%}
  ^`},
		{"not a mapping", "5%\n", `
p.yaml:1:1: the policy is a single value: want lines of "key: value"
  5%
  ^`},
		{"empty", "# nothing\n", `
p.yaml:1:1: the policy is empty: want head, tail or both
  # nothing
  ^`},
		{"not YAML", "head: {default: 5%\n", `
p.yaml:1:7: this is not YAML: could not find flow mapping end token '}'
  head: {default: 5%
        ^`},
		{"wide characters before it", "tail: {errors: true, rest: 0, ü: 2}\n", `
p.yaml:1:31: unknown field "ü" in tail: want buffer, errors, message_wait, rest, slower_than, window
  tail: {errors: true, rest: 0, ü: 2}
                                ^`},
		{"a name of many lines", "name: \"a\\nb\"\n", `
p.yaml:1:7: name: "a\nb" is too long or not plain text: want at most 40 bytes on one line
  name: "a\nb"
        ^`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p, err := sampling.ParsePolicy("p.yaml", []byte(test.text), sampling.Routes())
			if err == nil {
				t.Fatalf("no error, but %+v", p)
			}
			if diff := cmp.Diff(strings.TrimPrefix(test.want, "\n"), err.Error()); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRoutesOfOtherSystems(t *testing.T) {
	for _, tt := range []struct{ reason, route, err string }{
		{"another system's", `"GET /users/{id}"`, ""},
		{"of no method", "/users", `"/users" is not a route: want a method and a path such as "GET /users/{id}"`},
		{"of no path", "GET", `"GET" is not a route`},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			_, err := sampling.ParsePolicy("p.yaml", []byte("head: {default: 1, routes: {"+tt.route+": 5%}}\n"), nil)
			if tt.err == "" && err != nil || tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
				t.Errorf("error %v, want %q", err, tt.err)
			}
		})
	}
}

func FuzzParsePolicy(f *testing.F) {
	for _, name := range sampling.Names() {
		text, err := sampling.Text(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	for _, text := range []string{
		"a: &x {b: *x}", "? [a]\n: b", "<<: {}", "- - -", "head: |\n  x", "\t",
		"%YAML 1.2\n---\n", "!!map {}", "name: \xff",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := sampling.ParsePolicy("p.yaml", text, sampling.Routes())
		if err != nil {
			if !strings.HasPrefix(err.Error(), "p.yaml:") || strings.Count(err.Error(), "\n") < 2 {
				t.Errorf("the error has no place: %v", err)
			}
			return
		}
		if p.Head.Default < 0 || p.Head.Default > 1 ||
			p.Tail != nil && (p.Tail.Rest < 0 || p.Tail.Rest > 1 || p.Tail.Buffer < 0 || p.Tail.Window < 0) {
			t.Errorf("a policy that can't be: %+v", p)
		}
	})
}
