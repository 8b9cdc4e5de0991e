// Package page has the page that shows traces: static files, which need no build, and a single file
// with some traces in it. Everything that the page shows it requests from package api.
package page

import (
	"embed"
	"io/fs"
	"net/http"
	"path"
	"unicode/utf8"
)

//go:embed static
var static embed.FS

// policy allows what the page consists of, and nothing else: no script or style in the page itself,
// nothing from elsewhere.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// Handler returns the handler of the page's files, for the root of a server.
func Handler() http.Handler { return serveFiles("index.html") }

// ClassHandler returns the handler of the class board and its files, for the root of a server.
func ClassHandler() http.Handler { return serveFiles("class.html") }

// serveFiles returns a handler of the files, with an index for the root.
func serveFiles(index string) http.Handler {
	files, err := fs.Sub(static, "static")
	if err != nil {
		panic(err) // the folder is embedded
	}
	serve := http.FileServerFS(files)
	types := map[string]string{".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "want GET", http.StatusMethodNotAllowed)
			return
		}
		if !utf8.ValidString(r.URL.Path) { // which a file system takes for a failure of its own
			http.NotFound(w, r)
			return
		}
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-cache")
		if contentType, known := types[path.Ext(r.URL.Path)]; known { // the system's table may differ
			h.Set("Content-Type", contentType)
		}
		if path.Clean("/"+r.URL.Path) == "/" {
			http.ServeFileFS(w, r, files, index)
			return
		}
		serve.ServeHTTP(w, r)
	})
}
