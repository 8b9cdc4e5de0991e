package deptest

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLinksReportsTestBinariesWithWhatIsSlowToLink(t *testing.T) {
	limits := []Linking{{Imports: []string{"example.org/big/..."}, Allow: []string{"allowed/..."}, Reason: "it is slow"}}
	const violation = "x/x_test.go:1:9: tests of package x link example.org/big/part: it is slow"
	tests := []struct {
		sources map[string]string
		want    []string
		reason  string
	}{
		{
			map[string]string{"x/x_test.go": `package x_test; import "example.org/big/part"`},
			[]string{violation},
			"a test imports it",
		},
		{
			map[string]string{"x/x.go": `package x; import "example.org/big/part"`, "x/x_test.go": `package x_test`},
			[]string{violation},
			"the tested package imports it",
		},
		{
			map[string]string{
				"x/x_test.go": `package x_test; import ("mod/a"; "mod/b")`, "a/a.go": `package a; import "mod/b"`,
				"b/b.go": `package b; import "mod/c"`, "c/c.go": `package c; import "example.org/big/part"`,
			},
			[]string{violation},
			"packages below import it, and it is reported once",
		},
		{
			map[string]string{"x/x_test.go": `package x_test; import "mod/a"`, "a/a_test.go": `package a; import "example.org/big"`},
			[]string{"a/a_test.go:1:9: tests of package a link example.org/big: it is slow"},
			"other packages' tests aren't linked",
		},
		{
			map[string]string{"allowed/x/x_test.go": `package x; import "example.org/big/part"`},
			nil, "a package that may",
		},
		{
			map[string]string{"x/x_test.go": `package x; import "example.org/bigger"`},
			nil, "a name with the same beginning",
		},
		{
			map[string]string{"x/x.go": `package x; import "example.org/big/part"`},
			nil, "without a test there is no test binary",
		},
	}
	for _, tt := range tests {
		fset, packages := load(t, tt.sources)
		if diff := cmp.Diff(tt.want, texts(Links(fset, "mod", packages, limits))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.reason, diff)
		}
	}
}

func TestInnerTestsReportsTestsInTheirPackage(t *testing.T) {
	fset, packages := load(t, map[string]string{
		"a/a_test.go": `package a`, "a/outer_test.go": `package a_test`, "b/b_test.go": `package b`, "c/c.go": `package c`,
	})
	want := []string{"a/a_test.go:1:9: a test in package a: test it from outside"}
	if diff := cmp.Diff(want, texts(InnerTests(fset, packages, []string{"b"}, "test it from outside"))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
