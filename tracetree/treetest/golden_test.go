package treetest_test

import (
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"tracelab/tracetree"
	"tracelab/tracetree/treetest"
	"tracelab/tracetree/treetest/internal/faketb"
)

const orderTree = "shop: order (root)\n  shop: pay\n"

// order records a trace that looks like orderTree, with an attribute that is another in every run.
func order(t *testing.T, rec *treetest.Recorder) {
	t.Helper()
	tr := tracer(rec, "shop")
	ctx, outer := tr.Start(t.Context(), "order", trace.WithAttributes(attribute.Int64("time", time.Now().UnixNano())))
	_, inner := tr.Start(ctx, "pay")
	inner.End()
	outer.End()
}

func goldenFile(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "order.tree")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func wantFile(t *testing.T, path, want string) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

func TestGoldenComparesWithAFile(t *testing.T) {
	t.Parallel()
	rec := treetest.Record(t)
	order(t, rec)
	rec.Golden("testdata/order.tree")
	rec.Within(time.Minute).Golden("testdata/order.tree")
}

func TestGoldenShowsWhatDiffers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tb := faketb.New(t)
		rec := treetest.Record(tb)
		order(t, rec)
		path := goldenFile(t, "shop: order (root)\n  shop: ship\n")
		rec.Golden(path)
		tb.Want(t, path+": the trace is not as expected within 1s", "-   shop: ship", "+   shop: pay",
			"seen:\n"+orderTree, "TREETEST_UPDATE=1")
		wantFile(t, path, "shop: order (root)\n  shop: ship\n")
	})
}

func TestGoldenNeedsAFileOfTheNotation(t *testing.T) {
	t.Parallel()
	tests := []struct {
		reason, path string
		want         []string
	}{
		{
			"a missing file",
			filepath.Join(t.TempDir(), "none.tree"),
			[]string{"read golden file", "none.tree", "TREETEST_UPDATE=1"},
		},
		{"another format", goldenFile(t, "{}\n"), []string{"order.tree", "line 1, column 1"}},
		{"a folder", t.TempDir(), []string{"read golden file", "directory"}},
	}
	for _, test := range tests {
		tb := faketb.New(t)
		treetest.Record(tb).Golden(test.path)
		t.Log(test.reason)
		tb.Want(t, test.want...)
	}
}

func TestGoldenIsWrittenAnew(t *testing.T) {
	t.Setenv("TREETEST_UPDATE", "1")
	tests := []struct {
		reason, before, after string
		opts                  []tracetree.Option
	}{
		{reason: "another tree", before: "shop: ship (root)\n", after: orderTree},
		{reason: "an empty file", before: "", after: orderTree},
		{reason: "another format", before: "{}\n", after: orderTree},
		{
			reason: "comments at the top stay",
			before: "# An order.\n#  Two lines.\n\nshop: ship (root)  # gone\n# gone\n",
			after:  "# An order.\n#  Two lines.\n\n" + orderTree,
		},
		{reason: "a comment without a line's end", before: "# An order.", after: "# An order.\n" + orderTree},
		{reason: "attributes are not written", before: "", after: orderTree, opts: []tracetree.Option{tracetree.Attributes}},
		{reason: "what matches stays", before: "*: * (root) {time}\n  ...\n", after: "*: * (root) {time}\n  ...\n"},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			path := goldenFile(t, test.before)
			synctest.Test(t, func(t *testing.T) {
				rec := treetest.Record(t)
				order(t, rec)
				rec.Golden(path, test.opts...)
			})
			wantFile(t, path, test.after)
		})
	}
}

func TestGoldenMakesFolders(t *testing.T) {
	t.Setenv("TREETEST_UPDATE", "1")
	path := filepath.Join(t.TempDir(), "a", "b", "order.tree")
	synctest.Test(t, func(t *testing.T) {
		rec := treetest.Record(t)
		order(t, rec)
		rec.Golden(path)
	})
	wantFile(t, path, orderTree)
}

func TestGoldenIsNotWrittenOfAnIncompleteTrace(t *testing.T) {
	t.Setenv("TREETEST_UPDATE", "1")
	path := filepath.Join(t.TempDir(), "order.tree")
	synctest.Test(t, func(t *testing.T) {
		tb := faketb.New(t)
		rec := treetest.Record(tb)
		_, open := tracer(rec, "shop").Start(t.Context(), "order")
		rec.Golden(path)
		tb.Want(t, "the trace is not complete within 10s", "not ended:\n  shop: order\n")
		open.End()
	})
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("the file is there: %v", err)
	}
}

func TestUpdateTakesOneOrNothing(t *testing.T) {
	t.Setenv("TREETEST_UPDATE", "yes")
	tb := faketb.New(t)
	treetest.Record(tb).Expect("")
	treetest.Record(tb).Golden("testdata/order.tree")
	want := `TREETEST_UPDATE="yes": want 1, or 0 or nothing`
	if diff := cmp.Diff([]string{want, want}, tb.Failures); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// want is not in the call, so it can't be replaced.
const want = "shop: ship (root)"

func TestExpectSaysWhatItCanNotUpdate(t *testing.T) {
	t.Setenv("TREETEST_UPDATE", "1")
	synctest.Test(t, func(t *testing.T) {
		tb := faketb.New(t)
		rec := treetest.Record(tb)
		order(t, rec)
		rec.Expect(want)
		tb.Want(t, "update the expectation: ", "golden_test.go:", "not a raw string literal",
			"seen, to be pasted:\n\t\tshop: order (root)\n\t\t  shop: pay\n")
	})
}
