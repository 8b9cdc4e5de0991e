package gateway

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/labstack/echo/v4"
)

// readBody is [readJSON] with the request's deadline.
//
// The request's context doesn't end a read from the connection, so that the read gets the deadline
// too. It is removed before the task service is called: the server reads ahead to notice when the
// client leaves, and would cancel the request as if it had. After an error it stays, as the server
// reads the rest of the body before the next request. A server that can't set deadlines has one of
// its own.
func readBody(c echo.Context, v any) error {
	r := c.Request()
	connection := http.NewResponseController(c.Response())
	if deadline, ok := r.Context().Deadline(); ok {
		_ = connection.SetReadDeadline(deadline)
	}
	if err := readJSON(r, v); err != nil {
		return err
	}
	_ = connection.SetReadDeadline(time.Time{})
	return nil
}

// readJSON reads a request's body, which has to be one JSON object of the fields of v and no
// others. Errors have the line and column.
func readJSON(r *http.Request, v any) error {
	media, parameters, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/json" {
		return refuse(http.StatusUnsupportedMediaType, "the body must be application/json")
	}
	if charset, given := parameters["charset"]; given && !strings.EqualFold(charset, "utf-8") {
		return refuse(http.StatusUnsupportedMediaType, fmt.Sprintf("the body's charset is %q, want utf-8", charset))
	}
	body, err := io.ReadAll(r.Body)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return refuse(http.StatusRequestEntityTooLarge, fmt.Sprintf("the body must have at most %d bytes", tooLarge.Limit))
	case isTimeout(err):
		return refuse(http.StatusRequestTimeout, "the body did not come in time")
	case err != nil:
		return refuse(http.StatusBadRequest, "the body could not be read to its end")
	case len(bytes.TrimSpace(body)) == 0:
		return refuse(http.StatusBadRequest, "the body is empty: a JSON object is required")
	case !utf8.Valid(body):
		return refuse(http.StatusBadRequest, "the body is not UTF-8")
	case string(bytes.TrimSpace(body)) == "null":
		// The decoder would read it as an object without fields.
		return refuse(http.StatusBadRequest, "the body must be a JSON object, not null")
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(v); err != nil {
		return jsonProblem(body, err)
	}
	if rest := bytes.TrimLeft(body[decoder.InputOffset():], " \t\r\n"); len(rest) > 0 {
		return refuse(
			http.StatusBadRequest,
			"the body goes on after its JSON object, at "+position(body, int64(len(body)-len(rest)+1)),
		)
	}
	return nil
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

// jsonProblem returns the problem of a body that can't be decoded, with its position.
func jsonProblem(body []byte, err error) error {
	var syntax *json.SyntaxError
	var mistyped *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return refuse(
			http.StatusBadRequest,
			fmt.Sprintf("the body is not JSON: %s, at %s", syntax, position(body, syntax.Offset)),
		)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return refuse(http.StatusBadRequest, "the body is not JSON: it ends too early, at "+position(body, int64(len(body))))
	case errors.As(err, &mistyped) && mistyped.Field == "":
		return refuse(http.StatusBadRequest, "the body must be a JSON object, not "+article(mistyped.Value))
	case errors.As(err, &mistyped):
		detail := fmt.Sprintf("must be a %s, not %s", mistyped.Type, article(mistyped.Value))
		return refuse(
			http.StatusBadRequest,
			fmt.Sprintf("%s %s, at %s", mistyped.Field, detail, position(body, mistyped.Offset)),
			fieldError{mistyped.Field, detail},
		)
	}
	if quoted, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		field := quoted
		if name, err := strconv.Unquote(quoted); err == nil {
			field = name
		}
		return refuse(
			http.StatusBadRequest,
			fmt.Sprintf("there is no field %q, at %s", field, position(body, nameOffset(body, field))),
			fieldError{field, "is not a field of this request"},
		)
	}
	return refuse(http.StatusBadRequest, "the body is not JSON")
}

// nameOffset returns the offset after the name of a field of a JSON object, or that of the object's
// end.
func nameOffset(body []byte, field string) int64 {
	decoder := json.NewDecoder(bytes.NewReader(body))
	_, err := decoder.Token() // the object's brace
	for err == nil && decoder.More() {
		var name json.Token
		var value json.RawMessage
		if name, err = decoder.Token(); name == field {
			break
		}
		if err == nil {
			err = decoder.Decode(&value)
		}
	}
	return decoder.InputOffset()
}

// article puts "a" or "an" before the name of a JSON type.
func article(kind string) string {
	kind, _, _ = strings.Cut(kind, " ")
	if strings.ContainsAny(kind[:1], "ao") {
		return "an " + kind
	}
	return "a " + kind
}

// position returns the line and column, counted from 1, of the byte before the offset: the
// decoder's offsets are just after what they refer to.
func position(body []byte, offset int64) string {
	read := body[:min(max(offset-1, 0), int64(len(body)))]
	line := 1 + bytes.Count(read, []byte("\n"))
	column := 1 + utf8.RuneCount(read[bytes.LastIndexByte(read, '\n')+1:])
	return fmt.Sprintf("line %d, column %d", line, column)
}
