package exercises_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
	"pgregory.net/rapid"

	"tracelab/internal/law"
	"tracelab/lab/exercises"
)

// The fields of the header that the exercise gives with seed 0, and one to answer with.
const (
	givenTrace, givenSpan = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
	newSpan               = "53995c3f42cd8ad8"
)

// The indices of the verdicts.
const (
	aboutName = iota
	aboutForm
	aboutVersion
	aboutTraceID
	aboutSpanID
	aboutFlags
	numAbout
)

// lost returns the indices of the failed verdicts.
func lost(g exercises.Grade) []int {
	var list []int
	for i, v := range g.Verdicts {
		if !v.OK {
			list = append(list, i)
		}
	}
	return list
}

func TestHeaderIsRightInManyWays(t *testing.T) {
	value := "00-" + givenTrace + "-" + newSpan + "-01"
	tests := []struct{ reason, answer string }{
		{"with its name", "traceparent: " + value},
		{"the value alone", value},
		{"no space after the name", "traceparent:" + value},
		{"names of headers are case-insensitive", "Traceparent: " + value},
		{"empty lines and spaces around it", "\n  " + value + "  \r\n\n"},
		{"a byte order mark", "\ufeff" + value},
		{"a small span id", "00-" + givenTrace + "-0000000000000001-01"},
		{"a span id that differs in a digit", "00-" + givenTrace + "-00f067aa0ba902b8-01"},
	}
	e := find(t, "ex2", 0)
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			wantFailures(t, tt.answer, grade(t, e, tt.answer), nil)
		})
	}
}

func TestHeaderExplainsWhatIsWrong(t *testing.T) {
	tests := []struct {
		reason, answer string
		want           []string
	}{
		{
			"copied as it came", "00-" + givenTrace + "-" + givenSpan + "-01",
			[]string{"would be below your caller's span, not below yours"},
		},
		{
			"the caller's span id in upper case", "00-" + givenTrace + "-00F067AA0BA902B7-01",
			[]string{"You passed on the caller's span id"},
		},
		{
			"a new trace id", "00-0af7651916cd43dd8448eb211c80319c-" + newSpan + "-01",
			[]string{"Another trace id is a new trace"},
		},
		{
			"a trace id that differs in a digit", "00-5bf92f3577b34da6a3ce929d0e0e4736-" + newSpan + "-01",
			[]string{"Another trace id is a new trace"},
		},
		{
			"the trace id in upper case", "00-" + strings.ToUpper(givenTrace) + "-" + newSpan + "-01",
			[]string{"It is the right one, but in upper case"},
		},
		{
			"a short trace id", "00-" + givenTrace[1:] + "-" + newSpan + "-01",
			[]string{"It has 31 characters: a trace id has 32"},
		},
		{"a long trace id", "00-" + givenTrace + "0-" + newSpan + "-01", []string{"It has 33 characters"}},
		{
			"a trace id of zeros", "00-" + strings.Repeat("0", 32) + "-" + newSpan + "-01",
			[]string{"A trace id of zeros is invalid"},
		},
		{"an empty trace id", "00--" + newSpan + "-01", []string{"the trace id, kept: nothing. Without the trace id"}},
		{
			"a trace id with other letters", "00-" + givenTrace[:31] + "g-" + newSpan + "-01",
			[]string{"A trace id is hexadecimal"},
		},
		{"a span id of zeros", "00-" + givenTrace + "-0000000000000000-01", []string{"A span id of zeros is invalid"}},
		{"a short span id", "00-" + givenTrace + "-53995c3f42cd8ad-01", []string{"It has 15 characters: a span id has 16"}},
		{"a span id in upper case", "00-" + givenTrace + "-53995C3F42CD8AD8-01", []string{"It has upper-case letters"}},
		{
			"a span id of words", "00-" + givenTrace + "-my-own-span-id-01",
			[]string{"7 fields", "that of your span: nothing", "the flags"},
		},
		{"a span id of another alphabet", "00-" + givenTrace + "-53995c3f42cd8adx-01", []string{"A span id is hexadecimal"}},
		{
			"a UUID", "00-4bf92f35-77b3-4da6-a3ce-929d0e0e4736-" + newSpan + "-01",
			[]string{"8 fields", "Without the trace id"},
		},
		{
			"the ids are swapped", "00-" + newSpan + "-" + givenTrace + "-01",
			[]string{"That is a span id: the two are swapped", "That is a trace id: the two are swapped"},
		},
		{
			"the ids as they came are swapped", "00-" + givenSpan + "-" + givenTrace + "-01",
			[]string{"That is a span id", "That is a trace id"},
		},
		{"the sampled flag is dropped", "00-" + givenTrace + "-" + newSpan + "-00", []string{"You dropped the sampled flag"}},
		{
			"a flag is added", "00-" + givenTrace + "-" + newSpan + "-03",
			[]string{"You set bits that your caller didn't. Pass its flags on unchanged: 01"},
		},
		{"one digit of flags", "00-" + givenTrace + "-" + newSpan + "-1", []string{"The flags are two hexadecimal digits"}},
		{
			"a version that doesn't exist", "01-" + givenTrace + "-" + newSpan + "-01",
			[]string{"That version doesn't exist yet"},
		},
		{"the invalid version", "ff-" + givenTrace + "-" + newSpan + "-01", []string{"Version ff is forbidden"}},
		{
			"no version of this form", "1-" + givenTrace + "-" + newSpan + "-01",
			[]string{"The version is two hexadecimal digits"},
		},
		{"no version", givenTrace + "-" + newSpan + "-01", []string{"3 fields", "the version, 00: nothing"}},
		{
			"an equals sign", "traceparent=00-" + givenTrace + "-" + newSpan + "-01",
			[]string{"A header's name and its value are separated by a colon"},
		},
		{"no flags", "00-" + givenTrace + "-" + newSpan, []string{"3 fields", "the flags, kept: nothing"}},
		{"no trace id", "00-" + newSpan + "-01", []string{"3 fields", "Without the trace id"}},
		{"no span id", "00-" + givenTrace + "-01", []string{"3 fields", "has no parent for its span"}},
		{
			"a field too many", "00-" + givenTrace + "-" + newSpan + "-01-" + givenSpan,
			[]string{"5 fields, want four: version, trace id, span id and flags"},
		},
		{"underscores", "00_" + givenTrace + "_" + newSpan + "_01", []string{`"_" between the fields`}},
		{"colons", "00:" + givenTrace + ":" + newSpan + ":01", []string{`":" between the fields`}},
		{"spaces", "00 " + givenTrace + " " + newSpan + " 01", []string{`" " between the fields`}},
		{"long dashes", "00–" + givenTrace + "–" + newSpan + "–01", []string{`"–" between the fields`}},
		{"spaces around the hyphens", "00 - " + givenTrace + " - " + newSpan + " - 01", []string{"spaces around a hyphen"}},
		{"quotes", `"00-` + givenTrace + "-" + newSpan + `-01"`, []string{"quotes or brackets around it"}},
		{
			"no separators", "00" + givenTrace + newSpan + "01",
			[]string{"1 field,", "the version", "the trace id", "a new span id", "the flags"},
		},
		{
			"another header", "tracestate: 00-" + givenTrace + "-" + newSpan + "-01",
			[]string{"The header is called traceparent"},
		},
		{"two words", "trace-parent: 00-" + givenTrace + "-" + newSpan + "-01", []string{"The header is called traceparent"}},
		{"words", "hello", []string{"1 field", "the version", "the trace id", "a new span id", "the flags"}},
	}
	e := find(t, "ex2", 0)
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			wantFailures(t, tt.answer, grade(t, e, tt.answer), tt.want)
		})
	}
}

func TestHeaderIsOneLine(t *testing.T) {
	tests := []struct{ reason, answer, want string }{
		{"nothing", "", "line 1, column 1: found no text"},
		{"two headers", "traceparent: 00-1-2-01\n\ntracestate: a=b", "line 3, column 1: unexpected second line"},
		{"invalid UTF-8", "\n é\xff", "line 2, column 2: invalid UTF-8"},
	}
	e := find(t, "ex2", 0)
	for _, tt := range tests {
		if _, err := e.Grade(t.Context(), tt.answer); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want %q", tt.reason, err, tt.want)
		}
	}
}

// incoming returns the header that an exercise gives.
func incoming(t testing.TB, e exercises.Exercise) (traceID, spanID, flags string) {
	t.Helper()
	_, after, _ := strings.Cut(e.Task, "traceparent: ")
	value, _, _ := strings.Cut(after, "\n")
	fields := strings.Split(value, "-")
	if len(fields) != 4 {
		t.Fatalf("the task gives %q", value)
	}
	return fields[1], fields[2], fields[3]
}

func TestSeedsMakeOtherHeaders(t *testing.T) {
	seen, flagsSeen := map[string]bool{}, map[string]bool{}
	for seed := range uint64(40) {
		traceID, spanID, flags := incoming(t, find(t, "ex2", seed))
		again, _, _ := incoming(t, find(t, "ex2", seed))
		if seen[traceID] || again != traceID {
			t.Errorf("seed %d gives %s, and then %s", seed, traceID, again)
		}
		seen[traceID], flagsSeen[flags] = true, true
		carrier := propagation.MapCarrier{"traceparent": "00-" + traceID + "-" + spanID + "-" + flags}
		if !trace.SpanContextFromContext(propagation.TraceContext{}.Extract(t.Context(), carrier)).IsValid() {
			t.Errorf("seed %d gives %v, which is invalid", seed, carrier)
		}
	}
	if !flagsSeen["00"] || !flagsSeen["01"] {
		t.Errorf("the flags are always %v", flagsSeen)
	}
}

// Every header that OpenTelemetry would send gets full marks.
func TestLawValidHeadersGetFullMarks(t *testing.T) {
	law.Check(t, func(rt *rapid.T) {
		e := find(t, "ex2", rapid.Uint64Range(0, 100).Draw(rt, "seed"))
		traceID, spanID, flags := incoming(t, e)
		own := rapid.StringMatching("[0-9a-f]{16}").Draw(rt, "span id")
		if own == spanID || strings.Trim(own, "0") == "" {
			rt.Skip("it isn't new")
		}
		var config trace.SpanContextConfig
		config.TraceID, _ = trace.TraceIDFromHex(traceID)
		config.SpanID, _ = trace.SpanIDFromHex(own)
		config.TraceFlags = trace.TraceFlags(0).WithSampled(flags == "01")
		carrier := propagation.MapCarrier{}
		propagation.TraceContext{}.Inject(trace.ContextWithSpanContext(t.Context(), trace.NewSpanContext(config)), carrier)
		name := rapid.SampledFrom([]string{"", "traceparent: ", "TraceParent:"}).Draw(rt, "name")
		if g := grade(t, e, name+carrier["traceparent"]); !g.Passed() || len(g.Verdicts) != numAbout {
			rt.Errorf("%q is graded\n%s", name+carrier["traceparent"], report(g, nil))
		}
	})
}

// Damage to one field fails the verdict about it, and no other.
func TestLawDamageLosesItsVerdict(t *testing.T) {
	const hex = "0123456789abcdef"
	replaced := func(s string, at int, by string) string { return s[:at] + by + s[at+1:] }
	law.Check(t, func(rt *rapid.T) {
		e := find(t, "ex2", rapid.Uint64Range(0, 100).Draw(rt, "seed"))
		traceID, spanID, flags := incoming(t, e)
		name, separator := "traceparent: ", "-"
		fields := []string{"00", traceID, newSpan, flags}
		about := rapid.IntRange(0, numAbout-1).Draw(rt, "damaged")
		digit := func(s string) string {
			at := rapid.IntRange(0, len(s)-1).Draw(rt, "at")
			old := strings.IndexByte(hex, s[at])
			return replaced(s, at, string(hex[(old+rapid.IntRange(1, 15).Draw(rt, "by"))%16]))
		}
		letter := func(s string) string {
			return replaced(s, rapid.IntRange(0, len(s)-1).Draw(rt, "at"),
				rapid.SampledFrom([]string{"g", "Z", "é", "!"}).Draw(rt, "letter"))
		}
		// An id that gets the length of the other one would be a swap.
		length := func(s string) string {
			if rapid.Bool().Draw(rt, "longer") {
				return s + strings.Repeat("a", rapid.IntRange(1, 9).Draw(rt, "more"))
			}
			return s[:rapid.IntRange(0, len(s)-1).Filter(func(n int) bool { return n != 16 }).Draw(rt, "length")]
		}
		damage := rapid.SampledFrom([]func(string) string{digit, letter, length})
		switch about {
		case aboutName:
			name = rapid.StringMatching(
				"[a-zA-Z]{1,10}",
			).Filter(func(s string) bool { return !strings.EqualFold(s, "traceparent") }).Draw(rt, "name") + ": "
		case aboutForm:
			switch rapid.IntRange(0, 2).Draw(rt, "form") {
			case 0:
				separator = rapid.SampledFrom([]string{"_", ".", ",", "–", " ", " - ", "/"}).Draw(rt, "separator")
			case 1:
				fields = append(fields, rapid.StringMatching("[0-9a-z]{0,20}").Draw(rt, "extra"))
			case 2:
				name, fields[3] = name+`"`, fields[3]+`"`
			}
		case aboutVersion:
			fields[0] = damage.Draw(rt, "damage")(fields[0])
		case aboutTraceID:
			fields[1] = damage.Draw(rt, "damage")(fields[1])
		case aboutSpanID:
			fields[2] = rapid.SampledFrom(
				[]string{spanID, strings.ToUpper(newSpan), strings.Repeat("0", 16), letter(newSpan), length(newSpan)},
			).Draw(rt, "span id")
		case aboutFlags:
			fields[3] = damage.Draw(rt, "damage")(fields[3])
		}
		answer := name + strings.Join(fields, separator)
		g := grade(t, e, answer)
		if got := lost(g); !slices.Equal(got, []int{about}) {
			rt.Errorf("%q, damaged at %d, loses %v:\n%s", answer, about, got, report(g, nil))
		}
	})
}

// Any answer is either graded with complete verdicts or refused with a position. Only headers that
// OpenTelemetry reads as the same trace with another span get full marks.
func FuzzHeader(f *testing.F) {
	e := find(f, "ex2", 0)
	for _, seed := range []string{
		e.Solution, "00-" + givenTrace + "-" + givenSpan + "-01", "a:b:c:d", "::", "-", "----", "\xff", "00–1–2–3", `"`,
		"traceparent:", "00 -  - - ",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, answer string) {
		g, err := e.Grade(t.Context(), answer)
		if err != nil {
			if !strings.Contains(err.Error(), "column ") && !strings.Contains(err.Error(), "want at most") {
				t.Errorf("error %v has no position", err)
			}
			return
		}
		if len(g.Verdicts) != numAbout {
			t.Errorf("%d verdicts about %q", len(g.Verdicts), answer)
		}
		for _, v := range g.Verdicts {
			if v.Has == "" || !v.OK && v.Why == "" {
				t.Errorf("incomplete verdict: %+v", v)
			}
		}
		if !g.Passed() {
			return
		}
		value := strings.TrimSpace(answer[strings.LastIndex(answer, ":")+1:])
		value = strings.TrimPrefix(value, "\ufeff")
		got := trace.SpanContextFromContext(
			propagation.TraceContext{}.Extract(t.Context(), propagation.MapCarrier{"traceparent": value}),
		)
		if want := fmt.Sprintf("%s sampled %t", givenTrace,
			true); fmt.Sprintf("%s sampled %t", got.TraceID(), got.IsSampled()) != want || got.SpanID().String() == givenSpan {
			t.Errorf("%q has full marks, and is %v", answer, got)
		}
	})
}
