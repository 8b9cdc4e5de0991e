// Package awshttp serves the fakes of DynamoDB and SQS over HTTP, in the protocol that AWS's SDKs
// speak, so that a program in any language can use them.
//
// The protocol is AWS JSON 1.0: POST / with the operation in X-Amz-Target. The operations are those
// of package fakes. Whatever the fakes don't support is answered with status 501 and the code
// NotImplemented, naming the operation, member or value. Signatures aren't checked, so any
// credentials do.
//
// Paths below /_tracelab/ control the server: see [Server].
package awshttp

import (
	"context"
	"errors"
	"hash/crc32"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"
	"github.com/google/uuid"

	"tracelab/fakes"
)

// maxBody is the largest request in bytes. It is DynamoDB's limit; a message of SQS is at most 1
// MiB, and up to six times that in JSON.
const maxBody = 16 << 20

// commonNamespace is the namespace of the errors that all services share.
const commonNamespace = "com.amazon.coral.service"

// A Server is the HTTP handler of both services. In addition, it answers
//
//	GET    /_tracelab/health   with 200
//	GET    /_tracelab/faults   with the faults and how often each struck, as JSON
//	PUT    /_tracelab/faults   which replaces the faults; the body is YAML or JSON, see package faultfile
//	DELETE /_tracelab/faults   which removes them
//
// A PUT needs the Content-Type application/json or application/yaml, which a page in a browser
// can't send to another origin.
//
// A Server is safe for concurrent use.
type Server struct {
	mux      *http.ServeMux
	dynamoDB *fakes.DynamoDB
	sqs      *fakes.SQS
}

// New returns a server of these fakes. The caller keeps both, and closes them.
func New(dynamoDB *fakes.DynamoDB, sqs *fakes.SQS) *Server {
	s := &Server{mux: http.NewServeMux(), dynamoDB: dynamoDB, sqs: sqs}
	s.mux.Handle("/", apis{
		"DynamoDB_20120810": {
			namespace: "com.amazonaws.dynamodb.v20120810", checksum: true,
			operations: map[string]operation{
				"PutItem":    call(dynamoDB.PutItem),
				"GetItem":    call(dynamoDB.GetItem),
				"UpdateItem": call(dynamoDB.UpdateItem),
				"DeleteItem": call(dynamoDB.DeleteItem),
				"Scan":       call(dynamoDB.Scan),

				"CreateTable":   call(dynamoDB.CreateTable),
				"DescribeTable": call(dynamoDB.DescribeTable),
				"DeleteTable":   call(dynamoDB.DeleteTable),
			},
		},
		"AmazonSQS": {
			namespace: "com.amazonaws.sqs", queryErrors: true,
			operations: map[string]operation{
				"SendMessage":             call(sqs.SendMessage),
				"ReceiveMessage":          call(sqs.ReceiveMessage),
				"DeleteMessage":           call(sqs.DeleteMessage),
				"ChangeMessageVisibility": call(sqs.ChangeMessageVisibility),
				"GetQueueUrl":             call(sqs.GetQueueUrl),
				"GetQueueAttributes":      call(sqs.GetQueueAttributes),
				"CreateQueue":             call(sqs.CreateQueue),
				"SetQueueAttributes":      call(sqs.SetQueueAttributes),
				"DeleteQueue":             call(sqs.DeleteQueue),
			},
		},
	})
	s.mux.HandleFunc("GET /_tracelab/health", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "ok\n")
	})
	s.mux.HandleFunc("GET /_tracelab/faults", s.getFaults)
	s.mux.HandleFunc("PUT /_tracelab/faults", s.putFaults)
	s.mux.HandleFunc("DELETE /_tracelab/faults", s.deleteFaults)
	return s
}

// ServeHTTP answers a request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// apis are the services, by the first part of X-Amz-Target.
type apis map[string]*api

// api is one service.
type api struct {
	namespace   string // of its errors
	checksum    bool   // answers have a CRC32
	queryErrors bool   // errors have the code of the older protocol in addition
	operations  map[string]operation
}

// operation decodes an input, calls the fake, and returns its output and the metadata with the
// request ID.
type operation func(ctx context.Context, input map[string]any) (reflect.Value, error)

// call makes an operation of a fake's method.
func call[In, Out, Options any](
	method func(context.Context, *In, ...func(*Options)) (*Out, error),
) operation {
	return func(ctx context.Context, input map[string]any) (reflect.Value, error) {
		in := new(In)
		if err := decodeStruct(reflect.TypeFor[In]().Name(), input, reflect.ValueOf(in).Elem()); err != nil {
			return reflect.Value{}, err
		}
		out, err := method(ctx, in)
		return reflect.ValueOf(out), err
	}
}

// ServeHTTP answers a call. The path may be a queue's, which some clients use for its calls.
func (s apis) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	prefix, name, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	a := s[prefix]
	switch {
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "DynamoDB and SQS take POST requests; see /_tracelab/faults for faults", http.StatusMethodNotAllowed)
	case a == nil:
		unknown := &api{namespace: commonNamespace}
		unknown.fail(w, uuid.NewString(), unsupported(
			"X-Amz-Target %q, want one that starts with DynamoDB_20120810. or AmazonSQS. (AWS JSON 1.0): anything else",
			r.Header.Get("X-Amz-Target")))
	default:
		a.serve(w, r, name)
	}
}

func (a *api) serve(w http.ResponseWriter, r *http.Request, name string) {
	requestID := uuid.NewString() // unless the fake gives the call one
	op, ok := a.operations[name]
	if !ok {
		a.fail(w, requestID, unsupported("operation %s", strconv.Quote(name)))
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		a.answer(w, requestID, http.StatusRequestEntityTooLarge, map[string]any{
			"__type":  commonNamespace + "#RequestEntityTooLargeException",
			"message": "the request has more than " + strconv.Itoa(maxBody) + " bytes",
		})
		return
	case err != nil:
		return // the caller is gone
	}
	// A long poll may take longer than a request may take to arrive.
	_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
	input, err := parseObject(body)
	if err == nil {
		err = checkZeros(name, input)
	}
	if err != nil {
		a.fail(w, requestID, err)
		return
	}
	if queue, ok := input["QueueUrl"].(string); ok {
		input["QueueUrl"] = localQueueURL(queue)
	}
	out, err := op(r.Context(), input)
	if err != nil {
		a.fail(w, requestID, err)
		return
	}
	metadata := out.Elem().FieldByName("ResultMetadata").Interface().(middleware.Metadata)
	if id, ok := awsmiddleware.GetRequestIDMetadata(metadata); ok {
		requestID = id
	}
	result := encodeStruct(out.Elem())
	if queue, ok := result["QueueUrl"].(string); ok {
		result["QueueUrl"] = publicQueueURL(r, queue)
	}
	a.answer(w, requestID, http.StatusOK, result)
}

// answer writes a body with the headers of the service.
func (a *api) answer(w http.ResponseWriter, requestID string, status int, body map[string]any) {
	text := jsonBody(body)
	h := w.Header()
	h.Set("Content-Type", "application/x-amz-json-1.0")
	h.Set("Content-Length", strconv.Itoa(len(text)))
	h.Set("x-amzn-RequestId", requestID)
	if a.checksum {
		h.Set("x-amz-crc32", strconv.FormatUint(uint64(crc32.ChecksumIEEE(text)), 10))
	}
	w.WriteHeader(status)
	_, _ = w.Write(text) // an error means that the caller is gone
}

// checkZeros refuses a zero that the SDK for Go can't send, and which the fakes therefore take for
// a number that was left out.
func checkZeros(operation string, input map[string]any) error {
	if operation != "ReceiveMessage" {
		return nil
	}
	for _, name := range []string{"VisibilityTimeout", "MaxNumberOfMessages"} {
		if number, ok := input[name].(interface{ String() string }); ok && strings.Trim(number.String(), "-0") == "" {
			return unsupported("%s 0 of ReceiveMessage", name)
		}
	}
	return nil
}

// localQueueURL returns the URL by which the fake finds a queue. Clients reach the server by
// different names, so only the path counts.
func localQueueURL(public string) string {
	u, err := url.Parse(public)
	if err != nil {
		return public
	}
	name, ok := strings.CutPrefix(u.Path, "/"+fakes.AccountID+"/")
	if !ok {
		return public
	}
	return fakes.QueueURL(name)
}

// publicQueueURL returns the URL of a queue at the address by which the client reached the server.
func publicQueueURL(r *http.Request, local string) string {
	u, err := url.Parse(local)
	if err != nil {
		return local
	}
	u.Host = r.Host
	if r.TLS != nil {
		u.Scheme = "https"
	}
	return u.String()
}
