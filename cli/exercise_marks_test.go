package cli_test

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"tracelab/cli/show"
	"tracelab/lab/exercises"
)

func TestFullMarksAgreeInNumber(t *testing.T) {
	for _, tt := range []struct {
		reason string
		points int
		want   string
	}{
		{"a code exercise can have one test", 1, "Full marks: the only point is right."},
		{"most exercises have several requirements", 2, "Full marks: all 2 points are right."},
	} {
		grade := exercises.Grade{}
		for range tt.points {
			grade.Verdicts = append(grade.Verdicts, exercises.Verdict{OK: true, Asked: "one trace", Has: "one trace"})
		}
		var out strings.Builder
		if err := show.Grade(&out, exercises.Exercise{Name: "ex1"}, grade, show.GradeFormat{Width: 100}); err != nil {
			t.Fatal(err)
		}
		if got := ansi.Strip(out.String()); !strings.HasSuffix(got, "\n"+tt.want+"\n") {
			t.Errorf("%s: got\n%s\nwant the last line %q", tt.reason, got, tt.want)
		}
	}
}
