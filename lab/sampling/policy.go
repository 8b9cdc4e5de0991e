package sampling

import (
	"embed"
	"fmt"
	"net/http"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"tracelab/telemetry/sampling"
)

// A Policy decides which traces are kept.
type Policy struct {
	Name string
	Head Head
	// Tail is nil when the head alone decides.
	Tail *sampling.TailPolicy
}

// Head decides when a trace begins: see [sampling.SampleByRoute].
type Head struct {
	Default float64            // the share of traces that are kept, from 0 to 1
	Routes  map[string]float64 // other shares, by route: "GET /tasks/:id"
}

// Routes returns the routes of the gateway, as policies name them.
func Routes() []string {
	return []string{
		http.MethodGet + " /tasks", http.MethodGet + " /tasks/:id",
		http.MethodPost + " /tasks", http.MethodPatch + " /tasks/:id", http.MethodDelete + " /tasks/:id",
	}
}

func (p Policy) sampler() (sdktrace.Sampler, error) {
	return sampling.SampleByRoute(p.Head.Default, p.Head.Routes)
}

//go:embed policies/*.yaml
var files embed.FS

// Names returns the names of the built-in policies' files, from the simplest to
// the one with the most rules.
func Names() []string { return []string{"head", "by-route", "by-route-errors", "tail"} }

// Text returns the file of a built-in policy, to be copied and changed.
func Text(name string) ([]byte, error) {
	text, err := files.ReadFile("policies/" + name + ".yaml")
	if err != nil {
		return nil, fmt.Errorf("read policy: there is no %q, but %q", name, Names())
	}
	return text, nil
}

// Builtin returns the built-in policies, in the order of [Names].
func Builtin() ([]Policy, error) {
	var policies []Policy
	for _, name := range Names() {
		text, err := Text(name)
		if err != nil {
			return nil, err
		}
		p, err := ParsePolicy(name+".yaml", text, Routes())
		if err != nil {
			return nil, err
		}
		policies = append(policies, p)
	}
	return policies, nil
}
