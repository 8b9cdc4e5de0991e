// Package api answers questions about the traces of a store over HTTP: what the page shows, for
// curl and scripts as well, and the query API of Jaeger for programs that have a client of it.
// docs/api.md describes it.
//
// It only reads, except for uploads and scenarios, which add spans. It doesn't protect itself from
// other sites or hosts: see package guard.
package api

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"sync"

	"tracelab/live/problem"
	"tracelab/live/rows"
	"tracelab/live/store"
	"tracelab/tracetree"
)

// Config is what an API is made of.
type Config struct {
	Store *store.Store
	// Add takes the spans of uploads and scenarios, and returns how many it didn't keep and why.
	// Nil refuses uploads.
	Add func(ctx context.Context, spans []tracetree.Span) (rejected int, problem string)
	// Scenarios are those that can be run; see [Scenario].
	Scenarios []Scenario
	// MaxUpload is the largest size of an upload in bytes without compression. 0 means
	// [DefaultMaxUpload].
	MaxUpload int64
}

// DefaultMaxUpload is the largest size of an upload in bytes without compression.
const DefaultMaxUpload = 256 << 20

// API serves the API. Create it with [New].
type API struct {
	config    Config
	listings  listings
	trees     trees
	streams   gate // of events
	answers   gate // of what is computed
	transfers gate // of whole traces
}

// maxStreams is the number of streams of events at one time.
const maxStreams = 64

// New returns an API.
func New(config Config) *API {
	if config.MaxUpload == 0 {
		config.MaxUpload = DefaultMaxUpload
	}
	return &API{
		config: config, streams: newGate(maxStreams), answers: newGate(maxAnswers), transfers: newGate(maxTransfers),
	}
}

// Handler returns the handler of /api/.
func (a *API) Handler() http.Handler {
	mux := http.NewServeMux()
	for pattern, handle := range a.handlers() {
		mux.HandleFunc(pattern, handle)
	}
	return problem.Mux(mux, "docs/api.md")
}

// Routes returns the patterns of all routes in order, as in "GET /api/v1/traces".
func (a *API) Routes() []string { return slices.Sorted(maps.Keys(a.handlers())) }

func (a *API) handlers() map[string]http.HandlerFunc {
	all := map[string]http.HandlerFunc{
		"POST /api/v1/traces": func(w http.ResponseWriter, r *http.Request) {
			problem.Respond(w, r, a.transfers.through(a.upload))
		},
		"GET /api/v1/traces/{id}": a.trace, // also ID.tree and ID.json
		"GET /api/v1/events":      a.events,
	}
	for pattern, handle := range a.routes() {
		all[pattern] = func(w http.ResponseWriter, r *http.Request) {
			problem.Respond(w, r, a.answers.through(handle))
		}
	}
	return all
}

// routes returns the handlers that answer with JSON.
func (a *API) routes() map[string]func(*http.Request) (any, error) {
	return map[string]func(*http.Request) (any, error){
		"GET /api/v1/traces":                     a.list,
		"GET /api/v1/durations":                  a.durations,
		"GET /api/v1/services":                   a.services,
		"GET /api/v1/stats":                      a.stats,
		"GET /api/v1/traces/{id}/rows":           a.rows,
		"GET /api/v1/traces/{id}/overview":       a.overview,
		"GET /api/v1/traces/{id}/locate":         a.locate,
		"GET /api/v1/traces/{id}/find":           a.find,
		"GET /api/v1/traces/{id}/findings":       a.findings,
		"GET /api/v1/traces/{id}/spans/{span}":   a.span,
		"GET /api/v1/map":                        a.serviceMap,
		"GET /api/v1/operations":                 a.operations,
		"GET /api/v1/compare":                    a.compare,
		"GET /api/v1/scenarios":                  a.listScenarios,
		"POST /api/v1/scenarios/{name}":          a.runScenario,
		"GET /api/services":                      a.jaegerServices,
		"GET /api/operations":                    a.jaegerOperations,
		"GET /api/services/{service}/operations": a.jaegerServiceOperations,
		"GET /api/traces":                        a.jaegerTraces,
		"GET /api/traces/{id}":                   a.jaegerTrace,
	}
}

// trees keeps the rows of the traces that were asked for last.
type trees struct {
	mu   sync.Mutex
	kept []*keptTree // the last one last
}

type keptTree struct {
	trace   *store.Trace
	options rows.Options
	once    sync.Once
	tree    *rows.Tree
}

// maxTrees is the number of kept trees. Each has about 30 bytes for a span.
const maxTrees = 8

// tree returns the rows of a trace as it is now. They are made once, and others who ask for them
// wait.
func (a *API) tree(trace *store.Trace, options rows.Options) *rows.Tree {
	t := &a.trees
	t.mu.Lock()
	at := slices.IndexFunc(t.kept, func(k *keptTree) bool { return k.trace == trace && k.options == options })
	var kept *keptTree
	if at >= 0 {
		kept = t.kept[at]
		t.kept = append(slices.Delete(t.kept, at, at+1), kept)
	} else {
		// Those of earlier versions of the trace are of no use any more.
		t.kept = slices.DeleteFunc(t.kept, func(k *keptTree) bool { return k.trace.ID == trace.ID && k.trace != trace })
		if len(t.kept) >= maxTrees {
			t.kept = slices.Delete(t.kept, 0, 1)
		}
		kept = &keptTree{trace: trace, options: options}
		t.kept = append(t.kept, kept)
	}
	t.mu.Unlock()
	kept.once.Do(func() { kept.tree = rows.New(trace.Forest, options) })
	return kept.tree
}
