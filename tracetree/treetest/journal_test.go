package treetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestJournalIsThatOfOneBinary(t *testing.T) {
	t.Parallel()
	built := time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)
	kept := journal{built, map[string]*changes{"/p_test.go": {"abc", []shift{{4, 3}, {9, -1}}}}}
	text, err := kept.text()
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		reason string
		text   string
		built  time.Time
		want   journal
	}{
		{"of the same binary it is read back", string(text), built.Local(), kept},
		{"of an older one it says nothing", string(text), built.Add(1), journal{built.Add(1), map[string]*changes{}}},
		{"a new one is empty", "", built, journal{built, map[string]*changes{}}},
	}
	for _, test := range tests {
		got, err := readJournal([]byte(test.text), test.built)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.reason, diff)
		}
	}
	if _, err := readJournal([]byte("{"), built); err == nil {
		t.Error("half of a journal is read without an error")
	}
}

// TestShiftsAreOfTheLinesOfTheBuild has a change above and one below a call that is changed after
// both.
func TestShiftsAreOfTheLinesOfTheBuild(t *testing.T) {
	t.Parallel()
	source := quoted(inFunction("\trec.Expect('')\n\trec.Expect('')\n\trec.Expect('')"))
	j, err := readJournal(nil, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []int{6, 4, 5} {
		changed, err := j.edit(literal{"/p_test.go", line, ""}, []byte(source), "a: b\n")
		if err != nil {
			t.Fatal(err)
		}
		source = string(changed)
	}
	want := []shift{{6, 2}, {4, 2}, {5, 2}}
	if diff := cmp.Diff(want, j.Files["/p_test.go"].Shifts); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
