package class

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// FuzzRequests sends any request with a code: without the right one, nothing is shown or changed,
// and no team reads another one's key.
func FuzzRequests(f *testing.F) {
	for _, who := range []uint8{0, 1, 2, 3} {
		f.Add(who, "GET", "board", "", "")
		f.Add(who, "GET", "events", "code=x", "")
		f.Add(who, "POST", "teams", "", `{"name": "Cy"}`)
		f.Add(who, "GET", "teams/2", "", "")
		f.Add(who, "DELETE", "teams/2", "", "")
		f.Add(who, "PUT", "names", "hidden=true", "")
		f.Add(who, "GET", "board.csv", "", "")
	}
	f.Fuzz(func(t *testing.T, who uint8, method, path, query, body string) {
		c := New(Config{})
		ada, err := c.add("Ada")
		if err != nil {
			t.Fatal(err)
		}
		bob, err := c.add("Bob")
		if err != nil {
			t.Fatal(err)
		}
		codes := []string{"", c.JoinCode(), ada.key, c.TeacherCode()}
		code := codes[int(who)%len(codes)]
		ctx, cancel := context.WithCancel(t.Context())
		if path == "events" {
			cancel() // the stream ends after its first event
		}
		defer cancel()
		r := httptest.NewRequestWithContext(ctx, http.MethodPost, "http://localhost/", strings.NewReader(body))
		r.Method, r.URL.Path, r.URL.RawQuery = method, APIPath+path, query
		r.Header.Set(codeHeader, code)
		w := httptest.NewRecorder()
		c.Handler().ServeHTTP(w, r)
		answer := w.Body.String()
		if w.Code >= 500 {
			t.Errorf("%s %q?%q: %d %s", method, path, query, w.Code, answer)
		}
		if strings.Contains(answer, bob.key) || code != c.TeacherCode() && strings.Contains(answer, c.TeacherCode()) {
			t.Errorf("%s %q?%q of %d has a code of another: %s", method, path, query, who, answer)
		}
		if code == "" && (w.Code/100 == 2 || strings.Contains(answer, "Bob")) {
			t.Errorf("%s %q?%q without a code: %d %s", method, path, query, w.Code, answer)
		}
		if b, _, _ := c.board(0, sender{}); code != c.TeacherCode() && (b.Hidden || len(b.Teams) < 2) {
			t.Errorf("%s %q?%q of %d hides names or removes a team: %+v", method, path, query, who, b)
		}
	})
}
