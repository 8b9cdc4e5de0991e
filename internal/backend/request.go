package backend

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/cenkalti/backoff/v5"

	"tracelab/tracetree"
	"tracelab/tracetree/codec"
)

// answer is the answer to a request, with status 200 or 404.
type answer struct {
	url    string // without its query
	status int
	body   []byte
}

// isJSON reports whether the body is a JSON object. Jaeger answers requests for paths that it
// doesn't have with its page or with a plain text.
func (a answer) isJSON() bool { return bytes.HasPrefix(bytes.TrimSpace(a.body), []byte("{")) }

// get sends a request, more than once if need be. Statuses other than 200 and 404 are errors.
func (c *Client) get(ctx context.Context, base *url.URL, path string, query url.Values, accept string) (answer, error) {
	u := *base
	u.Path += path
	u.RawQuery = query.Encode()
	where := base.JoinPath(path).String()
	wait := backoff.NewExponentialBackOff()
	wait.InitialInterval = 200 * time.Millisecond
	a, err := backoff.Retry(ctx, func() (answer, error) { return c.try(ctx, u.String(), where, accept) },
		backoff.WithBackOff(wait), backoff.WithMaxTries(maxTries), backoff.WithMaxElapsedTime(maxWait))
	var busy *busyError
	if errors.As(err, &busy) { // the wait that it wraps is for Retry alone
		err = busy
	}
	return a, err
}

// busyError is the status of a backend that can't answer now.
type busyError struct{ message string }

func (e *busyError) Error() string { return e.message }

// try sends a request once. Its error is permanent unless the next try may succeed.
func (c *Client) try(ctx context.Context, target, where, accept string) (answer, error) {
	limited, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	r, err := http.NewRequestWithContext(limited, http.MethodGet, target, nil)
	if err != nil {
		return answer{}, backoff.Permanent(err)
	}
	r.Header.Set("Accept", accept)
	r.Header.Set("User-Agent", "tracelab")
	c.config.set(r)
	response, err := c.http.Do(r)
	if err == nil {
		defer response.Body.Close()
		a := answer{url: where, status: response.StatusCode}
		a.body, err = io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
		if err == nil {
			return a, c.check(a, response.Header)
		}
	}
	switch {
	case ctx.Err() != nil:
		return answer{}, backoff.Permanent(ctx.Err())
	case limited.Err() != nil:
		return answer{}, fmt.Errorf("no answer within %s", requestTimeout)
	}
	var redirected *url.Error
	if errors.As(err, &redirected) {
		err = redirected.Err // the URL is in the error of Fetch
	}
	masked := errors.New(c.config.mask(err.Error()))
	if refused := (*backoff.PermanentError)(nil); errors.As(err, &refused) {
		return answer{}, backoff.Permanent(masked)
	}
	return answer{}, masked
}

// check returns the error of an answer, nil for one that can be read.
func (c *Client) check(a answer, header http.Header) error {
	if len(a.body) > maxAnswer {
		return backoff.Permanent(fmt.Errorf("the answer has more than %d MiB: want a smaller limit or time", maxAnswer>>20))
	}
	message := fmt.Sprintf("the backend answers with status %d", a.status)
	if text := c.config.mask(reason(a.body)); text != "" {
		message += ": " + text
	}
	switch a.status {
	case http.StatusOK, http.StatusNotFound:
		return nil
	case http.StatusUnauthorized, http.StatusForbidden:
		return backoff.Permanent(fmt.Errorf("%s: want a token in %s, or headers in %s",
			message, TokenVariable, HeadersVariable))
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		busy := &busyError{message}
		if seconds, err := strconv.Atoi(header.Get("Retry-After")); err == nil && seconds >= 0 {
			return fmt.Errorf("%w, %w", busy, backoff.RetryAfter(min(seconds, 24*60*60)))
		}
		return busy
	}
	return backoff.Permanent(errors.New(message))
}

// maxReason is the number of characters of a backend's message that are repeated.
const maxReason = 300

// reason returns the message in the body of an error, in a line. It is empty for a page.
func reason(body []byte) string {
	var known struct {
		Detail string `json:"detail"` // of tracelab
		Error  struct {
			Message string `json:"message"`
		} `json:"error"` // of Jaeger's newer API
		Older []struct {
			Message string `json:"msg"`
		} `json:"errors"` // of its older one
	}
	text := string(body)
	if json.Unmarshal(body, &known) == nil {
		switch {
		case known.Detail != "":
			text = known.Detail
		case known.Error.Message != "":
			text = known.Error.Message
		case len(known.Older) > 0:
			text = known.Older[0].Message
		}
	}
	if strings.HasPrefix(strings.TrimSpace(text), "<") {
		return ""
	}
	words := strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) })
	text = strings.Join(words, " ")
	if runes := []rune(text); len(runes) > maxReason {
		text = string(runes[:maxReason]) + "…"
	}
	return text
}

// errNotTraces is for answers of programs that are something else.
var errNotTraces = errors.New("the answer is a page or text, and not traces: want the address of the backend's API")

// read decodes the spans of an answer.
func (c *Client) read(a answer) ([]tracetree.Span, []codec.Warning, error) {
	reader := codec.NewReader(bytes.NewReader(a.body), a.url)
	reader.Strict = c.config.Strict
	var spans []tracetree.Span
	for a.status != http.StatusNotFound {
		batch, err := reader.Next()
		switch {
		case errors.Is(err, io.EOF):
			return spans, reader.Warnings(), nil
		case err != nil:
			return nil, nil, err
		}
		spans = append(spans, batch...)
	}
	return nil, nil, nil
}

// decodeJSON decodes an answer that is not traces.
func decodeJSON(a answer, into any) error {
	if a.status != http.StatusOK || !a.isJSON() {
		return errNotTraces
	}
	if err := json.Unmarshal(a.body, into); err != nil {
		return fmt.Errorf("read the answer to %s: %w", a.url, err)
	}
	return nil
}
