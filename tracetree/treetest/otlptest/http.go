package otlptest

import (
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	"go.opentelemetry.io/collector/pdata/ptrace"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"tracelab/tracetree/codec"
)

// maxBody is the largest request in bytes, compressed and not.
const maxBody = 64 << 20

// encoding is one of the two forms of OTLP over HTTP. A request has the wire form of ptrace.Traces.
type encoding struct {
	contentType string
	unmarshal   func([]byte) (ptrace.Traces, error)
	marshal     func(proto.Message) ([]byte, error) // the status of a failure
	success     string                              // an ExportTraceServiceResponse without fields
}

func encodingOf(contentType string) (encoding, bool) {
	switch media, _, _ := mime.ParseMediaType(contentType); media {
	case "application/x-protobuf":
		return encoding{media, (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces, proto.Marshal, ""}, true
	case "application/json":
		return encoding{media, unmarshalJSON, protojson.Marshal, "{}"}, true
	default:
		return encoding{}, false
	}
}

// unmarshalJSON takes a whole JSON text, where ptrace would ignore what follows the first value.
func unmarshalJSON(body []byte) (ptrace.Traces, error) {
	if err := json.Unmarshal(body, new(map[string]json.RawMessage)); err != nil {
		return ptrace.Traces{}, err
	}
	return (&ptrace.JSONUnmarshaler{}).UnmarshalTraces(body)
}

// refusal is an error with the code of the answer.
type refusal struct {
	code  int
	cause error
}

func (r *refusal) Error() string { return r.cause.Error() }

func refuse(code int, format string, args ...any) error {
	return &refusal{code, fmt.Errorf(format, args...)}
}

// exportHTTP answers one request by the section "OTLP/HTTP Response" of the OTLP specification.
func (e *Endpoint) exportHTTP(w http.ResponseWriter, r *http.Request) {
	enc, known := encodingOf(r.Header.Get("Content-Type"))
	err := e.receiveHTTP(w, r, enc, known)
	if err == nil {
		w.Header().Set("Content-Type", enc.contentType)
		// The client has gone if this fails, and what it sent has been taken.
		_, _ = io.WriteString(w, enc.success)
		return
	}
	code := http.StatusBadRequest
	if refused, ok := errors.AsType[*refusal](err); ok {
		code = refused.code
	}
	e.Refused(fmt.Sprintf("%s %s: %d %s: %v", r.Method, r.URL.Path, code, http.StatusText(code), err))
	if !known {
		http.Error(w, err.Error(), code)
		return
	}
	// The error may quote the request, which can be any bytes.
	message := strings.ToValidUTF8(err.Error(), "\uFFFD")
	body, err := enc.marshal(status.New(codes.InvalidArgument, message).Proto())
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", enc.contentType)
	w.WriteHeader(code)
	_, _ = w.Write(body)
}

func (e *Endpoint) receiveHTTP(w http.ResponseWriter, r *http.Request, enc encoding, known bool) error {
	const path = "/v1/traces"
	switch {
	case r.URL.Path != path:
		return refuse(http.StatusNotFound, "want traces at %s", path)
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		return refuse(http.StatusMethodNotAllowed, "want %s", http.MethodPost)
	case !known:
		return refuse(http.StatusUnsupportedMediaType, "content type %.80q: want application/x-protobuf or application/json",
			r.Header.Get("Content-Type"))
	}
	body, err := readBody(w, r)
	if err != nil {
		return err
	}
	traces, err := enc.unmarshal(body)
	if err != nil {
		return fmt.Errorf("read traces: %w", err)
	}
	e.Add(codec.FromPData(traces)...)
	return nil
}

// readBody returns the body of a request without its compression.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	var body io.Reader = http.MaxBytesReader(w, r.Body, maxBody)
	switch encoding := r.Header.Get("Content-Encoding"); encoding {
	case "", "identity":
	case "gzip":
		plain, err := gzip.NewReader(body)
		if err != nil {
			return nil, fmt.Errorf("read gzip: %w", err)
		}
		body = io.LimitReader(plain, maxBody+1)
	default:
		return nil, refuse(http.StatusUnsupportedMediaType, "content encoding %.80q: want gzip or none", encoding)
	}
	read, err := io.ReadAll(body)
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge || len(read) > maxBody {
		return nil, refuse(http.StatusRequestEntityTooLarge, "body is too large: want at most %d bytes", maxBody)
	}
	if err != nil {
		return nil, fmt.Errorf("read body: %w", err)
	}
	return read, nil
}
