package gateway

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"
)

// readJSON reads a request's body, which has to be one JSON object of the
// fields of v and no others. What is wrong with it is said with its place.
func readJSON(r *http.Request, v any) error {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/json" {
		return refuse(http.StatusUnsupportedMediaType, "the body must be application/json")
	}
	body, err := io.ReadAll(r.Body)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return refuse(http.StatusRequestEntityTooLarge, fmt.Sprintf("the body must have at most %d bytes", tooLarge.Limit))
	case err != nil:
		return refuse(http.StatusBadRequest, "the body could not be read to its end")
	case len(bytes.TrimSpace(body)) == 0:
		return refuse(http.StatusBadRequest, "the body is empty: a JSON object is required")
	case !utf8.Valid(body):
		return refuse(http.StatusBadRequest, "the body is not UTF-8")
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(v); err != nil {
		return jsonProblem(body, decoder.InputOffset(), err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return refuse(http.StatusBadRequest, "the body goes on after its JSON object, at "+position(body, decoder.InputOffset()))
	}
	return nil
}

// jsonProblem says what is wrong with a body, and where. offset is how far the
// decoder got, for the errors that don't say it themselves.
func jsonProblem(body []byte, offset int64, err error) error {
	var syntax *json.SyntaxError
	var mistyped *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return refuse(http.StatusBadRequest, fmt.Sprintf("the body is not JSON: %s, at %s", syntax, position(body, syntax.Offset)))
	case errors.Is(err, io.ErrUnexpectedEOF):
		return refuse(http.StatusBadRequest, "the body is not JSON: it ends too early, at "+position(body, int64(len(body))))
	case errors.As(err, &mistyped) && mistyped.Field == "":
		return refuse(http.StatusBadRequest, "the body must be a JSON object, not "+article(mistyped.Value))
	case errors.As(err, &mistyped):
		detail := fmt.Sprintf("must be a %s, not %s", mistyped.Type, article(mistyped.Value))
		return refuse(http.StatusBadRequest, fmt.Sprintf("%s %s, at %s", mistyped.Field, detail, position(body, mistyped.Offset)),
			fieldError{mistyped.Field, detail})
	}
	if field, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		field = strings.Trim(field, `"`)
		return refuse(http.StatusBadRequest, fmt.Sprintf("there is no field %q, at %s", field, position(body, offset)),
			fieldError{field, "is not a field of this request"})
	}
	return refuse(http.StatusBadRequest, "the body is not JSON")
}

// article puts "a" or "an" before the name of a JSON type.
func article(kind string) string {
	kind, _, _ = strings.Cut(kind, " ")
	if strings.ContainsAny(kind[:1], "ao") {
		return "an " + kind
	}
	return "a " + kind
}

// position returns the line and column, counted from 1, of the byte before the
// offset: the decoder's offsets stand behind what they speak of.
func position(body []byte, offset int64) string {
	read := body[:min(max(offset-1, 0), int64(len(body)))]
	line := 1 + bytes.Count(read, []byte("\n"))
	column := 1 + utf8.RuneCount(read[bytes.LastIndexByte(read, '\n')+1:])
	return fmt.Sprintf("line %d, column %d", line, column)
}
