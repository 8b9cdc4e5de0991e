package cli

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"

	"tracelab/challenge"
	"tracelab/cli/show"
	"tracelab/internal/words"
	"tracelab/lab/scenarios"
	"tracelab/live/api"
	"tracelab/live/checklist"
	"tracelab/live/page"
	"tracelab/live/server"
	"tracelab/live/store"
	"tracelab/telemetry"
	"tracelab/tracetree"
	"tracelab/tracetree/codec/fromsdk"
)

// addPage adds the page, its API and the checklist of the challenge to a server.
func addPage(s *server.Server, scenarios []api.Scenario, list *checklist.Checklist) {
	answers := api.New(api.Config{Store: s.Store(), Add: s.Add, Scenarios: scenarios}).Handler()
	s.Handle("/api/", answers)
	s.Handle(checklist.Path, list.Handler())
	s.Handle("/", page.Handler())
}

// pageScenarios returns the scenarios that the page has buttons for, and the mystery.
func pageScenarios() ([]api.Scenario, error) {
	all, err := scenarios.All()
	if err != nil {
		return nil, err
	}
	list := []api.Scenario{{
		Name: mysteryName, Title: "Mystery",
		Story: "Something is wrong in this trace, or was wrong in the system. What is it?",
		Run:   func(ctx context.Context) ([]tracetree.Span, *api.Riddle, error) { return riddle(ctx, rand.Uint64()) },
	}}
	for _, s := range all {
		list = append(list, api.Scenario{
			Name: s.Name, Title: s.Title, Lesson: s.Lesson, Story: s.Story, Fix: s.Fix, Tree: s.TreeText,
			Run: func(ctx context.Context) ([]tracetree.Span, *api.Riddle, error) {
				outcome, err := runForPage(ctx, s)
				if err != nil {
					return nil, nil, err
				}
				return fromsdk.Spans(outcome.Spans), nil, nil
			},
		})
	}
	return list, nil
}

// runForPage runs a scenario. Its spans go to the page only, and not to the exporters of the
// environment.
func runForPage(ctx context.Context, s *scenarios.Scenario) (*scenarios.Outcome, error) {
	return s.Run(ctx, telemetry.Config{})
}

// riddle runs the mystery of a seed, and judges each of the answers to choose from.
func riddle(ctx context.Context, seed uint64) ([]tracetree.Span, *api.Riddle, error) {
	fault, err := scenarios.Mystery(seed)
	if err != nil {
		return nil, nil, err
	}
	options, err := scenarios.Options(seed)
	if err != nil {
		return nil, nil, err
	}
	outcome, err := runForPage(ctx, fault)
	if err != nil {
		return nil, nil, err
	}
	r := &api.Riddle{Fault: fault.Mystery, Scenario: fault.Name, Unseen: fault.Unseen}
	for _, option := range options {
		j, err := outcome.Judge(option, false)
		if err != nil {
			return nil, nil, err
		}
		judged := api.RiddleOption{Text: option.Mystery, Accepted: j.Accepted, Reasons: j.Sentences()}
		if j.Accepted && option.Name != fault.Name {
			judged.Reasons = append(judged.Reasons, "The trees alone can't tell it from the fault of this run.")
		}
		r.Options = append(r.Options, judged)
	}
	return fromsdk.Spans(outcome.Spans), r, nil
}

// viewMemory is the budget for the traces of files that the page shows.
const viewMemory = 4 << 30

// storeOf returns a store with spans.
func storeOf(env *environment, s *store.Store, spans []tracetree.Span) {
	const batch = 4096 // so that requests are answered meanwhile
	for len(spans) > 0 {
		n := min(batch, len(spans))
		if added := s.Add(spans[:n]); added.Dropped > 0 {
			env.lost = true
			fmt.Fprintf(env.stderr, "tracelab: %s not shown: %s\n", words.Count(added.Dropped, "span"), added.Problem)
		}
		spans = spans[n:]
	}
}

// open shows spans in the page on a free port until ctx ends.
func (c viewCommand) open(ctx context.Context, env *environment, spans []tracetree.Span) error {
	s, err := server.New(ctx, server.Config{Store: store.Config{Memory: viewMemory}, Log: logTo(env.stderr)})
	if err != nil {
		return err
	}
	storeOf(env, s.Store(), spans)
	addPage(s, nil, checklist.New(s.Store(), challenge.Names{}.WithDefaults(), tracetree.TraceID{}))
	var open listeners
	defer open.close()
	l, err := open.listen("--open", "127.0.0.1:0")
	if err != nil {
		return err
	}
	url := "http://" + l.Addr().String() + "/"
	if traces := s.Store().Traces(store.Query{Limit: 2}); len(traces) == 1 {
		url += "#/trace/" + traces[0].ID.String()
	}
	fmt.Fprintf(env.stdout, "The page is at %s\n\nCtrl-C stops.\n", url)
	if err := flush(env.stdout); err != nil {
		return err
	}
	if err := startBrowser(ctx, url); err != nil {
		fmt.Fprintf(env.stderr, "tracelab: no browser could be started, open the address yourself: %s\n",
			show.Message(err.Error()))
	}
	return s.Run(ctx, server.Listeners{HTTP: l})
}

// startBrowser opens a URL in the browser of the system, or in the one that the variable BROWSER
// names.
func startBrowser(ctx context.Context, url string) error {
	name, args := "xdg-open", []string{url}
	switch runtime.GOOS {
	case "darwin":
		name = "open"
	case "windows":
		name, args = "rundll32", []string{"url.dll,FileProtocolHandler", url}
	}
	if browser := os.Getenv("BROWSER"); browser != "" {
		name, args = browser, []string{url}
	}
	command := exec.CommandContext(context.WithoutCancel(ctx), name, args...) // the browser stays open
	if err := command.Start(); err != nil {
		return err
	}
	go func() { _ = command.Wait() }() // so that no dead process is left; its exit code means nothing
	return nil
}

// writeHTML writes spans as a page in a single file.
func (c viewCommand) writeHTML(ctx context.Context, env *environment, spans []tracetree.Span) error {
	if len(spans) > page.MaxExported {
		return usageError("--format html is for %d spans at most, and %d match: select some with --trace or --limit, or "+
			"use --open", page.MaxExported, len(spans))
	}
	s := store.New(store.Config{Memory: viewMemory})
	storeOf(env, s, spans)
	return page.Export(ctx, env.stdout, s, cmp.Or(c.Files[0], "traces")+" · tracelab")
}
