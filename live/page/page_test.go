package page_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tracelab/live/page"
	"tracelab/live/store"
	"tracelab/tracetree"
)

func TestFilesAreServedWithAPolicy(t *testing.T) {
	for path, contentType := range map[string]string{
		"/": "text/html; charset=utf-8", "/app.js": "text/javascript; charset=utf-8",
		"/style.css": "text/css; charset=utf-8", "/icon.svg": "image/svg+xml",
	} {
		w := httptest.NewRecorder()
		page.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", path, nil))
		policy := w.Header().Get("Content-Security-Policy")
		strict := strings.Contains(policy, "default-src 'none'") && !strings.Contains(policy, "unsafe")
		if w.Code != 200 || w.Header().Get("Content-Type") != contentType || !strict {
			t.Errorf("%s: %d %v", path, w.Code, w.Header())
		}
	}
	w := httptest.NewRecorder()
	page.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "POST", "/", nil))
	if w.Code != 405 {
		t.Errorf("POST: %d, want 405", w.Code)
	}
}

// FuzzFiles requests any path: what is served is a file of the page, with its policy.
func FuzzFiles(f *testing.F) {
	paths := []string{
		"/", "/app.js", "/index.html", "//app.js", "/../page.go", "/static/app.js", "", "/app.js/",
		"/\x00", "/\xb0", "./", "/.",
	}
	for _, target := range paths {
		f.Add("GET", target)
	}
	f.Add("DELETE", "/app.js")
	h := page.Handler()
	f.Fuzz(func(t *testing.T, method, target string) {
		r := httptest.NewRequestWithContext(t.Context(), "GET", "/", nil)
		r.Method, r.URL.Path = method, target
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code >= 500 {
			t.Errorf("%s %q: %d %s", method, target, w.Code, w.Body)
		}
		if w.Code != 200 {
			return
		}
		file := strings.Trim(path.Clean("/"+target), "/")
		if file == "" {
			file = "index.html"
		}
		want, err := os.ReadFile(filepath.Join("static", filepath.Base(file)))
		if err != nil || method == "GET" && w.Body.String() != string(want) {
			t.Errorf("%s %q: %d bytes that are not those of a file of the page: %v", method, target, w.Body.Len(), err)
		}
		if w.Header().Get("Content-Security-Policy") == "" {
			t.Errorf("%s %q: no policy", method, target)
		}
	})
}

// TestFilesKeepToThePolicy looks for what the policy would block, and for ways to make HTML of
// text.
func TestFilesKeepToThePolicy(t *testing.T) {
	forbidden := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|` +
		`https?://(?:[^w]|w[^w])|style="|<script>|onclick="`)
	err := fs.WalkDir(os.DirFS("static"), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile("static/" + path)
		if err != nil {
			return err
		}
		for i, line := range strings.Split(string(text), "\n") {
			if found := forbidden.FindString(line); found != "" && !strings.Contains(line, "localhost") {
				t.Errorf("static/%s:%d: %q", path, i+1, found)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func span(n byte, name string) tracetree.Span {
	return tracetree.Span{
		TraceID: tracetree.TraceID{1, n}, SpanID: tracetree.SpanID{n}, Name: name, Kind: tracetree.KindServer,
		Start: 1e18, End: 1e18 + 5e6,
		Origin: &tracetree.Origin{Resource: []tracetree.Attr{{Key: "service.name", Value: tracetree.String("shop")}}},
	}
}

func TestExportIsOneFile(t *testing.T) {
	s := store.New(store.Config{})
	s.Add([]tracetree.Span{span(1, "</script><script>alert(1)</script>"), span(2, "GET /")})
	var file bytes.Buffer
	if err := page.Export(t.Context(), &file, s, "<title>"); err != nil {
		t.Fatal(err)
	}
	text := file.String()
	if strings.Contains(text, "alert(1)</script>") || strings.Contains(text, "<title><title>") {
		t.Error("text of a span is HTML")
	}
	if found := regexp.MustCompile(`(?:src|href)="[^d]`).FindString(text); found != "" {
		t.Errorf("the file refers to something else: %s", found)
	}
	for _, want := range []string{"traces/01010000000000000000000000000000/rows/full", "page/grid.js", "sha256-"} {
		if !strings.Contains(text, want) {
			t.Errorf("the file has no %q", want)
		}
	}
}

func TestExportMarksCutTraces(t *testing.T) {
	s := store.New(store.Config{Memory: 8 << 10})
	for i := range byte(100) {
		one := span(1, strings.Repeat("step ", 100))
		one.Name, one.SpanID = one.Name+string('a'+rune(i)), tracetree.SpanID{i + 1}
		s.Add([]tracetree.Span{one})
	}
	cut := s.Traces(store.Query{})[0].Cut
	if cut == 0 {
		t.Fatal("no span was cut")
	}
	var file bytes.Buffer
	if err := page.Export(t.Context(), &file, s, "x"); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{fmt.Sprintf(`"cut":%d`, cut), fmt.Sprintf("dropped for lack of memory: %d", cut)} {
		if !strings.Contains(file.String(), want) {
			t.Errorf("the file has no %s", want)
		}
	}
}

func TestExportHasALimit(t *testing.T) {
	s := store.New(store.Config{})
	for i := range page.MaxExported + 1 {
		one := span(1, "step")
		one.SpanID = tracetree.SpanID{1, byte(i >> 8), byte(i)}
		s.Add([]tracetree.Span{one})
	}
	err := page.Export(t.Context(), &bytes.Buffer{}, s, "x")
	if err == nil || !strings.Contains(err.Error(), "want at most") {
		t.Errorf("error %v", err)
	}
}
