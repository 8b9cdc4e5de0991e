package session_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.uber.org/goleak"

	"tracelab/internal/slow"
	"tracelab/live/receiver"
	"tracelab/live/server"
	"tracelab/live/session"
	"tracelab/tracetree"
	"tracelab/tracetree/codec"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// doer sends a request to the API or, with an OTLP path, to the receiver.
type doer func(ctx context.Context, method, path string, body []byte, header ...string) (int, string, error)

// testRun is one run: sessions that are open at one time, and what they have in common.
type testRun struct {
	do       doer
	parallel int // the number of sessions at one time
	rand     *rand.Rand
	late     time.Duration // how late spans can be
	slack    time.Duration // how much later they can be on a busy machine
	sessions []*testSession
}

// testSession is the test of one system.
type testSession struct {
	opened session.Opened
	mode   string             // how its spans are recognized
	sends  []tracetree.Span   // in the order in which they are sent
	expect *tracetree.Pattern // of the body
	body   string
	right  bool // whether the spans match
}

// modes are the ways in which spans belong to a session.
var modes = [...]string{"header", "path", "resource", "traceparent"}

// system returns the spans of a request through three services, the worker in a trace of its own.
func system(r *rand.Rand, mode string, opened session.Opened) []tracetree.Span {
	var trace, linked tracetree.TraceID
	for i := range trace {
		trace[i], linked[i] = byte(r.Uint32()|1), byte(r.Uint32()|1)
	}
	var parent tracetree.SpanID
	if mode == "traceparent" {
		fields := strings.Split(opened.Traceparent, "-")
		_, _ = hex.Decode(trace[:], []byte(fields[1]))
		_, _ = hex.Decode(parent[:], []byte(fields[2]))
	}
	id := func() (id tracetree.SpanID) {
		for i := range id {
			id[i] = byte(r.Uint32() | 1)
		}
		return id
	}
	start := time.Now().UnixNano()
	text := func(key, value string) tracetree.Attr {
		return tracetree.Attr{Key: key, Value: tracetree.String(value)}
	}
	span := func(service, name string, kind tracetree.Kind, in tracetree.TraceID, below tracetree.SpanID,
		attributes ...tracetree.Attr,
	) tracetree.Span {
		start += int64(time.Millisecond)
		resource := []tracetree.Attr{text("service.name", service)}
		if mode == "resource" {
			resource = append(resource, text(receiver.SessionAttribute, opened.Session))
		}
		return tracetree.Span{
			TraceID: in, SpanID: id(), Parent: below, Name: name, Kind: kind, Start: start, End: start + 1000,
			Attributes: attributes, Origin: &tracetree.Origin{Resource: resource},
		}
	}
	client, server := tracetree.KindClient, tracetree.KindServer
	request := span("api-gateway", "POST /tasks", server, trace, parent,
		text("http.request.method", "POST"), text("http.route", "/tasks"))
	call := span("api-gateway", "tasks.TaskService/CreateTask", client, trace, request.SpanID,
		text("rpc.system", "grpc"), text("rpc.service", "tasks.TaskService"), text("rpc.method", "CreateTask"))
	create := span("task-service", "tasks.TaskService/CreateTask", server, trace, call.SpanID, call.Attributes...)
	insert := span("task-service", "DynamoDB.PutItem", client, trace, create.SpanID, text("db.system", "dynamodb"),
		text("db.operation", "PutItem"), text("aws.dynamodb.table_names", "tasks"))
	send := span("task-service", "send task-events", tracetree.KindProducer, trace, create.SpanID,
		text("messaging.system", "aws_sqs"), text("messaging.destination.name", "task-events"),
		text("messaging.operation.type", "send"))
	process := span("worker", "process task-created", tracetree.KindConsumer, linked, tracetree.SpanID{},
		text("messaging.system", "aws_sqs"), text("messaging.operation.type", "process"))
	process.Links = []tracetree.Link{{TraceID: trace, SpanID: send.SpanID}}
	update := span("worker", "DynamoDB.UpdateItem", client, linked, process.SpanID, text("db.system", "dynamodb"),
		text("db.operation", "UpdateItem"))
	return []tracetree.Span{request, call, create, insert, send, process, update}
}

// faults damage the spans of a system. The first one does nothing.
var faults = []struct {
	name string
	do   func(r *rand.Rand, spans []tracetree.Span) []tracetree.Span
}{
	{"none", func(_ *rand.Rand, spans []tracetree.Span) []tracetree.Span { return spans }},
	{"a span is missing", func(r *rand.Rand, spans []tracetree.Span) []tracetree.Span {
		at := r.IntN(len(spans))
		return append(spans[:at:at], spans[at+1:]...)
	}},
	{"a message is processed twice", func(_ *rand.Rand, spans []tracetree.Span) []tracetree.Span {
		again := spans[5]
		again.TraceID[0]++
		again.SpanID[0]++
		return append(spans, again)
	}},
	{"a span is in the wrong place", func(_ *rand.Rand, spans []tracetree.Span) []tracetree.Span {
		spans[3].Parent = spans[0].SpanID
		return spans
	}},
	{"a call failed", func(r *rand.Rand, spans []tracetree.Span) []tracetree.Span {
		spans[r.IntN(len(spans))].Status = tracetree.StatusError
		return spans
	}},
	{"a span has the ID of another one", func(_ *rand.Rand, spans []tracetree.Span) []tracetree.Span {
		spans[4].SpanID = spans[3].SpanID
		return spans
	}},
}

// withoutParent returns the spans as a session shows them: what is below the test's own span is a
// root.
func withoutParent(spans []tracetree.Span) []tracetree.Span {
	shown := append([]tracetree.Span{}, spans...)
	shown[0].Parent = tracetree.SpanID{}
	return shown
}

// prepare opens a session. In half of them, the spans don't match what is expected.
func (run *testRun) prepare(ctx context.Context, t *testing.T) {
	r := run.rand
	s := &testSession{mode: modes[r.IntN(len(modes))]}
	status, answer, err := run.do(ctx, http.MethodPost, session.Path, nil)
	if err != nil || status != http.StatusCreated {
		t.Errorf("open: %d %s %v", status, answer, err)
		return
	}
	if err := json.Unmarshal([]byte(answer), &s.opened); err != nil {
		t.Error(err)
		return
	}
	spans := system(r, s.mode, s.opened)
	s.body = tracetree.Format(tracetree.Build(withoutParent(spans)))
	if s.expect, err = tracetree.Parse(s.body); err != nil {
		t.Error(err)
		return
	}
	fault := faults[0]
	if r.IntN(2) == 0 {
		fault = faults[1+r.IntN(len(faults)-1)]
	}
	first := spans[0].SpanID
	s.sends = fault.do(r, spans)
	shown := s.sends
	if len(shown) > 0 && shown[0].SpanID == first {
		shown = withoutParent(shown)
	}
	s.right = s.expect.Match(tracetree.Build(shown)) == nil
	if s.right != (fault.name == "none") {
		t.Errorf("fault %q: the spans match: %v", fault.name, s.right)
	}
	run.sessions = append(run.sessions, s)
}

// target returns the path and the header with which a session's spans are sent.
func (s *testSession) target() (path string, header []string) {
	header = []string{"Content-Type", "application/x-protobuf"}
	switch s.mode {
	case "path":
		return receiver.SessionPrefix + s.opened.Session + "/v1/traces", header
	case "header":
		return "/v1/traces", append(header, receiver.SessionHeader, s.opened.Session)
	}
	return "/v1/traces", header
}

// export sends a span of a session, late, out of order, and sometimes twice. Spans of registered
// traces sometimes carry the name of another session, as when services are shared by tests; the
// worker's trace isn't registered.
func (run *testRun) export(ctx context.Context, t *testing.T, sending *sync.WaitGroup) {
	for at, s := range run.sessions {
		noise := system(run.rand, "", session.Opened{}) // of a program that is in no test
		for i := range noise[:2] {
			run.send(ctx, t, sending, noise[i], "/v1/traces", "Content-Type", "application/x-protobuf")
		}
		for i := range s.sends {
			path, header := s.target()
			if s.mode == "traceparent" && run.rand.IntN(4) == 0 && s.sends[i].Service() != "worker" {
				other := run.sessions[(at+1)%len(run.sessions)]
				header = append(header, receiver.SessionHeader, other.opened.Session)
			}
			for range 1 + run.rand.IntN(3)/2 {
				run.send(ctx, t, sending, s.sends[i], path, header...)
			}
		}
	}
}

// send sends a span late.
func (run *testRun) send(ctx context.Context, t *testing.T, sending *sync.WaitGroup, span tracetree.Span, path string,
	header ...string,
) {
	body, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(codec.ToPData([]tracetree.Span{span}))
	if err != nil {
		t.Error(err)
		return
	}
	delay := time.Duration(run.rand.Int64N(int64(run.late)))
	sending.Go(func() {
		<-time.After(delay)
		status, answer, err := run.do(ctx, http.MethodPost, path, body, header...)
		if err != nil || status != http.StatusOK {
			t.Errorf("export: %d %s %v", status, answer, err)
		}
	})
}

// execute opens sessions, sends their spans while they are expected, and compares the verdicts.
func (run *testRun) execute(ctx context.Context, t *testing.T) {
	for range run.parallel {
		run.prepare(ctx, t)
	}
	var working sync.WaitGroup
	run.export(ctx, t, &working)
	// Whatever comes late comes before a tree that matches too early has been quiet for long
	// enough.
	query := fmt.Sprintf("?within=%v&quiet=%v", 2*run.late+3*run.slack, run.late+run.slack)
	for _, s := range run.sessions {
		delay := time.Duration(run.rand.Int64N(int64(run.late / 2)))
		working.Go(func() {
			<-time.After(delay)
			status, report, err := run.do(ctx, http.MethodPost, s.opened.URL+"/expect"+query, []byte(s.body))
			want := http.StatusOK
			if !s.right {
				want = http.StatusConflict
			}
			if err != nil || status != want {
				t.Errorf("%s session: %d, want %d, %v:\n%s", s.mode, status, want, err, report)
			}
			for _, other := range run.sessions {
				if other != s && strings.Contains(strings.Split(report, "not mixed in:")[0], other.opened.Session) {
					t.Errorf("the report of %s contains %s", s.opened.Session, other.opened.Session)
				}
			}
		})
	}
	working.Wait()
	for _, s := range run.sessions {
		if status, answer, err := run.do(ctx, http.MethodDelete, s.opened.URL, nil); status != http.StatusNoContent {
			t.Errorf("end: %d %s %v", status, answer, err)
		}
	}
}

// Fifty sessions at one time, whose spans come up to two seconds late, twice and out of order, have
// the right verdicts.
func TestVerdictsAreRight(t *testing.T) {
	for seed := range uint64(slow.Times(1000, 10)) {
		synctest.Test(t, func(t *testing.T) {
			sessions := session.New(session.Config{})
			defer sessions.Close()
			api := sessions.Handler()
			otlp := receiver.New(receiver.Config{Add: func(ctx context.Context, spans []tracetree.Span) (int, string) {
				return 0, sessions.Add(ctx, spans)
			}}).Handler()
			do := func(ctx context.Context, method, path string, body []byte, header ...string) (int, string, error) {
				r := httptest.NewRequestWithContext(ctx, method, "http://localhost"+path, bytes.NewReader(body))
				for i := 0; i < len(header); i += 2 {
					r.Header.Set(header[i], header[i+1])
				}
				w := httptest.NewRecorder()
				if strings.HasPrefix(path, session.Path) {
					api.ServeHTTP(w, r)
				} else {
					otlp.ServeHTTP(w, r)
				}
				return w.Code, w.Body.String(), nil
			}
			run := testRun{
				do: do, parallel: 50, rand: rand.New(rand.NewPCG(seed, 13)), late: 2 * time.Second, slack: time.Millisecond,
			}
			run.execute(t.Context(), t)
		})
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// The same over sockets, with the servers of tracelab serve. Fewer sessions need less slack, for
// which a session without a match waits three times.
func TestVerdictsAreRightOverSockets(t *testing.T) {
	late := time.Duration(slow.Times(2000, 200)) * time.Millisecond
	parallel, slack := slow.Times(50, 20), time.Duration(slow.Times(1000, 500))*time.Millisecond
	for seed := range uint64(slow.Times(20, 1)) {
		s, err := server.New(t.Context(), server.Config{})
		if err != nil {
			t.Fatal(err)
		}
		sessions := session.New(session.Config{})
		s.OnAdd(sessions.Add)
		s.Handle("/test/", sessions.Handler())
		l := server.Listeners{HTTP: listen(t), OTLP: receiver.Listeners{HTTP: listen(t)}}
		ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
		stopped := make(chan error, 1)
		go func() { stopped <- s.Run(ctx, l) }()

		transport := &http.Transport{MaxIdleConnsPerHost: 64}
		client := &http.Client{Transport: transport}
		do := func(ctx context.Context, method, path string, body []byte, header ...string) (int, string, error) {
			to := l.OTLP.HTTP
			if strings.HasPrefix(path, session.Path) {
				to = l.HTTP
			}
			r, err := http.NewRequestWithContext(ctx, method, "http://"+to.Addr().String()+path, bytes.NewReader(body))
			if err != nil {
				return 0, "", err
			}
			for i := 0; i < len(header); i += 2 {
				r.Header.Set(header[i], header[i+1])
			}
			response, err := client.Do(r)
			if err != nil {
				return 0, "", err
			}
			defer response.Body.Close()
			answer, err := io.ReadAll(response.Body)
			return response.StatusCode, string(answer), err
		}
		run := testRun{do: do, parallel: parallel, rand: rand.New(rand.NewPCG(seed, 17)), late: late, slack: slack}
		run.execute(t.Context(), t)
		transport.CloseIdleConnections()
		stop()
		if err := <-stopped; err != nil {
			t.Error(err)
		}
		sessions.Close()
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}
