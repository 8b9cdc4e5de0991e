package codec

import (
	"bytes"
	"errors"
	"io"
	"slices"

	"tracelab/tracetree/codec/internal/jsonpull"
)

// classify tells a JSON format by the keys of a document, "" when there aren't enough of them.
func classify(keys []string) Format {
	has := func(key string) bool { return slices.Contains(keys, key) }
	switch {
	case slices.ContainsFunc(keys, isOTLPKey):
		return OTLPJSON
	case has("SpanContext"):
		return StdoutTrace
	case has("data"), has("traceID") && has("spans"):
		return Jaeger
	case has("traceId") && has("id"):
		return Zipkin
	}
	return ""
}

func isOTLPKey(key string) bool {
	switch key {
	case "resourceSpans", "batches", // a trace: as OTLP has it, as Tempo does
		"result", "trace", // around it: in Jaeger's API v3, in Tempo's v2
		"resourceMetrics", "resourceLogs", "resourceProfiles": // between the traces of a Collector's file
		return true
	}
	return false
}

// sniff tells the format by reading the input as far as it must, and returns the whole input again.
func sniff(src io.Reader) (Format, io.Reader, error) {
	var seen bytes.Buffer
	format, err := sniffJSON(jsonpull.New(io.TeeReader(src, &seen)))
	return format, io.MultiReader(&seen, src), err
}

func sniffJSON(in *jsonpull.Reader) (Format, error) {
	for in.Depth() == 0 || in.Depth() <= maxLists {
		kind, err := in.Peek()
		switch {
		case err != nil:
			return "", err
		case kind == jsonpull.Object:
			return sniffObject(in)
		case kind != jsonpull.Array:
			return "", in.Errorf("found %v, want a trace document: a JSON object or array", kind)
		}
		if err := in.EnterArray(); err != nil {
			return "", err
		}
		for more := false; !more; { // leave empty lists
			if more, err = in.NextElement(); err != nil {
				return "", err
			}
			if !more && in.Depth() == 0 {
				return Zipkin, nil // its API's answer when there are no traces
			}
		}
	}
	return "", in.Errorf("arrays in arrays in arrays, want at most a list of lists of spans")
}

func sniffObject(in *jsonpull.Reader) (Format, error) {
	if err := in.EnterObject(); err != nil {
		return "", err
	}
	var keys []string
	for {
		key, ok, err := in.NextKey()
		switch {
		case err != nil:
			return "", err
		case !ok && len(keys) == 0:
			return OTLPJSON, nil // the JSON form of a message without fields
		case !ok:
			return "", in.Errorf("%s", unknownJSON(keys[:min(len(keys), maxKeys)]))
		}
		keys = append(keys, string(key))
		if format := classify(keys); format != "" {
			return format, nil
		}
		if string(key) == "error" {
			err = answeredError(in)
		} else {
			err = in.Skip()
		}
		if err != nil {
			return "", err
		}
		if len(keys) > 1000 {
			return "", in.Errorf("%s", unknownJSON(keys[:maxKeys]))
		}
	}
}

// answeredError reads what a backend answers when it can't: {"error":{"httpCode":404,"message":"…"}}.
func answeredError(in *jsonpull.Reader) error {
	if kind, err := in.Peek(); err != nil || kind != jsonpull.Object {
		return errors.Join(err, in.Skip())
	}
	answer := input{Reader: in, state: newState("")}
	var message string
	err := answer.object(func(key []byte) error {
		if string(key) == "message" {
			return answer.text(&message)
		}
		return answer.Skip()
	})
	if err == nil && message != "" {
		err = in.Errorf("this is no trace but the answer of a backend that had an error: %s", message)
	}
	return err
}
