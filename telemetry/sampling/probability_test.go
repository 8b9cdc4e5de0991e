package sampling

import (
	"math"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/trace"
	"pgregory.net/rapid"

	"tracelab/internal/law"
)

func TestThresholdsAsTheConventionsWriteThem(t *testing.T) {
	tests := []struct {
		share  float64
		want   string
		reason string
	}{
		{1, "0", "all of them"},
		{0.5, "8", "zeros at the end are left out"},
		{0.25, "c", ""},
		{0.1, "e6666666666666", ""},
		{0.05, "f3333333333333", ""},
		{255.0 / 256, "01", "zeros at the start are not"},
		{1.0 / (1 << 56), "ffffffffffffff", "the least possible"},
		{1e-300, "ffffffffffffff", "less than that is still not never"},
		{2, "0", "more than all is all"},
	}
	for _, test := range tests {
		got := thresholdOf(test.share)
		if got.String() != test.want {
			t.Errorf("the threshold of %v is %s, want %s: %s", test.share, got, test.want, test.reason)
		}
	}
	for _, never := range []float64{0, -1, math.NaN()} {
		if got := thresholdOf(never); got != rejectAll {
			t.Errorf("the threshold of %v is %s, want that nothing passes", never, got)
		}
	}
}

func TestThresholdLaws(t *testing.T) {
	law.Check(t, func(t *rapid.T) {
		n := threshold(rapid.Uint64Range(0, uint64(rejectAll)-1).Draw(t, "threshold"))
		if got, ok := thresholdIn(setOT(trace.TraceState{}, otThreshold, n.String())); !ok || got != n {
			t.Errorf("%s is read as %s (%v)", n, got, ok)
		}
		share, other := rapid.Float64Range(0, 1).Draw(t, "share"), rapid.Float64Range(0, 1).Draw(t, "other")
		if back := thresholdOf(share).probability(); share > 0x1p-56 && math.Abs(back-share) > 0x1p-56 {
			t.Errorf("%v comes back as %v", share, back)
		}
		if share <= other && thresholdOf(share) < thresholdOf(other) {
			t.Errorf("%v accepts what the larger %v rejects", share, other)
		}
		if part := n.of(share); part < n {
			t.Errorf("%v of %s accepts more than it: %s", share, n, part)
		}
		if n.of(1) != n {
			t.Errorf("all of %s is %s", n, n.of(1))
		}
	})
}

func TestSettingAMemberLeavesTheOthersAlone(t *testing.T) {
	long := "ot=" + strings.Repeat("a", 247) + ":1"
	tests := []struct {
		name, state, value, want string
	}{
		{"nothing there", "", "8", "ot=th:8"},
		{"another vendor's", "vendor=x:1;y", "8", "ot=th:8,vendor=x:1;y"},
		{"other members", "ot=rv:6e6d1a75832a2f;p:8", "8", "ot=th:8;rv:6e6d1a75832a2f;p:8"},
		{"an old one", "ot=p:8;th:c;r:62", "8", "ot=th:8;p:8;r:62"},
		{"not OpenTelemetry's form", "ot=th", "8", "ot=th:8"},
		{"taken away", "vendor=1,ot=th:c;r:62", "", "ot=r:62,vendor=1"},
		{"the last one taken away", "vendor=1,ot=th:c", "", "vendor=1"},
		{"nothing to take away", "vendor=1", "", "vendor=1"},
		{"no room", long, "e6666666666666", long},
		{"no room, an old one", long + ";th:c", "e6666666666666", long},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			state, err := trace.ParseTraceState(test.state)
			if err != nil {
				t.Fatal(err)
			}
			if got := setOT(state, otThreshold, test.value).String(); got != test.want {
				t.Errorf("tracestate is %q, want %q", got, test.want)
			}
		})
	}
}

func TestRandomnessIsTheTraceIDsUnlessTheTracestateHasIt(t *testing.T) {
	id := trace.TraceID{8: 0xff, 9: 0x12, 15: 0x34}
	tests := []struct {
		state  string
		want   string
		reason string
	}{
		{"", "12000000000034", "the last 56 bits of the id"},
		{"ot=rv:6e6d1a75832a2f", "6e6d1a75832a2f", "explicit"},
		{"ot=rv:6E6D1A75832A2F", "12000000000034", "capitals are not allowed"},
		{"ot=rv:6e6d", "12000000000034", "too short"},
		{"ot=rv:6e6d1a75832a2f0", "12000000000034", "too long"},
		{"vendor=rv:6e6d1a75832a2f", "12000000000034", "another vendor's"},
	}
	for _, test := range tests {
		state, err := trace.ParseTraceState(test.state)
		if err != nil {
			t.Fatal(err)
		}
		if got := randomnessOf(id, state).digits(); got != test.want {
			t.Errorf("randomness with %q is %s, want %s: %s", test.state, got, test.want, test.reason)
		}
	}
}

// A tracestate comes from any client.
func FuzzTraceState(f *testing.F) {
	for _, seed := range []string{
		"", "ot=th:8", "ot=th:;rv:", "ot=;;th:c:c", "ot=th:fffffffffffffff",
		"a=b,ot=rv:6e6d1a75832a2f",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		state, err := trace.ParseTraceState(text)
		if err != nil {
			return
		}
		if th, ok := thresholdIn(state); ok && th >= rejectAll {
			t.Errorf("%q has the threshold %d", text, th)
		}
		if random := randomnessOf(trace.TraceID{1}, state); random >= rejectAll {
			t.Errorf("%q has the randomness %d", text, random)
		}
		set := setOT(state, otThreshold, thresholdOf(0.3).String())
		if again, err := trace.ParseTraceState(set.String()); err != nil || again.String() != set.String() {
			t.Errorf("%q became %q, which is not read: %v", text, set, err)
		}
		if th, ok := thresholdIn(set); ok && th != thresholdOf(0.3) {
			t.Errorf("%q still has the threshold %s", text, th)
		}
	})
}
