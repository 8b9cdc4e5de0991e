package stats_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tracelab/tracetree"
	"tracelab/tracetree/stats"
)

// readCRISP reads one of the test cases of CRISP (github.com/uber-research/CRISP): a trace as
// Jaeger's UI saves it, with single letters for ids. Its clock starts at 0, which isn't a known
// time here, so it is put forward.
func readCRISP(t *testing.T, name string) *tracetree.Forest {
	t.Helper()
	dir := os.Getenv("TRACELAB_CORPUS")
	if dir == "" {
		t.Skip("TRACELAB_CORPUS names no folder with traces of other programs")
	}
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Data []struct {
			Spans []struct {
				SpanID, ProcessID   string
				StartTime, Duration int64 // microseconds
				References          []struct{ SpanID string }
			}
		}
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	var spans []tracetree.Span
	for _, s := range file.Data[0].Spans {
		from := s.StartTime * 1000
		read := span(uint64(s.SpanID[0]), 0, s.SpanID, from, from+s.Duration*1000, in(s.ProcessID))
		for _, r := range s.References {
			read.Parent = spanID(uint64(r.SpanID[0]))
		}
		spans = append(spans, read)
	}
	return tracetree.Build(spans)
}

// In case 18 everything happens one after the other:
//
//	A 0-250
//	  B 10-110
//	    C 30-40, D 50-60, E 70-80
//	  F 120-220
//	    G 140-200
//	      H 150-170, I 180-190
//
// So every span is on the path, with its duration without its children's: A 250-100-100, B
// 100-3×10, F 100-60, G 60-20-10, and the leaves in full. Errors make no difference.
func TestCriticalPathOfCRISPCase18(t *testing.T) {
	path, _ := stats.CriticalPath(topOf(readCRISP(t, "crisp-18.jaegerui.json")), nil)
	const us = time.Microsecond
	want := map[string]time.Duration{
		"A": 50 * us, "B": 70 * us, "C": 10 * us, "D": 10 * us, "E": 10 * us,
		"F": 40 * us, "G": 30 * us, "H": 20 * us, "I": 10 * us,
	}
	if diff := cmp.Diff(want, totals(path)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	const segments = "A 0-10000, B 10000-30000, C 30000-40000, B 40000-50000, D 50000-60000, B 60000-70000, " +
		"E 70000-80000, B 80000-110000, A 110000-120000, F 120000-140000, G 140000-150000, H 150000-170000, " +
		"G 170000-180000, I 180000-190000, G 190000-200000, F 200000-220000, A 220000-250000"
	if diff := cmp.Diff(segments, describe(path)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// In case 24 the last calls end together with their callers:
//
//	A 0-700
//	  B 50-350
//	    C 100-150, D 200-250, E 300-350
//	  F 400-700
//	    G 450-500, H 550-600, I 650-700
//
// From the end, A waits for F and F for I, so neither has a segment there. A has the time before B
// and between B and F; B and F have the three pieces of 50 before each of their calls.
func TestCriticalPathOfCRISPCase24(t *testing.T) {
	path, _ := stats.CriticalPath(topOf(readCRISP(t, "crisp-24.jaegerui.json")), nil)
	const us = time.Microsecond
	want := map[string]time.Duration{
		"A": 100 * us, "B": 150 * us, "C": 50 * us, "D": 50 * us, "E": 50 * us,
		"F": 150 * us, "G": 50 * us, "H": 50 * us, "I": 50 * us,
	}
	if diff := cmp.Diff(want, totals(path)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	const segments = "A 0-50000, B 50000-100000, C 100000-150000, B 150000-200000, D 200000-250000, B 250000-300000, " +
		"E 300000-350000, A 350000-400000, F 400000-450000, G 450000-500000, F 500000-550000, H 550000-600000, " +
		"F 600000-650000, I 650000-700000"
	if diff := cmp.Diff(segments, describe(path)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
