// Package kinds checks that every kind of input that other programs write, or that went wrong on
// its way, has enough tests: the file with which the kind was found, and further inputs, so that
// code can't be right about the file alone.
//
// Only tests import this package.
package kinds

import "testing"

// Input is a row of a test's table.
type Input struct {
	Kind string // of the table below
	Near bool   // it looks like the kind, and must not be treated as it
}

// In returns an input of a kind.
func In(kind string) Input { return Input{Kind: kind} }

// Near returns a near miss of a kind.
func Near(kind string) Input { return Input{Kind: kind, Near: true} }

// each is the number of inputs that a kind has at least, one of which is a near miss.
const each = 3

// tests lists the kinds by the tests that have them. A kind is named by the beginning of its file's
// name.
var tests = []struct {
	name  string // that the tests call Complete with
	kinds []string
}{
	{"codec", []string{"01", "01b", "02", "12", "13", "14", "15", "17", "19", "22", "24", "j1", "j2", "z1", "time"}},
	{"codec, all that OTLP can hold", []string{"lossy"}},
	{"check", []string{"11", "25"}},
	{"check, lost context", []string{"03", "04", "06", "08", "09", "20", "27", "j2", "lost-node-sqs"}},
	{"stats", []string{"20", "21"}},
	{"languages", []string{"node", "python", "java"}},
}

// Complete fails a test if a kind that it should have lacks inputs or a near miss, and if an input
// is of another kind. The test gives its name in the table, and the inputs of its rows.
func Complete(tb testing.TB, test string, inputs []Input) {
	tb.Helper()
	count, near := make(map[string]int), make(map[string]int)
	for _, in := range inputs {
		count[in.Kind]++
		if in.Near {
			near[in.Kind]++
		}
	}
	for _, t := range tests {
		if t.name != test {
			continue
		}
		for _, kind := range t.kinds {
			if count[kind] < each || near[kind] == 0 {
				tb.Errorf("kind %s: %d inputs, %d near misses; want %d or more, 1 or more", kind, count[kind], near[kind], each)
			}
			delete(count, kind)
		}
		for kind := range count {
			tb.Errorf("kind %q is not in the table of package kinds for %s", kind, test)
		}
		return
	}
	tb.Errorf("test %q is not in the table of package kinds", test)
}
