package exercises_test

import (
	"errors"
	"maps"
	"strings"
	"testing"
	"testing/synctest"

	"tracelab/internal/slow"
	"tracelab/internal/source"
	"tracelab/lab/exercises"
)

// gradePolicy grades an answer to ex3, in a synctest bubble, where waiting takes no time.
func gradePolicy(t *testing.T, answer string) (g exercises.Grade) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var err error
		if g, err = exercises.GradePolicy(t.Context(), slow.Times(4000, 200), answer); err != nil {
			t.Fatal(err)
		}
	})
	return g
}

func TestPoliciesAreGradedByWhatTheyKeep(t *testing.T) {
	const byRoute = "head:\n  default: 1%\n  routes:\n    POST /tasks: 100%\n    PATCH /tasks/:id: 100%\n" +
		"    DELETE /tasks/:id: 100%\n"
	tests := []struct {
		name, answer string
		wrong        map[string]string // a part of the requirement to a part of the explanation
	}{
		{"by route and errors", byRoute + "tail: {errors: true, rest: 100%}", nil},
		{"with slow ones", byRoute + "tail: {errors: true, rest: 100%, slower_than: 350ms}", nil},
		{"no reads at all", strings.Replace(byRoute, "1%", "0%", 1) + "tail: {errors: true, rest: 100%}", nil},
		{"everything", "head: {default: 100%}", map[string]string{
			"cost": "100.0 % of GET /tasks, and 100.0 % of GET /tasks/:id. There are many of these reads",
		}},
		{"every tenth", "head: {default: 10%}", map[string]string{
			"write": "samples 10.0 % of POST /tasks", "error": "before an error can happen",
		}},
		{"too many reads", strings.Replace(byRoute, "1%", "10%", 1) + "tail: {errors: true, rest: 100%}", map[string]string{
			"cost": "10.0 % of GET /tasks, and 10.0 % of GET /tasks/:id",
		}},
		{"no tail", byRoute, map[string]string{"error": "Keeping them takes a tail"}},
		{
			"one write forgotten",
			strings.Replace(byRoute, "    DELETE /tasks/:id: 100%\n", "", 1) + "tail: {errors: true, rest: 100%}",
			map[string]string{
				"write": "samples 1.0 % of DELETE /tasks/:id",
			},
		},
		{
			"tail that doesn't keep errors", byRoute + "tail: {errors: false, rest: 100%}",
			map[string]string{"error": "isn't configured to keep them"},
		},
		{
			"tail that drops writes", byRoute + "tail: {errors: true, rest: 10%}",
			map[string]string{"write": "can't distinguish a write from a read"},
		},
		{"tail alone", "tail: {errors: true, rest: 5%}", map[string]string{"write": "The tail keeps 5.0 % of the rest"}},
		{
			"no room", byRoute + "tail: {errors: true, rest: 100%, buffer: 64KiB}",
			map[string]string{
				"full": "larger buffer", "write": "because the buffer was full",
				"error": "because the buffer was full",
			},
		},
		{
			"nothing", "head: {default: 0%}",
			map[string]string{"write": "samples 0.0 % of POST", "error": "Keeping them takes a tail"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			g := gradePolicy(t, test.answer)
			left := maps.Clone(test.wrong)
			for _, v := range g.Verdicts {
				if v.OK {
					continue
				}
				found := false
				for part, why := range left {
					if strings.Contains(v.Asked, part) {
						found = true
						delete(left, part)
						if !strings.Contains(v.Why, why) {
							t.Errorf("%s, %s: %s\nwant %q", v.Asked, v.Has, v.Why, why)
						}
					}
				}
				if !found {
					t.Errorf("not right: %s: %s: %s", v.Asked, v.Has, v.Why)
				}
			}
			if _, full := test.wrong["full"]; full { // the scheduler decides which traces were dropped
				delete(left, "error")
				delete(left, "write")
			}
			if len(left) > 0 {
				t.Errorf("no verdicts about %v: %v", left, g.Verdicts)
			}
		})
	}
}

func TestVerdictsGiveTheRealReason(t *testing.T) {
	g := gradePolicy(t, "head: {default: 100%}")
	for _, v := range g.Verdicts {
		if strings.Contains(v.Asked, "error") && (!v.OK || strings.Contains(v.Why, "held")) {
			t.Errorf("without a tail nothing is held: %+v", v)
		}
	}
}

func TestUnreadablePoliciesHaveAPosition(t *testing.T) {
	all, err := exercises.All(0)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		if e.Name != "ex3" {
			continue
		}
		_, err := e.Grade(t.Context(), "head:\n  default: 200%\n")
		var at *source.Error
		if !errors.As(err, &at) || at.Line != 2 || at.Column != 12 {
			t.Errorf("the error is %v", err)
		}
	}
}
