package class

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"tracelab/internal/sample"
	"tracelab/internal/slow"
	"tracelab/live/receiver"
	"tracelab/live/server"
	"tracelab/tracetree"
	"tracelab/tracetree/codec"
)

// load is a class that is served over sockets, with teams that send spans.
type load struct {
	class    *Class
	receiver string // URL
	page     string // URL
	client   *http.Client
	sample   []tracetree.Span
}

// newLoad serves a class until the end of the test.
func newLoad(t *testing.T) *load {
	t.Helper()
	l := &load{class: New(Config{}), sample: sample.CreateTask(t)}
	s, err := server.New(t.Context(), server.Config{
		Token: "sesame", Open: []string{Path}, Take: l.class.Take, Receiver: receiver.Config{Admit: l.class.Admit},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Handle(APIPath, l.class.Handler())
	listen := func() net.Listener {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		return listener
	}
	at := server.Listeners{HTTP: listen(), OTLP: receiver.Listeners{HTTP: listen()}}
	l.receiver, l.page = "http://"+at.OTLP.HTTP.Addr().String(), "http://"+at.HTTP.Addr().String()
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	l.client = &http.Client{Transport: transport}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	stopped := make(chan error, 1)
	go func() { stopped <- s.Run(ctx, at) }()
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		stop()
		if err := <-stopped; err != nil {
			t.Error(err)
		}
	})
	start(t, l.class)
	return l
}

// post sends a request to the receiver, as a team, and returns the status.
func (l *load) post(ctx context.Context, key, contentType string, body []byte) (int, error) {
	url := l.receiver + receiver.SessionPrefix + key + "/v1/traces"
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	r.Header.Set("Content-Type", contentType)
	response, err := l.client.Do(r)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	return response.StatusCode, err
}

// send sends spans as an exporter does.
func (l *load) send(ctx context.Context, key string, spans []tracetree.Span) error {
	body, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(codec.ToPData(spans))
	if err != nil {
		return err
	}
	status, err := l.post(ctx, key, "application/x-protobuf", body)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("the receiver answers %d", status)
	}
	return err
}

// flood sends spans of new traces at a rate, in requests of 500, until ctx ends. It returns how
// many it sent.
func (l *load) flood(ctx context.Context, key string, rate int) (sent int, err error) {
	const batch = 500
	tick := time.NewTicker(time.Second * batch / time.Duration(rate))
	defer tick.Stop()
	for n := 0; ; {
		spans := make([]tracetree.Span, 0, batch)
		for len(spans) < batch {
			spans = append(spans, sample.Copy(l.sample, n)...)
			n++
		}
		select {
		case <-ctx.Done():
			return sent, nil
		case <-tick.C:
		}
		if err := l.send(ctx, key, spans); err != nil {
			if ctx.Err() != nil {
				return sent, nil
			}
			return sent, err
		}
		sent += len(spans)
	}
}

// garbage sends what no exporter should, until ctx ends.
func (l *load) garbage(ctx context.Context, key string, r *rand.Rand) (refused int) {
	deep := sample.Copy(l.sample, 1)[:1]
	for i := range 3000 { // one trace of many levels
		span := deep[0]
		span.Parent, span.SpanID = deep[i].SpanID, tracetree.SpanID{1, byte(i >> 8), byte(i)}
		deep = append(deep, span)
	}
	cycle := sample.Copy(l.sample, 2)
	cycle[0].Parent, cycle[1].Parent = cycle[1].SpanID, cycle[0].SpanID
	noID := sample.Copy(l.sample, 3)
	noID[0].TraceID, noID[1].SpanID = tracetree.TraceID{}, tracetree.SpanID{}
	kinds := []func() (int, error){
		func() (int, error) { return l.post(ctx, key, "application/json", []byte(`{"resourceSpans": [{]`)) },
		func() (int, error) { return l.post(ctx, key, "text/html", []byte("<p>")) },
		func() (int, error) {
			random := make([]byte, 1000)
			for i := range random {
				random[i] = byte(r.Uint32())
			}
			return l.post(ctx, key, "application/x-protobuf", random)
		},
		func() (int, error) { return http.StatusOK, l.send(ctx, key, deep) },
		func() (int, error) { return http.StatusOK, l.send(ctx, key, cycle) },
		func() (int, error) { return http.StatusOK, l.send(ctx, key, noID) },
	}
	for ctx.Err() == nil {
		if status, err := kinds[r.IntN(len(kinds))](); err == nil && status != http.StatusOK {
			refused++
		}
	}
	return refused
}

// watch follows the board, and hands the rows to the teams that wait for them.
type watch struct {
	mu      sync.Mutex
	rows    map[int]boardRow
	changed chan struct{}
}

func (w *watch) follow(stream *events, until int64, team int) {
	for {
		b := stream.next()
		w.mu.Lock()
		for _, row := range b.Rows {
			w.rows[row.Number] = row
		}
		end := w.rows[team].Spans >= until
		close(w.changed)
		w.changed = make(chan struct{})
		w.mu.Unlock()
		if end {
			return
		}
	}
}

// await waits until the board has graded a number of a team's spans, and returns its row.
func (w *watch) await(ctx context.Context, team int, spans int64) (boardRow, error) {
	for {
		w.mu.Lock()
		row, changed := w.rows[team], w.changed
		w.mu.Unlock()
		if row.Spans >= spans {
			return row, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return row, ctx.Err()
		}
	}
}

// flooded is the rate of the flood in spans a second.
const flooded = 10_000

// Forty teams at a time, of which one sends garbage and one a flood, each have the right row within
// a second.
func TestRowsStayFreshUnderLoad(t *testing.T) {
	teams, rounds := slow.Times(38, 6), slow.Times(20, 1)
	l := newLoad(t)
	w := &watch{rows: make(map[int]boardRow), changed: make(chan struct{})}
	bad, flooding := join(t, l.class, "Garbage"), join(t, l.class, "Flood")
	last := join(t, l.class, "Last") // ends the stream
	stream := follow(t, l.page+APIPath+"events?code="+l.class.JoinCode())

	attack, stop := context.WithCancel(t.Context())
	var attackers, senders, watching sync.WaitGroup
	attackers.Go(func() {
		if l.garbage(attack, bad.Key, rand.New(rand.NewPCG(13, 1))) == 0 {
			t.Error("no garbage was refused")
		}
	})
	rate := 0.0 // of the flood, in spans a second
	attackers.Go(func() {
		began := time.Now()
		sent, err := l.flood(attack, flooding.Key, flooded)
		if err != nil {
			t.Errorf("flood: %v", err)
		}
		rate = float64(sent) / time.Since(began).Seconds()
	})
	watching.Go(func() { w.follow(stream, 1, last.Number) })

	var mu sync.Mutex
	var delays []time.Duration
	for n := range teams {
		team := join(t, l.class, fmt.Sprintf("Team %d", n))
		r := rand.New(rand.NewPCG(13, uint64(n)+2))
		senders.Go(func() {
			var sent []tracetree.Span
			for round := range rounds {
				<-time.After(time.Duration(r.Int64N(int64(time.Second)))) // teams work at their own pace
				spans := sample.Copy(l.sample, n*rounds+round)
				r.Shuffle(len(spans), func(i, j int) { spans[i], spans[j] = spans[j], spans[i] })
				spans = spans[:1+r.IntN(len(spans))] // what they send is rarely complete
				sent = append(sent, spans...)
				began := time.Now()
				if err := l.send(t.Context(), team.Key, spans); err != nil {
					t.Errorf("team %d: %v", n, err)
					return
				}
				row, err := w.await(t.Context(), team.Number, int64(len(sent)))
				delay := time.Since(began)
				if err != nil {
					t.Errorf("team %d: %v", n, err)
					return
				}
				if diff := cmp.Diff(statusesOf(sent), row.Statuses); diff != "" {
					t.Errorf("team %d, round %d, - graded alone, + on the board:\n%s", n, round, diff)
				}
				mu.Lock()
				delays = append(delays, delay)
				mu.Unlock()
			}
		})
	}
	senders.Wait()
	stop()
	attackers.Wait()
	if err := l.send(t.Context(), last.Key, l.sample); err != nil {
		t.Error(err)
	}
	watching.Wait()
	slices.Sort(delays)
	if len(delays) == 0 {
		t.Fatal("no row was seen")
	}
	median, longest := delays[len(delays)/2], delays[len(delays)-1]
	t.Logf("%d teams, %d rows, a flood of %.0f spans a second: fresh after %v (median), %v (longest)",
		teams+3, len(delays), rate, median, longest)
	// A machine that is too busy for the flood, as its rate shows, is too busy for the rows as
	// well.
	if isIdle := rate > 0.9*flooded; median > time.Second || longest > time.Second && isIdle {
		t.Error("want a second at most")
	}
}
