package otlptest_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
	"time"

	"tracelab/internal/slow"
	"tracelab/tracetree/treetest/internal/faketb"
	"tracelab/tracetree/treetest/otlptest"
)

func TestEndpointAnswersBadRequestsAsOTLPSays(t *testing.T) {
	t.Parallel()
	const jsonType, protobuf = "application/json", "application/x-protobuf"
	large := make([]byte, 64<<20+1)
	zippedLarge := bytes.Repeat(zipped(t, large[:1<<20]), 65) // consecutive gzip members are one text
	tests := []struct {
		reason, path string
		body         []byte
		header       []string
		code         int
		contentType  string
		want         string
	}{
		{
			"bytes that are no protobuf",
			"/v1/traces",
			[]byte("\xff\xff"),
			[]string{"Content-Type", protobuf},
			400,
			protobuf,
			"read traces",
		},
		{
			"text that is no JSON",
			"/v1/traces",
			[]byte("{"),
			[]string{"Content-Type", jsonType},
			400,
			jsonType,
			"unexpected end of JSON",
		},
		{
			"JSON of another kind",
			"/v1/traces",
			[]byte(`[]`),
			[]string{"Content-Type", jsonType},
			400,
			jsonType,
			"cannot unmarshal array",
		},
		{
			"text after the JSON",
			"/v1/traces",
			[]byte(`{} {}`),
			[]string{"Content-Type", jsonType},
			400,
			jsonType,
			"after top-level value",
		},
		{
			"a span id that is none",
			"/v1/traces",
			request(strings.Replace(orderSpan, "eee19b7ec3c1b174", "xyz", 1)),
			[]string{"Content-Type", jsonType},
			400,
			jsonType,
			"read traces",
		},
		{
			"bytes that are no gzip",
			"/v1/traces",
			[]byte("{}"),
			[]string{"Content-Type", jsonType, "Content-Encoding", "gzip"},
			400,
			jsonType,
			"read gzip",
		},
		{
			"half of a gzip",
			"/v1/traces",
			zipped(t, request(orderSpan))[:100],
			[]string{"Content-Type", jsonType, "Content-Encoding", "gzip"},
			400,
			jsonType,
			"read body",
		},
		{
			"another compression",
			"/v1/traces",
			[]byte("{}"),
			[]string{"Content-Type", jsonType, "Content-Encoding", "br"},
			415,
			jsonType,
			"br",
		},
		{
			"another content type",
			"/v1/traces",
			[]byte("{}"),
			[]string{"Content-Type", "text/plain"},
			415,
			"text/plain; charset=utf-8",
			"text/plain",
		},
		{"no content type", "/v1/traces", []byte("{}"), nil, 415, "text/plain; charset=utf-8", "content type"},
		{"a body that is too large", "/v1/traces", large, []string{"Content-Type", protobuf}, 413, protobuf, "too large"},
		{
			"one that is when it is unpacked",
			"/v1/traces",
			zippedLarge,
			[]string{"Content-Type", protobuf, "Content-Encoding", "gzip"},
			413,
			protobuf,
			"too large",
		},
		{
			"another signal",
			"/v1/metrics",
			[]byte("{}"),
			[]string{"Content-Type", jsonType},
			404,
			jsonType,
			"want traces at /v1/traces",
		},
	}
	endpoint := otlptest.Receive(t)
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			if test.code == http.StatusRequestEntityTooLarge {
				slow.Only(t) // 64 MiB each; the receiver's tests send less to a server with a lower limit
			}
			got := post(t, endpoint.URL()+test.path, test.body, test.header...)
			if got.Code != test.code || got.ContentType != test.contentType || !strings.Contains(got.Body, test.want) {
				t.Errorf("got %+v, want %d, %s and %q", got, test.code, test.contentType, test.want)
			}
		})
	}
	if got := len(endpoint.Forest().Spans()); got != 0 {
		t.Errorf("%d spans were taken", got)
	}
}

func TestEndpointTakesPOSTAlone(t *testing.T) {
	t.Parallel()
	endpoint := otlptest.Receive(t)
	r, err := http.NewRequestWithContext(
		t.Context(),
		http.MethodPut,
		endpoint.URL()+"/v1/traces",
		bytes.NewReader(request(orderSpan)),
	)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	response, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil || response.StatusCode != 405 || response.Header.Get("Allow") != "POST" {
		t.Errorf("got %s, Allow %q, %v", response.Status, response.Header.Get("Allow"), err)
	}
}

func TestFailureNamesTheRequestsThatWereRefused(t *testing.T) {
	t.Parallel()
	tb := faketb.New(t)
	endpoint := otlptest.Receive(tb)
	post(t, endpoint.URL()+"/v1/traces", []byte("{"), "Content-Type", "application/json")
	endpoint.Within(time.Millisecond).Expect("shop: order (root)")
	tb.End()
	tb.Want(
		t,
		"- shop: order (root)",
		"refused:\n  POST /v1/traces: 400 Bad Request: read traces: unexpected end of JSON input\n",
	)
}
