package scenarios

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/http/httpguts"

	"tracelab/lab"
)

var methods = []string{http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodDelete}

// readRequests reads a line for each request, with its headers indented below it:
//
//	3x POST /tasks {"title": "Learn tracing"} → 201
//	  baggage: tenant_id=acme
func (s *Scenario) readRequests(src *sourceFile, part *section) error {
	for i, line := range strings.Split(part.text, "\n") {
		at := part.offset + i + 1
		trimmed := strings.TrimSpace(line)
		switch {
		case trimmed == "" || strings.HasPrefix(trimmed, "#"):
		case line != strings.TrimLeft(line, " \t"):
			if err := s.readRequestHeader(src, at, line); err != nil {
				return err
			}
		default:
			if err := s.readRequest(src, at, line); err != nil {
				return err
			}
		}
	}
	if len(s.Requests) == 0 {
		return src.errorAt(part.offset, 4,
			"section requests is empty: want a line such as POST /tasks {\"title\": \"Learn tracing\"} → 201")
	}
	return nil
}

func (s *Scenario) readRequest(src *sourceFile, at int, line string) error {
	request := Request{Count: 1}
	rest, status, found := cutLast(line, "→")
	if found {
		n, err := strconv.Atoi(strings.TrimSpace(status))
		if err != nil || n < 100 || n > 599 {
			return src.errorAt(at, columnOf(line, len(rest)), "the status after → is %q: want a number such as 201",
				strings.TrimSpace(status))
		}
		request.Status = n
	}
	words := strings.SplitN(strings.TrimSpace(rest), " ", 2)
	if n, isCount := strings.CutSuffix(words[0], "x"); isCount && len(words) == 2 {
		count, err := strconv.Atoi(n)
		if err != nil || count < 1 || count > 1000 {
			return src.errorAt(at, 1, "the count is %q: want 2x to 1000x", words[0])
		}
		request.Count = count
		words = strings.SplitN(strings.TrimSpace(words[1]), " ", 2)
	}
	if !slices.Contains(methods, words[0]) || len(words) < 2 {
		return src.errorAt(at, 1, "the method is %q: want %s, then a path", words[0], strings.Join(methods, ", "))
	}
	request.Method = words[0]
	path, body, _ := strings.Cut(strings.TrimSpace(words[1]), " ")
	if !strings.HasPrefix(path, "/") {
		return src.errorAt(at, columnOf(line, strings.Index(line, path)), "the path is %q: want one that begins with /", path)
	}
	request.Path, request.Body = path, strings.TrimSpace(body)
	if request.Body != "" && !json.Valid([]byte(request.Body)) {
		return src.errorAt(at, columnOf(line, strings.Index(line, request.Body)),
			"the body is not JSON: want an object such as {\"title\": \"Learn tracing\"}")
	}
	s.Requests = append(s.Requests, request)
	return nil
}

func (s *Scenario) readRequestHeader(src *sourceFile, at int, line string) error {
	indent := len(line) - len(strings.TrimLeft(line, " \t"))
	name, value, found := strings.Cut(strings.TrimSpace(line), ":")
	value = strings.TrimSpace(value)
	switch {
	case len(s.Requests) == 0:
		return src.errorAt(at, indent+1, "a header without a request above it: want a request first")
	case !found || !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(value):
		return src.errorAt(at, indent+1, "an indented line is a header: want name: value, as in baggage: tenant_id=acme")
	}
	last := &s.Requests[len(s.Requests)-1]
	if last.Header == nil {
		last.Header = http.Header{}
	}
	last.Header.Add(name, value)
	return nil
}

// ordinary are requests with which nothing is wrong, for what surrounds a fault.
func ordinary(method, path, body string) Request {
	return Request{Request: lab.Request{Method: method, Path: path, Body: body}, Count: 1}
}

// cutLast cuts at the last separator.
func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// columnOf returns the column of a byte of a line.
func columnOf(line string, at int) int {
	return 1 + utf8.RuneCountInString(line[:max(0, min(at, len(line)))])
}
