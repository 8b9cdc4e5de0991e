package sampling

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"tracelab/lab"
)

// callers is how many requests are under way at once. Slow ones wait beside the
// others, so it is many more than there are cores.
const callers = 64

// driver sends the requests of a plan to the gateway's handler.
type driver struct {
	handler  http.Handler
	plan     *plan
	progress func(int)

	next, answered atomic.Int64

	mu  sync.Mutex
	ids []string // of tasks that were created
}

// drive sends all requests, or those until ctx ends. The first one goes ahead: it
// creates the task that the others can ask for.
func (d *driver) drive(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	d.next.Store(1)
	if err := d.send(ctx, 0, &d.plan.requests[0]); err != nil {
		return err
	}
	d.report()
	var group sync.WaitGroup
	for range min(callers, len(d.plan.requests)) {
		group.Go(func() {
			for ctx.Err() == nil {
				i := int(d.next.Add(1)) - 1
				if i >= len(d.plan.requests) {
					return
				}
				if err := d.send(ctx, i, &d.plan.requests[i]); err != nil {
					cancel(err)
				}
				d.report()
			}
		})
	}
	group.Wait()
	return context.Cause(ctx)
}

func (d *driver) report() {
	n := int(d.answered.Add(1))
	if every := max(1, len(d.plan.requests)/100); d.progress != nil && n%every == 0 {
		d.progress(n)
	}
}

func (d *driver) send(ctx context.Context, i int, planned *request) error {
	path, body := "/tasks", ""
	switch {
	case planned.one:
		path += "/" + d.id(planned)
	case planned.method == http.MethodGet:
		path += "?page_size=10"
	}
	if planned.method == http.MethodPost || planned.method == http.MethodPatch {
		body = fmt.Sprintf(`{"title": "task %d"}`, i)
	}
	r, err := http.NewRequestWithContext(context.WithValue(ctx, requestKey{}, i), planned.method, "http://"+lab.Gateway+path, strings.NewReader(body))
	if err != nil {
		return fmt.Errorf("make request: %w", err)
	}
	r.RemoteAddr = "10.0.0.1:4711"
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	w := &response{header: http.Header{}}
	d.handler.ServeHTTP(w, r)
	if planned.method != http.MethodPost || w.status != http.StatusCreated {
		return nil
	}
	var task struct{ ID string }
	if err := json.Unmarshal(w.body.Bytes(), &task); err != nil {
		return fmt.Errorf("read response: %w", err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ids = append(d.ids, task.ID)
	return nil
}

// id returns the id of some task, or one that there is not. A task that is to be
// deleted is not asked for any more, unless it is the last one.
func (d *driver) id(r *request) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	if r.absent || len(d.ids) == 0 {
		return "absent"
	}
	i := int(r.random % uint64(len(d.ids)))
	id := d.ids[i]
	if r.method == http.MethodDelete && len(d.ids) > 1 {
		d.ids = slices.Delete(d.ids, i, i+1)
	}
	return id
}

// response keeps what a handler answers.
type response struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *response) Header() http.Header { return w.header }

func (w *response) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

func (w *response) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(p)
}
