package session

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"tracelab/internal/expect"
	"tracelab/live/problem"
	"tracelab/tracetree"
)

// maxBody is the size of an expected tree in bytes.
const maxBody = 1 << 20

// answerTime is how long an answer may take besides the time that it waits.
const answerTime = 10 * time.Second

// request is what the requests about trees have in common.
type request struct {
	wait    expect.Wait
	options []tracetree.Option
	update  bool   // the answer is what a golden file is to contain
	text    string // the body
}

// read reads the query, which has no other parameters than those known, and the body of a request.
func read(w http.ResponseWriter, r *http.Request, known ...string) (request, error) {
	var req request
	q, err := parametersOf(r, known...)
	if err != nil {
		return req, err
	}
	if req.wait.Within, err = timeOf(q, "within"); err != nil {
		return req, err
	}
	if req.wait.Quiet, err = timeOf(q, "quiet"); err != nil {
		return req, err
	}
	switch view := q.Get("view"); view {
	case "", "compact":
	case "full":
		req.options = append(req.options, tracetree.Full)
	default:
		return req, problem.BadRequest("view is %.80q: want compact or full", view)
	}
	if req.update, err = flagOf(q, "update"); err != nil {
		return req, err
	}
	for name, option := range map[string]tracetree.Option{"any": tracetree.Any, "attributes": tracetree.Attributes} {
		on, err := flagOf(q, name)
		if err != nil {
			return req, err
		}
		if on {
			req.options = append(req.options, option)
		}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if large, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return req, problem.New(http.StatusRequestEntityTooLarge, "the tree is too large: want at most %d bytes", large.Limit)
	}
	if err != nil {
		return req, problem.BadRequest("read the body: %w", err)
	}
	req.text = expect.Dedent(string(body))
	return req, nil
}

// parse reads the notation of the body. A body without a tree is an error: it would match before
// the first span has come, and prove nothing.
func (r *request) parse() (err error) {
	if r.wait.Pattern, err = tracetree.Parse(r.text); err != nil {
		return problem.BadRequest("%w", err)
	}
	if len(r.wait.Pattern.Lines()) == 0 {
		r.wait.Pattern = nil
		found := "is empty"
		if !expect.IsBlank(r.text) {
			found = "has only comments"
		}
		return problem.BadRequest("the body %s: want a tree in the notation, such as \"shop: order (root)\"", found)
	}
	return nil
}

// answer writes what do returns, a status and a text. It calls do with a context that ends with the
// session, unless too many requests wait.
func (s *Sessions) answer(w http.ResponseWriter, r *http.Request, of *session, long time.Duration,
	do func(context.Context) (int, string),
) error {
	select {
	case s.places <- struct{}{}:
		defer func() { <-s.places }()
	default:
		w.Header().Set("Retry-After", "1")
		return overload("%d requests wait for spans, as many as can: try again later", s.config.Waiting)
	}
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Time{}) // a recorder in a test has none
	_ = control.SetWriteDeadline(time.Now().Add(long + answerTime))
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	stop := context.AfterFunc(of.ended, cancel)
	defer stop()
	status, text := do(ctx)
	if of.ended.Err() != nil {
		return problem.New(http.StatusGone, "session %q was ended meanwhile", of.name)
	}
	problem.Header(w, "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text) // a client that has gone needs no answer
	return nil
}

// longest returns how long a request can wait.
func (r *request) longest() time.Duration {
	return max(r.wait.Within, expect.Longest) + r.wait.Quiet
}

// expect compares the trees of a session with the notation in the body.
func (s *Sessions) expect(w http.ResponseWriter, r *http.Request, of *session) error {
	req, err := read(w, r, "within", "quiet", "view", "any", "attributes")
	if err != nil {
		return err
	}
	if err := req.parse(); err != nil {
		return err
	}
	return s.answer(w, r, of, req.longest(), func(ctx context.Context) (int, string) {
		o := expect.Await(ctx, of.take, req.wait, req.options...)
		if o.Matches {
			return http.StatusOK, tracetree.Format(o.Forest, req.options...)
		}
		failed := o.Failure(req.wait.Pattern, s.advice(of), req.options...)
		return http.StatusConflict, failed + "\nseen, to be pasted:\n" + tracetree.Format(o.Forest, req.options...)
	})
}

// golden compares the trees of a session with a golden file, which is the body. With update, the
// answer is what the file is to contain: the same if it matches, so that counts, conditions and
// "..." that were added by hand stay.
func (s *Sessions) golden(w http.ResponseWriter, r *http.Request, of *session) error {
	req, err := read(w, r, "update", "within", "quiet", "view", "any")
	if err != nil {
		return err
	}
	if err := req.parse(); err != nil && !req.update {
		return err
	}
	return s.answer(w, r, of, req.longest(), func(ctx context.Context) (int, string) {
		o := expect.Await(ctx, of.take, req.wait, req.options...)
		switch {
		case o.Matches:
			return http.StatusOK, req.text
		case req.update && o.Complete && len(o.Spans) > 0:
			return http.StatusOK, expect.TopComments(req.text) + expect.Written(o.Forest, req.options...)
		default:
			failed := o.Failure(req.wait.Pattern, s.advice(of), req.options...)
			if len(o.Spans) > 0 {
				failed += "\nseen:\n" + tracetree.Format(o.Forest, req.options...)
			}
			if !req.update {
				failed += "To write the file anew, send it with ?update and save the answer.\n"
			}
			return http.StatusConflict, failed
		}
	})
}

// tree answers with the trees of a session, once nothing has changed for the quiet time.
func (s *Sessions) tree(w http.ResponseWriter, r *http.Request, of *session) error {
	req, err := read(w, r, "quiet", "view", "attributes")
	if err != nil {
		return err
	}
	return s.answer(w, r, of, req.longest(), func(ctx context.Context) (int, string) {
		o := expect.AwaitQuiet(ctx, of.take, req.wait.Quiet)
		return http.StatusOK, tracetree.Format(o.Forest, req.options...)
	})
}

// check answers with what the checks find in the trees of a session, once nothing has changed for
// the quiet time.
func (s *Sessions) check(w http.ResponseWriter, r *http.Request, of *session) error {
	req, err := read(w, r, "quiet")
	if err != nil {
		return err
	}
	return s.answer(w, r, of, req.longest(), func(ctx context.Context) (int, string) {
		o := expect.AwaitQuiet(ctx, of.take, req.wait.Quiet)
		if len(o.Spans) == 0 {
			return http.StatusConflict, "no trace to check\n" + s.advice(of).NoSpans
		}
		if found := expect.Findings(o.Forest, s.config.Checks); found != "" {
			return http.StatusConflict, found
		}
		return http.StatusOK, "no errors and no warnings\n"
	})
}

// advice returns what reports about a session recommend.
func (s *Sessions) advice(of *session) expect.Advice {
	meanwhile := ""
	if names := s.unknownSince(of.opened); len(names) > 0 {
		meanwhile += "  - Meanwhile, spans came for sessions that are not open: " + strings.Join(names, ", ") + ".\n"
	}
	if traces := s.sinceWithoutSession(of.opened); traces != "" {
		meanwhile += "  - Meanwhile, spans came without a session: " + traces + ".\n"
	}
	return expect.Advice{
		NoSpans: fmt.Sprintf(`
No span reached session %s. The usual reasons:
  - The program doesn't export to this receiver, or without the header, the path or the resource attribute of the session.
  - The test sent its request without the traceparent of the session.
  - The request's traceparent ends in 00, so that the program's sampler drops the spans: want 01.
  - The program's exporter waits: set OTEL_BSP_SCHEDULE_DELAY=100, flush, or give it a time: ?within=10s.
%s`, of.name, meanwhile),
		Longer: "If the program needs longer, give it a time: ?within=10s.",
	}
}

// writeJSON answers with indented JSON: people read it in a shell.
func writeJSON(w http.ResponseWriter, status int, value any) error {
	body, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err
	}
	problem.Header(w, "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n'))
	return nil
}
