package gateway_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	"tracelab/gateway"
	"tracelab/taskservice/taskpb"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// tasks answers every call with one task, or with do's error.
type tasks struct {
	do       func(ctx context.Context) error
	replayed bool
	next     string        // next_page_token
	asked    proto.Message // the last request
}

var created = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func (s *tasks) answer(ctx context.Context, in proto.Message) (*taskpb.Task, error) {
	s.asked = in
	if s.do != nil {
		if err := s.do(ctx); err != nil {
			return nil, err
		}
	}
	return &taskpb.Task{
		Id: "a/b", Title: "Buy milk", Status: taskpb.TaskStatus_TASK_STATUS_PENDING,
		CreatedAt: timestamppb.New(created), UpdatedAt: timestamppb.New(created),
	}, nil
}

func (s *tasks) CreateTask(
	ctx context.Context,
	in *taskpb.CreateTaskRequest,
	_ ...grpc.CallOption,
) (*taskpb.CreateTaskResponse, error) {
	task, err := s.answer(ctx, in)
	return &taskpb.CreateTaskResponse{Task: task, Replayed: s.replayed}, err
}

func (s *tasks) GetTask(ctx context.Context, in *taskpb.GetTaskRequest, _ ...grpc.CallOption) (*taskpb.Task, error) {
	return s.answer(ctx, in)
}

func (s *tasks) ListTasks(
	ctx context.Context,
	in *taskpb.ListTasksRequest,
	_ ...grpc.CallOption,
) (*taskpb.ListTasksResponse, error) {
	task, err := s.answer(ctx, in)
	return &taskpb.ListTasksResponse{Tasks: []*taskpb.Task{task}, NextPageToken: s.next}, err
}

func (s *tasks) UpdateTask(
	ctx context.Context,
	in *taskpb.UpdateTaskRequest,
	_ ...grpc.CallOption,
) (*taskpb.Task, error) {
	return s.answer(ctx, in)
}

func (s *tasks) DeleteTask(
	ctx context.Context,
	in *taskpb.DeleteTaskRequest,
	_ ...grpc.CallOption,
) (*taskpb.DeleteTaskResponse, error) {
	_, err := s.answer(ctx, in)
	return &taskpb.DeleteTaskResponse{}, err
}

func newGateway(t testing.TB, config gateway.Config) http.Handler {
	t.Helper()
	handler, err := gateway.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return handler
}

// request returns a request as a client would send it: with the content type of its body, which
// more headers ("name: value") can replace.
func request(t testing.TB, method, target, body string, headers ...string) *http.Request {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		if i == 0 || !strings.HasPrefix(headers[i-1], name+": ") {
			r.Header.Del(name)
		}
		r.Header.Add(name, value)
	}
	return r
}

func create(t testing.TB, headers ...string) *http.Request {
	t.Helper()
	return request(t, "POST", "/tasks", `{"title":"Buy milk"}`, headers...)
}

func ask(handler http.Handler, r *http.Request) *httptest.ResponseRecorder {
	response := httptest.NewRecorder()
	handler.ServeHTTP(response, r)
	return response
}

// problem is an error's body, as a client reads it.
type problem struct {
	Type, Title, Detail string
	Status              int
	TraceID             string `json:"trace_id"`
	Errors              []struct{ Field, Detail string }
}

// wantProblem reads a response that has to be a problem of a status.
func wantProblem(t testing.TB, response *httptest.ResponseRecorder, status int) problem {
	t.Helper()
	var p problem
	if err := json.Unmarshal(response.Body.Bytes(), &p); err != nil {
		t.Fatalf("%v: %s", err, response.Body)
	}
	if got := response.Header().Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("content type is %q", got)
	}
	if response.Code != status || p.Status != status || p.Type != "about:blank" || p.Title == "" {
		t.Errorf("status %d with %s, want a problem of status %d", response.Code, response.Body, status)
	}
	return p
}

func TestGatewayWithoutATaskServiceIsRefused(t *testing.T) {
	if _, err := gateway.New(gateway.Config{}); err == nil || !strings.Contains(err.Error(), "Tasks is required") {
		t.Errorf("error is %v", err)
	}
}

func TestRoutesCallTheTaskService(t *testing.T) {
	const task = `{"id":"a/b","title":"Buy milk","status":"PENDING",` +
		`"created_at":"2026-01-02T03:04:05Z","updated_at":"2026-01-02T03:04:05Z"}`
	tests := []struct {
		method, target, body string
		stub                 tasks
		asked                proto.Message
		status               int
		want, reason         string
	}{
		{
			"GET", "/tasks/42", "",
			tasks{},
			&taskpb.GetTaskRequest{Id: "42"},
			http.StatusOK, task, "times are RFC 3339, in UTC; an empty description is left out",
		},
		{
			"GET", "/tasks", "",
			tasks{},
			&taskpb.ListTasksRequest{},
			http.StatusOK, `{"tasks":[` + task + `]}`, "the last page has no token",
		},
		{
			"GET", "/tasks?page_size=2&page_token=dA", "",
			tasks{next: "dQ"},
			&taskpb.ListTasksRequest{PageSize: 2, PageToken: "dA"},
			http.StatusOK, `{"tasks":[` + task + `],"next_page_token":"dQ"}`, "",
		},
		{
			"DELETE", "/tasks/42", "",
			tasks{},
			&taskpb.DeleteTaskRequest{Id: "42"},
			http.StatusNoContent, "", "",
		},
	}
	for _, test := range tests {
		t.Run(test.method+" "+test.target, func(t *testing.T) {
			response := ask(newGateway(t, gateway.Config{Tasks: &test.stub}), request(t, test.method, test.target, test.body))
			if got := strings.TrimSpace(response.Body.String()); response.Code != test.status || got != test.want {
				t.Errorf("status %d with %s, want %d with %s: %s", response.Code, got, test.status, test.want, test.reason)
			}
			if diff := cmp.Diff(test.asked, test.stub.asked, protocmp.Transform()); diff != "" {
				t.Errorf("request to the task service (-want +got):\n%s", diff)
			}
		})
	}
}

func TestUpdateNamesTheFieldsOfTheBody(t *testing.T) {
	tests := []struct{ body, mask, reason string }{
		{`{"title":"a"}`, "title", ""},
		{`{"title":"a","description":""}`, "title,description", "an empty text is a value"},
		{`{"status":"DONE","title":"a"}`, "title,status", ""},
		{`{"title":"a","description":null}`, "title,description", "null takes it away"},
	}
	for _, test := range tests {
		stub := &tasks{}
		response := ask(newGateway(t, gateway.Config{Tasks: stub}), request(t, "PATCH", "/tasks/42", test.body))
		if response.Code != http.StatusOK {
			t.Errorf("%s: status %d with %s", test.body, response.Code, response.Body)
			continue
		}
		asked := stub.asked.(*taskpb.UpdateTaskRequest)
		if got := strings.Join(asked.GetUpdateMask().GetPaths(), ","); got != test.mask || asked.GetTask().GetId() != "42" {
			t.Errorf(
				"%s updates %s of task %s, want %s of task 42: %s",
				test.body,
				got,
				asked.GetTask().GetId(),
				test.mask,
				test.reason,
			)
		}
	}
}

func TestRequestsThatCannotSucceedGoNoFurther(t *testing.T) {
	tests := []struct{ method, target, body, field, reason string }{
		{"POST", "/tasks", `{"title":" "}`, "title", "a title of blanks is none"},
		{"POST", "/tasks", `{"title":"` + strings.Repeat("é", 201) + `"}`, "title", "one character too long"},
		{
			"POST",
			"/tasks",
			`{"title":"a","description":"` + strings.Repeat("é", 4001) + `"}`,
			"description",
			"one character too long",
		},
		{"PATCH", "/tasks/42", `{"status":"PENDING"}`, "status", "only the service sets that"},
		{"PATCH", "/tasks/42", `{"status":"done"}`, "status", "statuses are spelled in one way"},
		{"PATCH", "/tasks/42", `{"status":null}`, "status", "a task always has one"},
		{"PATCH", "/tasks/42", `{"title":null}`, "title", "a task always has one"},
		{"PATCH", "/tasks/42", `{}`, "", "there is nothing to change"},
		{"GET", "/tasks?page_size=0", "", "page_size", "a page has at least one task"},
		{"GET", "/tasks?page_size=-1", "", "page_size", ""},
		{"GET", "/tasks?page_size=101", "", "page_size", "one too many"},
		{"GET", "/tasks?page_size=ten", "", "page_size", "no number"},
		{"GET", "/tasks?page_size=4294967297", "", "page_size", "not even one that wraps around"},
		{"GET", "/tasks?page_token=%ff", "", "page_token", "not UTF-8, which gRPC could not carry"},
		{"GET", "/tasks/" + strings.Repeat("x", 2049), "", "id", "longer than any key"},
		{"DELETE", "/tasks/" + strings.Repeat("x", 2049), "", "id", "longer than any key"},
		{"PATCH", "/tasks/" + strings.Repeat("x", 2049), `{"title":"a"}`, "task.id", "longer than any key"},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			stub := &tasks{do: func(context.Context) error { return errors.New("called") }}
			p := wantProblem(
				t,
				ask(newGateway(t, gateway.Config{Tasks: stub}), request(t, test.method, test.target, test.body)),
				http.StatusBadRequest,
			)
			if stub.asked != nil {
				t.Errorf("the task service was asked %v", stub.asked)
			}
			if p.Detail == "" ||
				test.field != "" && (len(p.Errors) != 1 || p.Errors[0].Field != test.field || p.Errors[0].Detail == "") {
				t.Errorf("problem is %+v, want one that names %s", p, test.field)
			}
		})
	}
}
