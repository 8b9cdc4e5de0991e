package receiver

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"

	"google.golang.org/grpc/codes"

	"tracelab/internal/otlpserve"
	"tracelab/tracetree"
	"tracelab/tracetree/codec"
)

// zipkinPath is where Zipkin's clients post spans.
const zipkinPath = "/api/v2/spans"

// zipkin answers as Zipkin does: 202 if all spans were taken. A list with a bad span is refused as
// a whole, because the answer has no place for a partial success.
func (r *Receiver) zipkin(w http.ResponseWriter, req *http.Request) {
	size := 0
	err := r.takeZipkin(w, req, &size)
	answer := otlpserve.Answer{Protocol: "zipkin", Code: strconv.Itoa(http.StatusAccepted), Bytes: size}
	if err == nil {
		r.counts.answered(answer)
		w.WriteHeader(http.StatusAccepted)
		return
	}
	code := otlpserve.StatusOf(err)
	answer.Code = strconv.Itoa(code)
	answer.Problem = fmt.Sprintf("%s %s: %d %s: %v", req.Method, req.URL.Path, code, http.StatusText(code), err)
	r.counts.answered(answer)
	req.Header.Del("Content-Type") // it would be taken for one of OTLP's
	otlpserve.WriteError(w, req, err)
}

func (r *Receiver) takeZipkin(w http.ResponseWriter, req *http.Request, size *int) error {
	if req.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return otlpserve.Refusal(http.StatusMethodNotAllowed, codes.Unimplemented, "want "+http.MethodPost)
	}
	if media, _, _ := mime.ParseMediaType(req.Header.Get("Content-Type")); media != "application/json" {
		return otlpserve.Refusal(http.StatusUnsupportedMediaType, codes.InvalidArgument,
			fmt.Sprintf("content type %.80q: want application/json", req.Header.Get("Content-Type")))
	}
	return r.otlp.WithBody(w, req, func(body []byte) error {
		*size = len(body)
		spans, err := readZipkin(body)
		if err != nil {
			return err
		}
		rejected, problem := r.config.Add(req.Context(), spans)
		if rejected > 0 {
			r.counts.warn(Requests{"zipkin", "partial"}, "spans not kept",
				fmt.Sprintf("%d of %d: %s", rejected, len(spans), problem))
		}
		return nil
	})
}

// readZipkin reads a list of spans in Zipkin's format, version 2, without tolerance.
func readZipkin(body []byte) ([]tracetree.Span, error) {
	if bytes.Equal(bytes.TrimSpace(body), []byte("[]")) {
		return nil, nil
	}
	reader := codec.NewReader(bytes.NewReader(body), "request")
	reader.Strict = true
	var spans []tracetree.Span
	for {
		batch, err := reader.Next()
		switch {
		case errors.Is(err, io.EOF) && reader.Format() == codec.Zipkin:
			for _, warning := range reader.Warnings() {
				if warning.Lost() {
					return nil, fmt.Errorf("read spans: %v", warning)
				}
			}
			return spans, nil
		case reader.Format() != codec.Zipkin && reader.Format() != "":
			return nil, fmt.Errorf("read spans: found the format %s, want Zipkin's JSON", reader.Format())
		case err != nil:
			return nil, fmt.Errorf("read spans: %w", err)
		}
		spans = append(spans, batch...)
	}
}
