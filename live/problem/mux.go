package problem

import (
	"net/http"
	"strings"
)

// Mux returns a handler that serves the patterns of mux, and answers every other request with an
// error: 405 with the header Allow if the path has other methods, else 404. The mux must have no
// pattern that matches everything. The error refers to a document, by its path in the repository.
func Mux(mux *http.ServeMux, document string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, pattern := mux.Handler(r); pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		const format = "unknown path %.200q: want %s"
		if allow := allowed(mux, r); allow != "" {
			w.Header().Set("Allow", allow)
			Write(w, New(http.StatusMethodNotAllowed, "method %.20q of path %.200q: want %s", r.Method, r.URL.Path, allow))
		} else if path, found := withoutSlash(mux, r); found {
			Write(w, NotFound(format, r.URL.Path, path+", without a slash at the end"))
		} else {
			Write(w, NotFound(format, r.URL.Path, "one that "+document+" lists"))
		}
	})
}

// allowed returns the methods of a path that doesn't have the request's one, as in the header
// Allow, or "". Only the mux's own answer contains them.
func allowed(mux *http.ServeMux, r *http.Request) string {
	refuse, _ := mux.Handler(r)
	answer := headerOnly{}
	refuse.ServeHTTP(answer, r)
	return http.Header(answer).Get("Allow")
}

// withoutSlash returns the path of a request without the slash at its end, and whether the mux has
// that path.
func withoutSlash(mux *http.ServeMux, r *http.Request) (string, bool) {
	path, found := strings.CutSuffix(r.URL.Path, "/")
	if !found || path == "" {
		return "", false
	}
	without := r.Clone(r.Context())
	without.URL.Path, without.URL.RawPath = path, ""
	_, pattern := mux.Handler(without)
	return path, pattern != "" || allowed(mux, without) != ""
}

// headerOnly is a response of which only the header is kept.
type headerOnly http.Header

func (h headerOnly) Header() http.Header            { return http.Header(h) }
func (h headerOnly) Write(body []byte) (int, error) { return len(body), nil }
func (h headerOnly) WriteHeader(int)                {}
