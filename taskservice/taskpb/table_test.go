package taskpb_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tracelab/taskservice/taskpb"
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
	rapid.Check(t, func(t *rapid.T) {
		a, b := times().Draw(t, "a"), times().Draw(t, "b")
		if rapid.Bool().Draw(t, "close") {
			b = a.Add(time.Duration(rapid.IntRange(-2, 2).Draw(t, "apart")))
		}
		if got, want := strings.Compare(taskpb.TimeText(a), taskpb.TimeText(b)), a.Compare(b); got != want {
			t.Fatalf("%s and %s compare as %d, want %d", taskpb.TimeText(a), taskpb.TimeText(b), got, want)
		}
	})
}

func TestTimesSurviveBeingStored(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := times().Draw(t, "time")
		got, err := time.Parse(taskpb.TimeLayout, taskpb.TimeText(want))
		if err != nil || !got.Equal(want) {
			t.Fatalf("%s is read as %s, error %v", want, got, err)
		}
	})
}

func TestStatusesSurviveBeingStored(t *testing.T) {
	for number := range taskpb.TaskStatus_name {
		status := taskpb.TaskStatus(number)
		text := taskpb.StatusText(status)
		if got := taskpb.ParseStatus(text); got != status || strings.Contains(text, "TASK_STATUS") {
			t.Errorf("%s is stored as %s and read as %s", status, text, got)
		}
	}
	for _, text := range []string{"", "done", "TASK_STATUS_DONE", "LOST"} {
		if got := taskpb.ParseStatus(text); got != taskpb.TaskStatus_TASK_STATUS_UNSPECIFIED {
			t.Errorf("%q is read as %s", text, got)
		}
	}
}
