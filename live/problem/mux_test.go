package problem_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"tracelab/live/problem"
)

func TestUnknownPathsAndMethods(t *testing.T) {
	mux := http.NewServeMux()
	for _, pattern := range []string{"GET /x/items", "POST /x/items", "GET /x/items/{id}", "PUT /x/items/{id}/color"} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			_, _ = w.Write([]byte("got " + r.PathValue("id")))
		})
	}
	h := problem.Mux(mux, "docs/x.md")
	tests := []struct {
		reason, method, path string
		status               int
		allow, want          string
	}{
		{"a known path, with its value", "GET", "/x/items/7", 200, "", "got 7"},
		{"HEAD is allowed where GET is", "HEAD", "/x/items/7", 200, "", ""},
		{"a path that is not clean", "GET", "/x//items", 307, "", ""},
		{
			"a method of no path", "DELETE", "/x/items", 405, "GET, HEAD, POST",
			`method "DELETE" of path "/x/items": want GET, HEAD, POST`,
		},
		{"a method of another path", "POST", "/x/items/7", 405, "GET, HEAD", "want GET, HEAD"},
		{"an invented method", strings.Repeat("A", 100), "/x/items/7/color", 405, "PUT", `method "AAAAAAAAAAAAAAAAAAAA" of`},
		{"an unknown path", "GET", "/x/item", 404, "", `unknown path "/x/item": want one that docs/x.md lists`},
		{
			"a slash at the end", "GET", "/x/items/", 404, "",
			`unknown path "/x/items/": want /x/items, without a slash at the end`,
		},
		{"a slash at the end, and a wrong method", "GET", "/x/items/7/color/", 404, "", "want /x/items/7/color, without"},
		{"a slash at the end of an unknown path", "GET", "/x/item/", 404, "", "want one that docs/x.md lists"},
		{"the root", "GET", "/", 404, "", "want one that docs/x.md lists"},
		{"control characters", "GET", "/x/\x1b[31m", 404, "", `/x/\x1b[31m`},
	}
	for _, test := range tests {
		r := httptest.NewRequestWithContext(t.Context(), test.method, "/", nil)
		r.URL.Path = test.path
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if got := w.Header().Get("Allow"); w.Code != test.status || got != test.allow {
			t.Errorf("%s: %d, Allow %q, want %d, %q", test.reason, w.Code, got, test.status, test.allow)
		}
		text := w.Body.String()
		if test.status >= 400 {
			var body struct{ Detail string }
			media := w.Header().Get("Content-Type")
			if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil || media != "application/problem+json" {
				t.Errorf("%s: %v: %s %s", test.reason, err, media, text)
			}
			text = body.Detail
		}
		if !strings.Contains(text, test.want) {
			t.Errorf("%s: %q, want %q", test.reason, text, test.want)
		}
	}
}
