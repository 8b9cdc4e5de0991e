package gateway

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

type body struct {
	Title  string  `json:"title"`
	Status *string `json:"status"`
}

func jsonRequest(t testing.TB, contentType, text string) *http.Request {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/tasks", strings.NewReader(text))
	r.Header.Set("Content-Type", contentType)
	return r
}

func TestJSONErrorsSayWhatIsWrongAndWhere(t *testing.T) {
	tests := []struct{ body, want, reason string }{
		{"", "the body is empty: a JSON object is required", ""},
		{" \n\t ", "the body is empty: a JSON object is required", "blanks are nothing"},
		{"{\"title\":\"\xff\"}", "the body is not UTF-8", "the decoder would replace it silently"},
		{
			`{"title":}`,
			"the body is not JSON: invalid character '}' looking for beginning of value, at line 1, column 10",
			"",
		},
		{
			"{\n  \"title\": \"a\",\n}",
			"the body is not JSON: invalid character '}' looking for beginning of object key string, at line 3, column 1",
			"lines are counted from 1",
		},
		{
			`{"title":"日本" x}`,
			"the body is not JSON: invalid character 'x' after object key:value pair, at line 1, column 15",
			"columns are characters, not bytes",
		},
		{`{"title":"a"`, "the body is not JSON: it ends too early, at line 1, column 12", "the last character that is there"},
		{"{\"title\":\"a\nb\"}", "the body is not JSON: invalid character '\\n' in string literal, at line 1, column 12", ""},
		{`nonsense`, "the body is not JSON: invalid character 'o' in literal null (expecting 'u'), at line 1, column 2", ""},
		{`[]`, "the body must be a JSON object, not an array", ""},
		{`"a"`, "the body must be a JSON object, not a string", ""},
		{`1`, "the body must be a JSON object, not a number", ""},
		{`true`, "the body must be a JSON object, not a bool", ""},
		{`null`, "the body must be a JSON object, not null", "null would leave the fields as they are"},
		{`{"title":1}`, "title must be a string, not a number, at line 1, column 10", "the value's own place"},
		{
			"{\"title\":\"a\",\n \"status\":{\"a\":1}}",
			"status must be a string, not an object, at line 2, column 11",
			"a field that may be absent, too",
		},
		{`{"title":true}`, "title must be a string, not a bool, at line 1, column 13", ""},
		{`{"titel":"a"}`, `there is no field "titel", at line 1, column 8`, "where its name ends"},
		{
			"{\"title\":\"titel\",\n\"titel\":[{}]}",
			`there is no field "titel", at line 2, column 7`,
			"a value of the same text is no name",
		},
		{`{"a\u0062":1}`, `there is no field "ab", at line 1, column 10`, "however its name is written"},
		{`{"a\"b":1}`, `there is no field "a\"b", at line 1, column 7`, ""},
		{`{"title":"a"} {"title":"b"}`, "the body goes on after its JSON object, at line 1, column 15", ""},
		{`{"title":"a"}]`, "the body goes on after its JSON object, at line 1, column 14", "whatever follows"},
		{"{\"title\":\"a\"}\nx", "the body goes on after its JSON object, at line 2, column 1", ""},
	}
	for _, test := range tests {
		err := readJSON(jsonRequest(t, "application/json", test.body), &body{})
		if err == nil || err.Error() != test.want {
			t.Errorf("%q:\n got %v\nwant %s: %s", test.body, err, test.want, test.reason)
		}
	}
}

func TestJSONWithBlanksAroundItIsRead(t *testing.T) {
	var got body
	if err := readJSON(jsonRequest(t, "application/json", " \r\n{\"title\" : \"a\"}\t\n"), &got); err != nil ||
		got.Title != "a" {
		t.Errorf("read %+v, error %v", got, err)
	}
}

func TestContentTypes(t *testing.T) {
	tests := []struct {
		contentType string
		ok          bool
		reason      string
	}{
		{"application/json", true, ""},
		{"application/json; charset=utf-8", true, "it is the only one that JSON has"},
		{`application/json; Charset="UTF-8"`, true, "case-insensitive, quoted or not"},
		{"application/json; charset=utf-16", false, "the body would be read as something else"},
		{"application/json; charset=iso-8859-1", false, ""},
		{"application/json; charset=us-ascii", false, "JSON has no such parameter; a subset isn't worth an exception"},
		{"application/json; charset=", false, ""},
		{"application/json; profile=x", true, "other parameters are allowed"},
		{"Application/JSON", true, "media types are case-insensitive"},
		{"", false, "nobody guesses"},
		{"text/plain", false, ""},
		{"application/merge-patch+json", false, "one type for all routes"},
		{"application/json; charset", false, "malformed"},
		{"multipart/form-data; boundary=x", false, ""},
	}
	for _, test := range tests {
		err := readJSON(jsonRequest(t, test.contentType, `{"title":"a"}`), &body{})
		var p *problem
		if test.ok != (err == nil) || err != nil && (!errors.As(err, &p) || p.Status != http.StatusUnsupportedMediaType) {
			t.Errorf("%q: error %v, want it read: %v: %s", test.contentType, err, test.ok, test.reason)
		}
	}
}

// Whatever the body is, readJSON reads it or returns a problem.
func FuzzReadJSON(f *testing.F) {
	for _, seed := range []string{
		``, `{}`, `{"title":"a","status":null}`, `{"title":1}`, `{"title":`, `{"a":{"b":[1]}}`, `[`, `null`, `{"title":"a"}{`,
		"{\"title\":\"\xff\"}", "\xef\xbb\xbf{}", `{"title":"\ud800"}`, `{"status":{}}`, `{"title":1e999}`, `{"Title":[]}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r := jsonRequest(t, "application/json", text)
		r.Body = http.MaxBytesReader(httptest.NewRecorder(), io.NopCloser(strings.NewReader(text)), 64)
		err := readJSON(r, &body{})
		if err == nil {
			return
		}
		var p *problem
		if !errors.As(err, &p) || p.Detail == "" || p.Status < 400 || p.Status > 499 {
			t.Errorf("%q: error %#v, want a problem of the client's with a detail", text, err)
		}
		for _, field := range append(p.Errors, fieldError{"-", "-"}) {
			if field.Detail == "" {
				t.Errorf("%q: field %q is refused without a word", text, field.Field)
			}
		}
	})
}
