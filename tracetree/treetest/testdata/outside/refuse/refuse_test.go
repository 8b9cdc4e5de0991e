// Package refuse has expectations that TREETEST_UPDATE=1 can't fill in.
package refuse

import (
	"testing"

	"tracelab/tracetree/treetest"
)

const want = `svc: other (root)`

func record(t *testing.T, name string) *treetest.Recorder {
	t.Helper()
	rec := treetest.Record(t)
	_, s := rec.TracerProvider("svc").Tracer("").Start(t.Context(), name)
	s.End()
	return rec
}

func TestConstant(t *testing.T) {
	record(t, "top").Expect(want)
}

func TestSeveral(t *testing.T) {
	func() { record(t, "a").Expect(`a: b`); record(t, "c").Expect(`c: d`) }()
}

func TestDeferred(t *testing.T) {
	defer record(t, "top").Expect(`a: b`)
	t.Log("a deferred call is reported at the end of the function")
}

func TestBackquote(t *testing.T) {
	record(t, "a`b").Expect(`a: b`)
}
