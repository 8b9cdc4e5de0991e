package system

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// Services are the three services, each in a process of its own.
type Services struct{ Gateway, Tasks, Worker *Process }

// StartAWS starts the stand-in for AWS, with arguments, and returns the variables that lead to it.
func (h *Host) StartAWS(ctx context.Context, t Tracelab, args ...string) (env []string, err error) {
	standIn, err := h.Start(ctx, t.AWS(args...))
	if err != nil {
		return nil, err
	}
	return AWSAt(standIn.Address(), standIn.Address()), nil
}

// StartServices starts the three services on free ports. Their commands have flags.
func (h *Host) StartServices(ctx context.Context, t Tracelab, flags ...string) (s Services, err error) {
	if s.Worker, err = h.Start(ctx, t.Worker(flags...)); err != nil {
		return s, err
	}
	if s.Tasks, err = h.Start(ctx, t.TaskService("127.0.0.1:0", flags...)); err != nil {
		return s, err
	}
	s.Gateway, err = h.Start(ctx, t.Gateway("127.0.0.1:0", s.Tasks.Address(), flags...))
	return s, err
}

// Stop ends the services, the edge first, so that they export their last spans. Each has a time.
func (s Services) Stop(within time.Duration) error {
	for _, process := range []*Process{s.Gateway, s.Tasks, s.Worker} {
		if err := process.Stop(within); err != nil {
			return err
		}
	}
	return nil
}

// An Answer is the gateway's to a request that creates a task.
type Answer struct {
	Status   int
	ID       string // of the task, if the status is 201
	Trace    string // of the request, if the gateway returned it
	Replayed bool   // whether the same request was answered before
	Body     string
}

// CreateTask sends a request that creates a task. The key is the Idempotency-Key, which may be
// empty. An answer with another status than 201 isn't an error.
func CreateTask(ctx context.Context, client *http.Client, gateway, title, key string) (Answer, error) {
	body, err := json.Marshal(map[string]string{"title": title})
	if err != nil {
		return Answer{}, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, gateway+"/tasks", bytes.NewReader(body))
	if err != nil {
		return Answer{}, err
	}
	request.Header.Set("Content-Type", "application/json")
	if key != "" {
		request.Header.Set("Idempotency-Key", key)
	}
	response, err := client.Do(request)
	if err != nil {
		return Answer{}, err
	}
	defer response.Body.Close()
	a := Answer{Status: response.StatusCode, Replayed: response.Header.Get("Idempotency-Replayed") == "true"}
	if fields := strings.Split(response.Header.Get("traceresponse"), "-"); len(fields) > 1 {
		a.Trace = fields[1]
	}
	text, err := io.ReadAll(response.Body)
	if a.Body = string(text); err != nil || a.Status != http.StatusCreated {
		return a, err
	}
	var task struct{ ID string }
	if err := json.Unmarshal(text, &task); err != nil || task.ID == "" {
		return a, fmt.Errorf("create a task: the answer %q has no id", text)
	}
	a.ID = task.ID
	return a, nil
}
