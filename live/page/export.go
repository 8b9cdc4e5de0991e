package page

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"regexp"
	"strings"

	"tracelab/live/api"
	"tracelab/live/rows"
	"tracelab/live/store"
)

// MaxExported is the number of spans up to which traces can be written to a file of their own.
const MaxExported = 2000

// Export writes a page with all traces of a store in it, as a single file without any resource from
// elsewhere. It has the same scripts as the page on a server. It returns an error for more than
// [MaxExported] spans.
func Export(ctx context.Context, w io.Writer, s *store.Store, title string) error {
	if spans := s.Stats().Kept; spans > MaxExported {
		return fmt.Errorf("%d spans are too many for one file: want at most %d", spans, MaxExported)
	}
	answers, err := record(ctx, s)
	if err != nil {
		return err
	}
	icon, err := static.ReadFile("static/icon.svg")
	if err != nil {
		return err
	}
	iconURL := dataURL("image/svg+xml", icon)
	if answers["icon"], err = json.Marshal(iconURL); err != nil {
		return err
	}
	style, err := static.ReadFile("static/style.css")
	if err != nil {
		return err
	}
	modules, err := importMap()
	if err != nil {
		return err
	}
	data, err := json.Marshal(answers) // escapes <, > and &, so that it can't end its element
	if err != nil {
		return err
	}
	const start = `import "page/app.js";`
	policy := fmt.Sprintf("default-src 'none'; script-src %s %s data:; style-src %s; img-src data:; base-uri 'none'; "+
		"form-action 'none'", hashOf(modules), hashOf([]byte(start)), hashOf(style))
	_, err = fmt.Fprintf(w, `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="%s">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>%s</title>
<link rel="icon" href="%s">
<style>%s</style>
<script type="importmap">%s</script>
</head>
<body>
<script type="application/json" id="tracelab-data">%s</script>
<tl-app></tl-app>
<script type="module">%s</script>
</body>
</html>
`, html.EscapeString(policy), html.EscapeString(title), iconURL, style, modules, data, start)
	return err
}

func hashOf(text []byte) string {
	sum := sha256.Sum256(text)
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

func dataURL(contentType string, data []byte) string {
	return "data:" + contentType + ";base64," + base64.StdEncoding.EncodeToString(data)
}

// importMap returns the modules of the page as an import map. A module that is loaded from a data:
// URL can't resolve a relative import, so these are rewritten to names in the map.
func importMap() ([]byte, error) {
	entries, err := static.ReadDir("static")
	if err != nil {
		return nil, err
	}
	relative := regexp.MustCompile(`(from |import\()"\./`)
	imports := make(map[string]string)
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), ".js") || entry.Name() == "class.js" { // a file has no class
			continue
		}
		text, err := static.ReadFile("static/" + entry.Name())
		if err != nil {
			return nil, err
		}
		imports["page/"+entry.Name()] = dataURL("text/javascript", relative.ReplaceAll(text, []byte(`$1"page/`)))
	}
	return json.Marshal(map[string]any{"imports": imports})
}

// recorder records answers of the API.
type recorder struct {
	ctx     context.Context
	handler http.Handler
	answers map[string]json.RawMessage
}

// answer is a response in memory.
type answer struct {
	bytes.Buffer
	header http.Header
	status int
}

func (a *answer) Header() http.Header    { return a.header }
func (a *answer) WriteHeader(status int) { a.status = status }

// get returns the answer to a path below /api/v1/.
func (r *recorder) get(path string) ([]byte, error) {
	request, err := http.NewRequestWithContext(r.ctx, http.MethodGet, "http://localhost/api/v1/"+path, nil)
	if err != nil {
		return nil, err
	}
	a := &answer{header: make(http.Header), status: http.StatusOK}
	r.handler.ServeHTTP(a, request)
	if a.status != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", path, a.String())
	}
	return a.Bytes(), nil
}

// keep records the answer to a path as the one that the page finds under a key.
func (r *recorder) keep(key, path string) error {
	text, err := r.get(path)
	if err == nil {
		r.answers[key] = text
	}
	return err
}

// record returns the answers that the page may ask for, by their paths.
func record(ctx context.Context, s *store.Store) (map[string]json.RawMessage, error) {
	r := &recorder{ctx: ctx, handler: api.New(api.Config{Store: s}).Handler(), answers: make(map[string]json.RawMessage)}
	for _, path := range []string{"services", "durations", "map", "operations"} {
		if err := r.keep(path, path); err != nil {
			return nil, err
		}
	}
	traces := s.Traces(store.Query{Limit: MaxExported})
	for i := range traces {
		if err := r.trace(s, &traces[i]); err != nil {
			return nil, err
		}
	}
	// Last, as it has what the checks found.
	return r.answers, r.keep("traces", fmt.Sprintf("traces?limit=%d", rows.MaxWindow))
}

func (r *recorder) trace(s *store.Store, summary *store.Summary) error {
	path := "traces/" + summary.ID.String()
	for _, key := range []string{path + "/findings", path} {
		if err := r.keep(key, key); err != nil {
			return err
		}
	}
	for _, view := range []string{"compact", "full"} {
		if err := r.keep(path+"/overview/"+view, path+"/overview?width=600&view="+view); err != nil {
			return err
		}
		if err := r.rows(path, view); err != nil {
			return err
		}
	}
	tree, err := r.get(path + ".tree")
	if err != nil {
		return err
	}
	text, err := json.Marshal(map[string]string{"text": string(tree)})
	if err != nil {
		return err
	}
	r.answers[path+".tree"] = text
	trace, found := s.Trace(summary.ID)
	if !found {
		return fmt.Errorf("trace %s is gone", summary.ID)
	}
	for _, span := range trace.Forest.Spans() {
		if span.TraceID != summary.ID {
			continue
		}
		key := path + "/spans/" + span.SpanID.String()
		if err := r.keep(key, key+"?findings=true"); err != nil {
			return err
		}
	}
	return nil
}

// rows records all rows of a trace.
func (r *recorder) rows(path, view string) error {
	var all api.Window
	for {
		text, err := r.get(fmt.Sprintf("%s/rows?critical=true&findings=true&view=%s&from=%d&to=%d",
			path, view, len(all.Rows), len(all.Rows)+rows.MaxWindow))
		if err != nil {
			return err
		}
		var window api.Window
		if err := json.Unmarshal(text, &window); err != nil {
			return err
		}
		all.Total, all.Revision = window.Total, window.Revision
		all.Rows = append(all.Rows, window.Rows...)
		if len(window.Rows) == 0 || len(all.Rows) >= window.Total {
			break
		}
	}
	text, err := json.Marshal(all)
	r.answers[path+"/rows/"+view] = text
	return err
}
