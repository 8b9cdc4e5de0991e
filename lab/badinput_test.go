package lab_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"tracelab/lab"

	"go.opentelemetry.io/otel/codes"
)

// Bad requests and their answers, through the real HTTP server, on a system with one task in it.
func TestBadRequestsAreRefusedWithTheirReason(t *testing.T) {
	tests := []struct {
		name    string
		request lab.Request
		status  int
		detail  string // part of it
		field   string // the first of errors
	}{
		{"body too large", post(`{"title": "` + strings.Repeat("x", 70_000) + `"}`), 413, "at most 65536 bytes", ""},
		{"broken JSON", post("{\n  \"title\": nope\n}"), 400, "line 2, column 13", ""},
		{"JSON that ends too early", post(`{"title": "x"`), 400, "ends too early, at line 1, column 13", ""},
		{
			"more than one object", post(`{"title": "x"} {"title": "y"}`), 400,
			"goes on after its JSON object, at line 1, column 16", "",
		},
		{"not an object", post(`["x"]`), 400, "must be a JSON object, not an array", ""},
		{"nothing but space", post("  \n"), 400, "the body is empty", ""},
		{"not UTF-8", post("{\"title\": \"\xff\"}"), 400, "not UTF-8", ""},
		{"wrong type of a field", post(`{"title": 7}`), 400, "must be a string, not a number", "title"},
		{"unknown field", post(`{"title": "x", "colour": "red"}`), 400, `no field "colour", at line 1`, "colour"},
		{"no title", post(`{}`), 400, "title must not be empty", "title"},
		{"empty title", post(`{"title": ""}`), 400, "title must not be empty", "title"},
		{"blank title", post(`{"title": "  \t"}`), 400, "title must not be empty", "title"},
		{
			"over-long title", post(`{"title": "` + strings.Repeat("ä", 201) + `"}`), 400, "at most 200 characters, has 201",
			"title",
		},
		{
			"over-long description", post(`{"title": "x", "description": "` + strings.Repeat("y", 4001) + `"}`), 400,
			"at most 4000", "description",
		},
		{"no content type", with(post(`{"title": "x"}`), "Content-Type", ""), 415, "must be application/json", ""},
		{
			"wrong content type", with(post(`{"title": "x"}`), "Content-Type", "text/plain"), 415, "must be application/json",
			"",
		},
		{
			"malformed content type", with(post(`{"title": "x"}`), "Content-Type", "application/json; ="), 415,
			"must be application/json", "",
		},
		{
			"over-long idempotency key", with(post(`{"title": "x"}`), "Idempotency-Key", strings.Repeat("k", 256)), 400,
			"at most 255 bytes", "",
		},
		{"unknown id", lab.Request{Method: "GET", Path: "/tasks/none"}, 404, "task not found", ""},
		{
			"unknown id to change",
			lab.Request{Method: "PATCH", Path: "/tasks/none", Body: `{"title": "x"}`},
			404, "task not found",
			"",
		},
		{"unknown id to delete", lab.Request{Method: "DELETE", Path: "/tasks/none"}, 404, "task not found", ""},
		{
			"nothing to change",
			lab.Request{Method: "PATCH", Path: "/tasks/none", Body: `{}`},
			400,
			"at least one of title, description, status", "",
		},
		{
			"status that users can't set",
			lab.Request{Method: "PATCH", Path: "/tasks/none", Body: `{"status": "PENDING"}`},
			400,
			"PROCESSED or DONE", "status",
		},
		{
			"status that there isn't",
			lab.Request{Method: "PATCH", Path: "/tasks/none", Body: `{"status": "LATER"}`},
			400,
			"PROCESSED or DONE", "status",
		},
		{"unknown route", lab.Request{Method: "GET", Path: "/nothing"}, 404, "", ""},
		{"wrong method", lab.Request{Method: "PUT", Path: "/tasks"}, 405, "", ""},
		{"wrong method on a task", lab.Request{Method: "POST", Path: "/tasks/none"}, 405, "", ""},
		{
			"page token that is none",
			lab.Request{Method: "GET", Path: "/tasks?page_token=%25%25"},
			400,
			"next_page_token of an earlier answer", "page_token",
		},
		{
			"page size that is no number",
			lab.Request{Method: "GET", Path: "/tasks?page_size=many"},
			400, "from 1 to 100",
			"page_size",
		},
		{"page size too large", lab.Request{Method: "GET", Path: "/tasks?page_size=101"}, 400, "from 1 to 100", "page_size"},
		{"page size zero", lab.Request{Method: "GET", Path: "/tasks?page_size=0"}, 400, "from 1 to 100", "page_size"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			l := start(t, lab.Config{})
			response := ask(t, l, test.request)
			if response.Status != test.status {
				t.Fatalf("status %d, want %d: %s", response.Status, test.status, response.Body)
			}
			if got := response.Header.Get("Content-Type"); got != "application/problem+json" {
				t.Errorf("content type %q", got)
			}
			var problem struct {
				Type, Title, Detail string
				Status              int
				TraceID             string `json:"trace_id"`
				Errors              []struct{ Field, Detail string }
			}
			if err := json.Unmarshal(response.Body, &problem); err != nil {
				t.Fatal(err)
			}
			if problem.Status != test.status || problem.Title == "" || problem.Type != "about:blank" {
				t.Errorf("problem %+v", problem)
			}
			if !strings.Contains(problem.Detail, test.detail) {
				t.Errorf("detail is %q, want it to contain %q", problem.Detail, test.detail)
			}
			if field := append(problem.Errors, struct{ Field, Detail string }{})[0].Field; field != test.field {
				t.Errorf("the first error is of field %q, want %q", field, test.field)
			}

			root := l.Spans()[0]
			if problem.TraceID != root.SpanContext().TraceID().String() {
				t.Errorf("trace_id is %q, the span's is %s", problem.TraceID, root.SpanContext().TraceID())
			}
			if root.Status().Code != codes.Unset {
				t.Errorf("the gateway's status is %v: a bad request is no failure of the gateway", root.Status())
			}
			if got := attributesOf(root)["http.status_code"].AsInt64(); got != int64(test.status) {
				t.Errorf("http.status_code is %d", got)
			}
		})
	}
}

func TestWrongMethodSaysWhatIsAllowed(t *testing.T) {
	l := start(t, lab.Config{})
	response := ask(t, l, lab.Request{Method: "PUT", Path: "/tasks"})
	for _, method := range []string{"GET", "POST"} {
		if !strings.Contains(response.Header.Get("Allow"), method) {
			t.Errorf("Allow is %q, want it to contain %s", response.Header.Get("Allow"), method)
		}
	}
}

func post(body string) lab.Request {
	return lab.Request{Method: http.MethodPost, Path: "/tasks", Body: body}
}

func with(r lab.Request, name, value string) lab.Request {
	r.Header = http.Header{name: {value}}
	return r
}
