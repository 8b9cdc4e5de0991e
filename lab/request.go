package lab

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// A Request is a request to the gateway.
type Request struct {
	Method string
	Path   string // with its query: "/tasks?page_size=2"
	Body   string // JSON; empty for none
	Header http.Header
}

// CreateTask returns the request whose tree is [ExpectedTree].
func CreateTask(title string) (Request, error) {
	body, err := json.Marshal(map[string]string{"title": title})
	if err != nil {
		return Request{}, fmt.Errorf("make request: %w", err)
	}
	return Request{Method: http.MethodPost, Path: "/tasks", Body: string(body)}, nil
}

// ExpectedTree is the tree of [CreateTask], in the notation of tracetree.
const ExpectedTree = `api-gateway: POST /tasks (root)
  task-service: /tasks.TaskService/CreateTask
    db: PutItem (tasks table)
    sqs: SendMessage (task-events)
      worker: process task-created          ← linked span
        db: UpdateItem (tasks table)
`

// A Response is a response of the gateway.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// Do sends a request to the gateway over the network and returns its response.
// A non-2xx status is not an error.
func (l *Lab) Do(ctx context.Context, request Request) (*Response, error) {
	l.activity.addRequests(1)
	defer l.activity.addRequests(-1)

	r, err := http.NewRequestWithContext(ctx, request.Method, "http://"+Gateway+request.Path,
		strings.NewReader(request.Body))
	if err != nil {
		return nil, fmt.Errorf("make request: %w", err)
	}
	if request.Body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for name, values := range request.Header {
		r.Header[http.CanonicalHeaderKey(name)] = values
	}
	response, err := l.client.Do(r)
	if err != nil {
		return nil, fmt.Errorf("send request: %w", err)
	}
	defer response.Body.Close()
	var body bytes.Buffer
	if _, err := io.Copy(&body, response.Body); err != nil {
		return nil, fmt.Errorf("read response: %w", err)
	}
	return &Response{Status: response.StatusCode, Header: response.Header, Body: body.Bytes()}, nil
}
