package cli_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tracelab/cli"
)

// A file is graded at each save, until it gets full marks.
func TestWatchGradesEachSave(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("XDG_DATA_HOME", t.TempDir())
	saves := []struct{ reason, text, want string }{
		{
			"it can't be read", "gateway: GET /orders (root)\n   service-a: GET /orders\n",
			"\nwatched.tree:2:4: indentation of 3 spaces",
		},
		{
			"it has a mistake",
			"gateway: GET /orders (root)\n  service-a: GET /orders\n    service-b: GET /users\n    db: Query (users table)\n",
			"\n1 of 7 points is not right yet",
		},
		{
			"it is right",
			"gateway.handle_request\n  service-a.process\n    service-b.process\n      db.query\n", "\nFull marks",
		},
	}
	synctest.Test(t, func(t *testing.T) {
		for i, save := range saves {
			time.AfterFunc(time.Duration(i+1)*time.Second, func() { // virtual, and longer than the watch waits
				if err := os.WriteFile("watched.tree", []byte(save.text), 0o600); err != nil {
					t.Error(err)
				}
			})
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var stdout, stderr strings.Builder
		code := cli.Run(ctx, []string{"exercise", "watch", "watched.tree", "ex1"}, nil, &stdout, &stderr)
		if code != 0 || stderr.Len() > 0 {
			t.Errorf("exit code %d, stderr %q, want 0 and none", code, &stderr)
		}
		rest := stdout.String()
		for _, save := range saves {
			_, after, found := strings.Cut(rest, save.want)
			if !found {
				t.Errorf("%s: no %q in the rest of what is printed:\n%s", save.reason, save.want, rest)
			}
			rest = after
		}
	})
}
