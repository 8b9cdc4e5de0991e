package task_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tracelab/internal/law"
	"tracelab/taskservice/task"
)

// times of the years 0 to 9999, which is as far as the layout goes.
func times() *rapid.Generator[time.Time] {
	return rapid.Custom(func(t *rapid.T) time.Time {
		sec := rapid.Int64Range(-62_167_219_200+86400, 253_402_300_799-86400).Draw(t, "seconds")
		nsec := rapid.Int64Range(0, 999_999_999).Draw(t, "nanoseconds")
		offset := rapid.IntRange(-12*3600, 14*3600).Draw(t, "offset")
		return time.Unix(sec, nsec).In(time.FixedZone("", offset))
	})
}

// The sweep compares times as the text that they are stored as.
func TestTimesCompareAsTheirText(t *testing.T) {
	law.Check(t, func(t *rapid.T) {
		a, b := times().Draw(t, "a"), times().Draw(t, "b")
		if rapid.Bool().Draw(t, "close") {
			b = a.Add(time.Duration(rapid.IntRange(-2, 2).Draw(t, "apart")))
		}
		if got, want := strings.Compare(task.TimeText(a), task.TimeText(b)), a.Compare(b); got != want {
			t.Fatalf("%s and %s compare as %d, want %d", task.TimeText(a), task.TimeText(b), got, want)
		}
	})
}

func TestTimesSurviveBeingStored(t *testing.T) {
	law.Check(t, func(t *rapid.T) {
		want := times().Draw(t, "time")
		got, err := time.Parse(task.TimeLayout, task.TimeText(want))
		if err != nil || !got.Equal(want) {
			t.Fatalf("%s is read as %s, error %v", want, got, err)
		}
	})
}
