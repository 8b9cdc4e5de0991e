package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"text/tabwriter"
	"time"

	"tracelab/tools/system"
)

// The modes in which nothing goes wrong. The others are compared to the untraced one.
const (
	untraced = "untraced"
	dropped  = "dropped"
	exported = "exported"
)

// measured is a system, and what its rounds took.
type measured struct {
	layout, mode, url string
	rounds            []round
}

// round is what a round took.
type round struct {
	whole   time.Duration
	creates []time.Duration
}

// processedWithin bounds the wait for the worker after a round.
const processedWithin = 2 * time.Minute

var client = &http.Client{
	Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 1000},
}

// round creates tasks, and waits until the last ones are processed, so that the next system has the
// machine for itself.
func (m *measured) round(ctx context.Context, creates, callers int) (round, error) {
	r := round{creates: make([]time.Duration, creates)}
	ids, errs := make([]string, callers), make([]error, callers)
	var (
		next  atomic.Int64
		group sync.WaitGroup
	)
	began := time.Now()
	for caller := range callers {
		group.Go(func() {
			for i := next.Add(1) - 1; i < int64(creates) && errs[caller] == nil; i = next.Add(1) - 1 {
				started := time.Now()
				ids[caller], errs[caller] = m.create(ctx)
				r.creates[i] = time.Since(started)
			}
		})
	}
	group.Wait()
	r.whole = time.Since(began)
	if err := errors.Join(errs...); err != nil {
		return r, err
	}
	ctx, cancel := context.WithTimeout(ctx, processedWithin)
	defer cancel()
	for _, id := range slices.DeleteFunc(ids, func(id string) bool { return id == "" }) {
		err := system.Await(ctx, "wait for the worker", func(ctx context.Context) error {
			text, err := system.Get(ctx, m.url+"/tasks/"+id)
			if err == nil && !strings.Contains(string(text), "PROCESSED") {
				err = fmt.Errorf("the task is %s", text)
			}
			return err
		})
		if err != nil {
			return r, err
		}
	}
	return r, nil
}

func (m *measured) create(ctx context.Context) (id string, err error) {
	answer, err := system.CreateTask(ctx, client, m.url, "x", "")
	if err == nil && answer.Status != http.StatusCreated {
		err = fmt.Errorf("a create was answered with status %d: %s", answer.Status, answer.Body)
	}
	return answer.ID, err
}

// report prints a line for each system. Its ratio is to the untraced one of the same layout.
func report(to io.Writer, systems []*measured) error {
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "layout\tspans\tcreates/s\tp50\tp95\tp99\ttime, ratio\t")
	base := map[string]*measured{}
	for _, s := range systems {
		if s.mode == untraced {
			base[s.layout] = s
		}
		var all []time.Duration
		var whole time.Duration
		for _, r := range s.rounds {
			all = append(all, r.creates...)
			whole += r.whole
		}
		slices.Sort(all)
		fmt.Fprintf(w, "%s\t%s\t%.0f\t%s\t%s\t%s\t%.2f\t\n", s.layout, s.mode, float64(len(all))/whole.Seconds(),
			quantile(all, 50), quantile(all, 95), quantile(all, 99), ratio(s.rounds, base[s.layout].rounds))
	}
	return w.Flush()
}

// quantile returns a percentile of sorted times: the smallest time that so many percent don't
// exceed.
func quantile(sorted []time.Duration, percent int) time.Duration {
	rank := (len(sorted)*percent + 99) / 100
	return sorted[max(rank, 1)-1].Round(10 * time.Microsecond)
}

// ratio returns the median of the ratios of rounds.
func ratio(rounds, base []round) float64 {
	var ratios []float64
	for i := range rounds {
		ratios = append(ratios, float64(rounds[i].whole)/float64(base[i].whole))
	}
	slices.Sort(ratios)
	return ratios[len(ratios)/2]
}
