// Package problem writes the answers of HTTP APIs: JSON, streams of events, and errors as RFC 9457
// has them. The APIs of the page, the class and the test sessions share it.
package problem

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"tracelab/live/rows"
)

// statusError is an error with the status of its response.
type statusError struct {
	status int
	err    error
}

func (e *statusError) Error() string { return e.err.Error() }
func (e *statusError) Unwrap() error { return e.err }

// New returns an error that is answered with a status.
func New(status int, format string, args ...any) error {
	return &statusError{status, fmt.Errorf(format, args...)}
}

// BadRequest returns an error about a request, with the status 400.
func BadRequest(format string, args ...any) error { return New(http.StatusBadRequest, format, args...) }

// NotFound returns an error with the status 404.
func NotFound(format string, args ...any) error { return New(http.StatusNotFound, format, args...) }

// body is what an error looks like.
type body struct {
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
}

// retryAfter is when a client should try again after an overload, in seconds.
const retryAfter = "5"

// maxDetail is the length of an error in bytes; longer ones are cut.
const maxDetail = 1000

// Respond answers with the result of a handler as JSON, or with its error.
func Respond(w http.ResponseWriter, r *http.Request, handle func(*http.Request) (any, error)) {
	result, err := handle(r)
	if err != nil {
		Write(w, err)
		return
	}
	JSON(w, http.StatusOK, result)
}

// JSON answers with a status and a value, which must be one that JSON can hold.
func JSON(w http.ResponseWriter, status int, value any) {
	Header(w, "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value) // it escapes <, > and &; a client that has gone needs no answer
}

// Write answers with an error. Errors that don't come from this package have the status 500.
func Write(w http.ResponseWriter, err error) {
	status := http.StatusInternalServerError
	if e, ok := errors.AsType[*statusError](err); ok {
		status = e.status
	}
	Header(w, "application/problem+json")
	if status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", retryAfter)
	}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body{http.StatusText(status), status, rows.Cut(err.Error(), maxDetail)})
}

// Header sets the headers of every response. Without nosniff, a browser might take text from a
// trace for a page.
func Header(w http.ResponseWriter, contentType string) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
}
