package otlpserve

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"go.opentelemetry.io/collector/pdata/ptrace"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"tracelab/tracetree"
	"tracelab/tracetree/codec"
)

// encoding is one of the two forms of OTLP over HTTP.
type encoding struct {
	contentType string
	protocol    string
	decode      func(*Server, []byte) ([]tracetree.Span, error)
	marshal     func(proto.Message) ([]byte, error)
}

func encodingOf(contentType string) (encoding, bool) {
	switch media, _, _ := mime.ParseMediaType(contentType); media {
	case "application/x-protobuf":
		return encoding{media, "http/protobuf", (*Server).decodeProto, proto.Marshal}, true
	case "application/json":
		return encoding{media, "http/json", (*Server).decodeJSON, protojson.Marshal}, true
	default:
		return encoding{protocol: "http"}, false
	}
}

// decodeJSON takes a whole JSON text, where ptrace would ignore what follows the first value.
func (*Server) decodeJSON(body []byte) ([]tracetree.Span, error) {
	if err := json.Unmarshal(body, new(map[string]json.RawMessage)); err != nil {
		return nil, err
	}
	if err := checkJSONNesting(body); err != nil {
		return nil, err
	}
	traces, err := (&ptrace.JSONUnmarshaler{}).UnmarshalTraces(body)
	if err != nil {
		return nil, err
	}
	return codec.FromPData(traces), nil
}

func (s *Server) decodeProto(body []byte) ([]tracetree.Span, error) {
	decoder := s.decoders.Get().(*codec.RequestDecoder)
	defer s.decoders.Put(decoder)
	return decoder.Decode(body)
}

// ServeHTTP answers one request by the section "OTLP/HTTP Response" of the OTLP specification.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	enc, known := encodingOf(r.Header.Get("Content-Type"))
	outcome, size, err := s.receive(w, r, enc, known)
	answer := Answer{Protocol: enc.protocol, Code: strconv.Itoa(http.StatusOK), Bytes: size}
	if err != nil {
		refused := asRefusal(err)
		answer.Code = strconv.Itoa(refused.status)
		answer.Problem = fmt.Sprintf("%s %s: %s %s: %v", r.Method, r.URL.Path, answer.Code, http.StatusText(refused.status),
			err)
	}
	// Clients may look for what they sent as soon as they have the answer.
	s.answered(answer)
	if err != nil {
		WriteError(w, r, err)
		return
	}
	response := &collector.ExportTraceServiceResponse{}
	if outcome.Rejected > 0 || outcome.Message != "" {
		response.PartialSuccess = &collector.ExportTracePartialSuccess{
			RejectedSpans: outcome.Rejected, ErrorMessage: valid(outcome.Message),
		}
	}
	write(w, enc, http.StatusOK, response)
}

// WriteError refuses a request in its own encoding, with a Status as the specification has it, or
// in plain text if the encoding isn't one of OTLP.
func WriteError(w http.ResponseWriter, r *http.Request, err error) {
	refused := asRefusal(err)
	if refused.retry > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(max(int(refused.retry.Seconds()), 1)))
	}
	enc, known := encodingOf(r.Header.Get("Content-Type"))
	if !known {
		http.Error(w, valid(err.Error()), refused.status)
		return
	}
	write(w, enc, refused.status, status.New(refused.code, valid(err.Error())).Proto())
}

// Refusal returns an error that [WriteError] answers with an HTTP status, and a gRPC server with a
// code.
func Refusal(status int, code codes.Code, message string) error {
	return refuse(status, code, "%s", message)
}

// StatusOf returns the HTTP status with which [WriteError] answers an error.
func StatusOf(err error) int { return asRefusal(err).status }

// valid returns a message that may quote a request, which can be any bytes.
func valid(message string) string { return strings.ToValidUTF8(message, "\uFFFD") }

func write(w http.ResponseWriter, enc encoding, code int, message proto.Message) {
	body, err := enc.marshal(message)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", enc.contentType)
	w.WriteHeader(code)
	// The client has gone if this fails, and what it sent has been taken.
	_, _ = w.Write(body)
}

func (s *Server) receive(w http.ResponseWriter, r *http.Request, enc encoding, known bool) (Outcome, int, error) {
	switch {
	case r.URL.Path != Path:
		return Outcome{}, 0, refuse(http.StatusNotFound, codes.Unimplemented, "want traces at %s", Path)
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		return Outcome{}, 0, refuse(http.StatusMethodNotAllowed, codes.Unimplemented, "want %s", http.MethodPost)
	case !known:
		return Outcome{}, 0, refuse(http.StatusUnsupportedMediaType, codes.InvalidArgument,
			"content type %.80q: want application/x-protobuf or application/json", r.Header.Get("Content-Type"))
	}
	var outcome Outcome
	size := 0
	err := s.WithBody(w, r, func(body []byte) (err error) {
		size = len(body)
		outcome, err = s.export(r.Context(), body, enc.decode)
		return err
	})
	return outcome, size, err
}

// WithBody calls use with the body of a request, without its compression, within the limits of the
// server. The bytes are valid until use returns. Errors are to be answered with [WriteError].
func (s *Server) WithBody(w http.ResponseWriter, r *http.Request, use func([]byte) error) error {
	memory := memory{of: s.config.Memory}
	defer memory.release()
	size := r.ContentLength // -1 if unknown
	if r.Header.Get("Content-Encoding") == "gzip" {
		size *= 8 // as spans usually are
	}
	if err := memory.reserve(r.Context(), s.expected(size)); err != nil {
		return err
	}
	body, done, err := s.plain(w, r)
	if err != nil {
		return err
	}
	defer done()
	buffer := s.buffers.Get().(*bytes.Buffer)
	defer func() {
		if buffer.Cap() <= 1<<20 { // larger ones are rare, and would be kept
			buffer.Reset()
			s.buffers.Put(buffer)
		}
	}()
	if err := s.read(r.Context(), body, buffer, &memory); err != nil {
		return err
	}
	return use(buffer.Bytes())
}

// read reads a body in pieces, and reserves the memory for each before it.
func (s *Server) read(ctx context.Context, body io.Reader, into *bytes.Buffer, memory *memory) error {
	const piece = 64 << 10
	for {
		_, err := io.CopyN(into, body, piece)
		var tooLarge *http.MaxBytesError
		switch {
		case errors.As(err, &tooLarge), int64(into.Len()) > s.config.MaxBody:
			return refuse(http.StatusRequestEntityTooLarge, codes.InvalidArgument,
				"body is too large: want at most %d bytes", s.config.MaxBody)
		case err == io.EOF:
			return nil
		case err != nil:
			return fmt.Errorf("read body: %w", err)
		}
		if err := memory.reserve(ctx, MemoryFor(min(int64(into.Len()+piece), s.config.MaxBody))); err != nil {
			return err
		}
	}
}

// plain returns the body of a request without its compression, and a function that is to be called
// after it was read.
func (s *Server) plain(w http.ResponseWriter, r *http.Request) (body io.Reader, done func(), err error) {
	body = http.MaxBytesReader(w, r.Body, s.config.MaxBody)
	switch encoding := r.Header.Get("Content-Encoding"); encoding {
	case "", "identity":
		return body, func() {}, nil
	case "gzip":
		unzip := s.unzips.Get().(*gzip.Reader)
		if err := unzip.Reset(body); err != nil {
			s.unzips.Put(unzip)
			return nil, nil, fmt.Errorf("read gzip: %w", err)
		}
		return io.LimitReader(unzip, s.config.MaxBody+1), func() { s.unzips.Put(unzip) }, nil
	default:
		return nil, nil, refuse(http.StatusUnsupportedMediaType, codes.InvalidArgument,
			"content encoding %.80q: want gzip or none", encoding)
	}
}
