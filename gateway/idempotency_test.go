package gateway_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/uuid"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"tracelab/gateway"
	"tracelab/taskservice/taskpb"
)

func TestIdempotencyKeys(t *testing.T) {
	tests := []struct {
		name    string
		headers []string
		key     string // passed on
		detail  string // of the refusal
		reason  string
	}{
		{"given", []string{"Idempotency-Key: abc ~!"}, "abc ~!", "", "printable ASCII is passed on as it is"},
		{"longest", []string{"Idempotency-Key: " + strings.Repeat("k", 255)}, strings.Repeat("k", 255), "", ""},
		{"too long", []string{"Idempotency-Key: " + strings.Repeat("k", 256)}, "", "at most 255 bytes", "one byte too long"},
		{"empty", []string{"Idempotency-Key: "}, "", "must not be empty", "a client that sends one means it"},
		{"two", []string{"Idempotency-Key: a", "Idempotency-Key: b"}, "", "at most one", "nobody knows which is meant"},
		{"the same twice", []string{"Idempotency-Key: a", "Idempotency-Key: a"}, "", "at most one", "still two"},
		{"not ASCII", []string{"Idempotency-Key: clé"}, "", "printable ASCII", ""},
		{"not UTF-8", []string{"Idempotency-Key: a\xff"}, "", "printable ASCII", ""},
		{"tab", []string{"Idempotency-Key: a\tb"}, "", "printable ASCII", "it is a control character"},
		{"delete", []string{"Idempotency-Key: a\x7f"}, "", "printable ASCII", "it is a control character"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			stub := &tasks{}
			response := ask(newGateway(t, gateway.Config{Tasks: stub}), create(t, test.headers...))
			if test.detail != "" {
				if p := wantProblem(t, response, http.StatusBadRequest); !strings.Contains(p.Detail, test.detail) ||
					!strings.Contains(p.Detail, "Idempotency-Key") {
					t.Errorf("detail is %q, want %q in it: %s", p.Detail, test.detail, test.reason)
				}
				if stub.asked != nil {
					t.Errorf("the task service was asked %v", stub.asked)
				}
				return
			}
			if got := stub.asked.(*taskpb.CreateTaskRequest).GetIdempotencyKey(); got != test.key {
				t.Errorf("the key passed on is %q, want %q: %s", got, test.key, test.reason)
			}
		})
	}
}

// All attempts at one request then create one task.
func TestRequestsWithoutAKeyGetOneOfTheirOwn(t *testing.T) {
	stub := &tasks{}
	handler := newGateway(t, gateway.Config{Tasks: stub})
	keys := map[string]bool{}
	for range 3 {
		if response := ask(handler, create(t)); response.Code != http.StatusCreated {
			t.Fatalf("status %d", response.Code)
		}
		key := stub.asked.(*taskpb.CreateTaskRequest).GetIdempotencyKey()
		if _, err := uuid.Parse(key); err != nil {
			t.Errorf("key %q: %v", key, err)
		}
		keys[key] = true
	}
	if len(keys) != 3 {
		t.Errorf("%d keys for 3 requests", len(keys))
	}
}

func TestCreatedTaskSaysWhereItIsAndWhetherItIsNew(t *testing.T) {
	tests := []struct {
		replayed bool
		key      string
		want     string
		reason   string
	}{
		{false, "k", "", "it is new"},
		{true, "k", "true", "it was there"},
		{true, "", "", "a retry of the gateway's own is nothing that the caller knows of"},
	}
	for _, test := range tests {
		request := create(t)
		if test.key != "" {
			request.Header.Set("Idempotency-Key", test.key)
		}
		response := ask(newGateway(t, gateway.Config{Tasks: &tasks{replayed: test.replayed}}), request)
		want := test.want
		if got := response.Header().Get("Idempotency-Replayed"); response.Code != http.StatusCreated || got != want {
			t.Errorf("status %d with Idempotency-Replayed %q, want 201 with %q", response.Code, got, want)
		}
		if got := response.Header().Get("Location"); got != "/tasks/a%2Fb" {
			t.Errorf("Location is %q, want the id escaped", got)
		}
	}
}

// The first result isn't there yet when the second request comes.
func TestKeyOfARequestInFlightIs409(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		handler := newGateway(t, gateway.Config{Tasks: hanging()})
		first := make(chan int)
		go func() { first <- ask(handler, create(t, "Idempotency-Key: a")).Code }()
		synctest.Wait()
		p := wantProblem(t, ask(handler, create(t, "Idempotency-Key: a")), http.StatusConflict)
		if !strings.Contains(p.Detail, "Idempotency-Key") {
			t.Errorf("detail is %q", p.Detail)
		}
		if got := <-first; got != http.StatusGatewayTimeout {
			t.Errorf("the first request has status %d", got)
		}
		// The key is free again, and other keys never were taken.
		for _, key := range []string{"a", "b"} {
			if got := ask(handler, create(t, "Idempotency-Key: "+key)).Code; got != http.StatusGatewayTimeout {
				t.Errorf("afterwards, key %s has status %d", key, got)
			}
		}
	})
}

func TestKeyIsFreeAgainAfterAPanic(t *testing.T) {
	handler := newGateway(t, gateway.Config{Tasks: panicking("broken")})
	wantProblem(t, ask(handler, create(t, "Idempotency-Key: a")), http.StatusInternalServerError)
	if got := ask(handler, create(t, "Idempotency-Key: a")).Code; got != http.StatusCreated {
		t.Errorf("the next request has status %d", got)
	}
}

func TestKeyThatWasUsedForAnotherBodyIs422(t *testing.T) {
	s, err := status.New(codes.AlreadyExists, "the idempotency key was used for a different request").
		WithDetails(&errdetails.ErrorInfo{Domain: taskpb.ErrorDomain, Reason: taskpb.ReasonKeyReused})
	if err != nil {
		t.Fatal(err)
	}
	handler := newGateway(t, gateway.Config{Tasks: failing(s.Err())})
	p := wantProblem(t, ask(handler, create(t, "Idempotency-Key: a")), http.StatusUnprocessableEntity)
	if !strings.Contains(p.Detail, "different request") {
		t.Errorf("detail is %q", p.Detail)
	}
}

func TestStoredTaskWhoseEventIsNotSentIsNamedWithAWayToRetry(t *testing.T) {
	s, err := status.New(codes.Unavailable, "publish task-created: RequestThrottled").
		WithDetails(&errdetails.ErrorInfo{
			Domain: taskpb.ErrorDomain, Reason: taskpb.ReasonNotAnnounced,
			Metadata: map[string]string{taskpb.MetadataTaskID: "a/b"},
		})
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"", "mine"} {
		stub := failing(s.Err())
		r := create(t)
		if key != "" {
			r.Header.Set("Idempotency-Key", key)
		}
		response := ask(newGateway(t, gateway.Config{Tasks: stub}), r)
		p := wantProblem(t, response, http.StatusServiceUnavailable)
		used := stub.asked.(*taskpb.CreateTaskRequest).GetIdempotencyKey()
		for _, part := range []string{"Task a/b is stored", "Idempotency-Key: " + used} {
			if !strings.Contains(p.Detail, part) {
				t.Errorf("detail is %q, want %q in it", p.Detail, part)
			}
		}
		if got := response.Header(); got.Get("Retry-After") != "1" || got.Get("Location") != "/tasks/a%2Fb" {
			t.Errorf("headers are %v, want Retry-After and Location", got)
		}
	}
}

func TestEvery503HasRetryAfter(t *testing.T) {
	for code, want := range map[codes.Code]string{codes.Unavailable: "1", codes.Internal: "", codes.NotFound: ""} {
		handler := newGateway(t, gateway.Config{Tasks: failing(status.Error(code, ""))})
		response := ask(handler, request(t, "GET", "/tasks/1", ""))
		if got := response.Header().Get("Retry-After"); got != want {
			t.Errorf("%s: Retry-After is %q, want %q", code, got, want)
		}
	}
}
