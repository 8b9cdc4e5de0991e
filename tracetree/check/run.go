package check

import (
	"slices"

	"tracelab/internal/redact"
	"tracelab/tracetree"
	"tracelab/tracetree/check/hops"
	"tracelab/tracetree/check/semconv"
	"tracelab/tracetree/clock"
)

// Input is what is checked. Only Forest is required; the checks that need another
// field do nothing without it.
type Input struct {
	Forest *tracetree.Forest
	// InvalidIDs are the places at which the input had spans with invalid ids,
	// which are not in the forest.
	InvalidIDs []string
	// Recorded are the spans that were recorded; the forest has those of them that
	// were exported.
	Recorded []tracetree.Span
	// Microseconds reports that times have no more than microseconds, so that a
	// span may seem to take no time.
	Microseconds bool

	// Results of one check that another one needs. Each is made by the check that it is named
	// after.
	roots  map[tracetree.TraceID]rootCount // one-root
	cycles map[tracetree.TraceID]bool      // parent-cycle: the traces that it reports
	finder *hops.Finder                    // broken-propagation
	lost   *hops.Lost                      // see lostContext
	// offsets are those of the clocks: see clocks.
	offsets *clock.Offsets
}

// Result is the result of the checks.
type Result struct {
	// Findings are ordered by severity, then by the order of the checks, then by
	// that of the spans.
	Findings []Finding `json:"findings"`
	// Silenced counts the findings of checks that the config turns off.
	Silenced []Silenced `json:"silenced,omitempty"`
}

// Silenced counts the findings of a check that is turned off.
type Silenced struct {
	Check    string `json:"check"`
	Reason   string `json:"reason"`
	Findings int    `json:"findings"`
}

// Worst returns the highest severity among the findings, Off without findings.
func (r *Result) Worst() Severity {
	worst := Off
	for i := range r.Findings {
		worst = max(worst, r.Findings[i].Severity)
	}
	return worst
}

// Run runs the checks over the input. Findings of one check about one service
// that have the same cause are one finding, which counts the other spans. Run
// takes time linear in the spans and their attributes, and is safe for concurrent
// use on one forest.
func Run(checks []Check, in Input, config Config) Result {
	return run(checks, in, config, true)
}

func run(checks []Check, in Input, config Config, grouped bool) Result {
	e := newEngine(checks, &in, &config)
	spans := in.Forest.Spans()
	var m tracetree.Meaning // one for all spans: it escapes, and would be allocated for each
	for i := range spans {
		m = tracetree.MeaningOf(&spans[i])
		e.keys = e.factsOf(e.keys[:0], spans[i].Attributes)
		for _, p := range e.spans {
			p.check.span(p, i, &spans[i], &m)
		}
		e.attributes(i, &spans[i])
	}
	for at := range e.passes {
		if p := &e.passes[at]; p.check.run != nil {
			p.check.run(p)
		}
	}
	return e.result(grouped)
}

type engine struct {
	config  *Config
	passes  []pass
	spans   []*pass // those that look at spans
	visit   []*pass // those that look at attributes
	origins map[*tracetree.Origin]bool
	lately  memo[*keyFacts]
	// keys are those of the attributes of the span that is visited, and other those of its events,
	// links and so on. Both are reused.
	keys, other []*keyFacts
}

// keyFacts is what the checks have found out about an attribute's key. Several need it, so a key is
// looked up once for each attribute.
type keyFacts struct {
	convention *semconv.Attribute // nil if the conventions don't name it
	rule       *redact.Rule       // of sensitive-attribute, when it has seen the key
	form       *attributeKey      // of attribute-form, when it has seen the key
}

func newEngine(checks []Check, in *Input, config *Config) *engine {
	e := &engine{config: config, passes: make([]pass, len(checks)), origins: map[*tracetree.Origin]bool{}}
	for i := range checks {
		e.passes[i] = pass{Input: in, Config: config, check: &checks[i], engine: e}
		if checks[i].span != nil {
			e.spans = append(e.spans, &e.passes[i])
		}
		if checks[i].attr != nil {
			e.visit = append(e.visit, &e.passes[i])
		}
	}
	return e
}

// attributes calls the checks that look at attributes for all those of a span.
func (e *engine) attributes(i int, s *tracetree.Span) {
	if len(e.visit) == 0 {
		return
	}
	e.visitAll(i, onSpan, s.Attributes, e.keys)
	for at := range s.Events {
		e.lookAt(i, onEvent, s.Events[at].Attributes)
	}
	for at := range s.Links {
		e.lookAt(i, onLink, s.Links[at].Attributes)
	}
	if s.Origin != nil && !e.origins[s.Origin] {
		e.origins[s.Origin] = true
		e.lookAt(i, onResource, s.Origin.Resource)
		e.lookAt(i, onScope, s.Origin.ScopeAttributes)
	}
}

func (e *engine) lookAt(i int, at place, attrs []tracetree.Attr) {
	e.other = e.factsOf(e.other[:0], attrs)
	e.visitAll(i, at, attrs, e.other)
}

func (e *engine) visitAll(i int, at place, attrs []tracetree.Attr, keys []*keyFacts) {
	for a := range attrs {
		for _, p := range e.visit {
			p.check.attr(p, i, at, &attrs[a], keys[a])
		}
	}
}

// factsOf appends what is known of the key of each attribute.
func (e *engine) factsOf(list []*keyFacts, attrs []tracetree.Attr) []*keyFacts {
	for a := range attrs {
		facts, known := e.lately.of(attrs[a].Key)
		if !known {
			*facts = &keyFacts{convention: semconv.Lookup(attrs[a].Key)}
		}
		list = append(list, *facts)
	}
	return list
}

func (e *engine) result(grouped bool) Result {
	var all []placed
	var r Result
	for at := range e.passes {
		p := &e.passes[at]
		level, set := e.config.Levels[p.check.ID]
		if set && level.Severity == Off {
			if len(p.findings) > 0 {
				r.Silenced = append(r.Silenced, Silenced{p.check.ID, redact.Text(level.Reason), len(p.findings)})
			}
			continue
		}
		for n, f := range p.findings {
			f.check, f.n = at, n
			if set {
				f.Severity = level.Severity
			}
			f.mask()
			all = append(all, f)
		}
	}
	r.Findings = sorted(all, grouped)
	return r
}

// A pass is one check's run over one input.
type pass struct {
	*Input
	Config *Config
	// State belongs to the check: what it has collected so far.
	State any

	check    *Check
	engine   *engine
	findings []placed
}

// Report adds a finding about the span with an index, or about no span if it is
// -1. The check, its severity and the span's names are filled in. The returned
// finding may be changed until the check's function returns.
func (p *pass) Report(i int, seen, expected string, causes ...string) *Finding {
	f := placed{span: i, Finding: Finding{
		Check: p.check.ID, Severity: p.check.Severity, Seen: seen, Expected: expected, Causes: slices.Clone(causes),
	}}
	if i >= 0 {
		s := &p.Forest.Spans()[i]
		f.Trace, f.Span = s.TraceID.String(), inputID(s).String()
		f.Service, f.Label = redact.Text(s.Service()), maskedLabel(s)
	}
	p.findings = append(p.findings, f)
	return &p.findings[len(p.findings)-1].Finding
}

// cause sets the cause by which the last finding is grouped with others of its
// service. By default, that is Seen without its numbers.
func (p *pass) cause(text string) { p.findings[len(p.findings)-1].cause = text }
