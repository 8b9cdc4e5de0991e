package deptest

import (
	"go/token"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
)

// importRules say which way imports point in this module.
//
// Tests keep to the same rules within the module, except for what is listed
// with each: the tests of a service may run it on the fakes and assert the
// traces that it makes.
var importRules = []Rule{
	{
		For:    []string{"."},
		Allow:  []string{Std, "./cli"},
		Reason: "main hands the arguments and the embedded packages to cli and does nothing else",
	},
	{
		For:    []string{"cli/..."},
		Allow:  []string{Std, Outside, "./..."},
		Reason: "cli joins everything",
	},
	{
		For: []string{"tracetree/play"},
		Allow: []string{
			Std, "./tracetree/...", "./internal/grpcstatus", "./internal/source",
			"go.opentelemetry.io/otel/...",
		},
		Tests:  []string{"./telemetry"},
		Reason: "play makes spans of text with the providers that it is given; its tests give it those of a real pipeline",
	},
	{
		For:   []string{"challenge"},
		Allow: []string{Std, "./tracetree", "./tracetree/check", "./internal/yamlconf"},
		Tests: []string{"./internal/sample", "./tracetree/..."},
		Reason: "a system in any language is graded by its spans, wherever they come from; " +
			"the tests grade the built-in system",
	},
	{
		For:    []string{"lab/..."},
		Allow:  []string{Std, Outside, "./..."},
		Deny:   []string{"./cli/..."},
		Reason: "lab assembles the system; commands and pages are made of it, not it of them",
	},
	{
		For:    []string{"taskservice/task"},
		Allow:  []string{Std},
		Reason: "the event and the table's form are shared with the worker, which needs no gRPC contract for them",
	},
	{
		For:    []string{"taskservice/taskpb"},
		Allow:  []string{Std, "google.golang.org/protobuf/...", "google.golang.org/grpc/...", "./taskservice/task"},
		Reason: "the contract needs protobuf, gRPC and the bounds of a task's fields, so that any client can import it",
	},
	{
		For:    []string{"worker/..."},
		Allow:  []string{Std, Outside, "./telemetry", "./taskservice/task"},
		Deny:   []string{"google.golang.org/grpc/..."},
		Tests:  []string{"./fakes/...", "./tracetree/..."},
		Reason: "the worker consumes events and updates items; it calls no service, so it needs no contract",
	},
	{
		For:   []string{"gateway/...", "taskservice/..."},
		Allow: []string{Std, Outside, "./telemetry", "./taskservice/task", "./taskservice/taskpb"},
		Tests: []string{"./fakes/...", "./tracetree/..."},
		Reason: "services could run in production as they are: they use telemetry and the contract, " +
			"no other service and no fake, and take everything else as arguments",
	},
	{
		For:    []string{"fakes/faultfile", "fakes/awshttp"},
		Allow:  []string{Std, Outside, "./fakes/...", "./internal/yamlconf", "./internal/source"},
		Deny:   []string{"go.opentelemetry.io/..."},
		Reason: "faults are written in YAML, as scenarios are; the fakes themselves take them as values",
	},
	{
		For:    []string{"fakes/..."},
		Allow:  []string{Std, Outside, "./fakes/..."},
		Deny:   []string{"go.opentelemetry.io/..."},
		Reason: "fakes replace AWS and the network: they use neither the services nor tracing; only lab uses both",
	},
	{
		For:    []string{"telemetry/sampling"},
		Allow:  []string{Std, "go.opentelemetry.io/..."},
		Tests:  []string{"./telemetry"},
		Reason: "samplers decide about spans of the SDK, in any pipeline",
	},
	{
		For: []string{"telemetry/..."},
		Allow: []string{
			Std, "./internal/redact",
			"go.opentelemetry.io/...", "github.com/aws/...",
			"google.golang.org/grpc/...", "google.golang.org/genproto/...", // stats handlers and status codes
			"github.com/google/uuid", // service.instance.id
		},
		Tests: []string{"./fakes/...", "./tracetree/..."},
		Reason: "telemetry traces the shapes of OpenTelemetry, AWS and gRPC; of this module it needs only redact, " +
			"and takes samplers as arguments",
	},
	{
		For:    []string{"internal/redact/..."},
		Allow:  []string{Std},
		Reason: "everything that prints or exports needs redact, so it needs nothing but the standard library",
	},
	{
		For:    []string{"tracetree"},
		Allow:  []string{Std, "./internal/grpcstatus", "./internal/source"},
		Tests:  []string{"./tracetree/..."},
		Reason: "tracetree is the core that other modules import: the standard library only",
	},
	{
		For: []string{"tracetree/codec/..."},
		Allow: []string{
			Std, "go.opentelemetry.io/...", "./tracetree/...", "./internal/redact",
			"github.com/klauspost/compress/zstd", // compressed files; the standard library has no zstd
			"golang.org/x/text/encoding/...",     // files in UTF-16, as Windows PowerShell writes them
			"golang.org/x/text/transform",
		},
		Deny: []string{"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"},
		Reason: "codec meets OpenTelemetry, so that the rest of tracetree needn't; " +
			"ptraceotlp would bring gRPC and its codec, ptrace is enough",
	},
	{
		For: []string{"internal/otlpserve"},
		Allow: []string{
			Std, "go.opentelemetry.io/...", "golang.org/x/sync/semaphore", "./tracetree", "./tracetree/codec",
			"google.golang.org/grpc/...", "google.golang.org/protobuf/...", "google.golang.org/genproto/...", // answers
		},
		Deny: []string{"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"},
		Reason: "the endpoint of tests and the live receiver share it: it answers by the specification, " +
			"and hands the spans on; ptraceotlp's service isn't needed for that",
	},
	{
		For: []string{"tracetree/treetest/otlptest"},
		Allow: []string{
			Std, "go.opentelemetry.io/...", "./tracetree/...", "./internal/closing", "./internal/otlpserve",
			"google.golang.org/grpc/...", // the server's lifetime
		},
		Deny:   []string{"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"},
		Tests:  []string{"./internal/slow"},
		Reason: "otlptest receives OTLP over gRPC; ptraceotlp's service isn't needed for that, as ptrace reads the bytes",
	},
	{
		For: []string{"tracetree/treetest/..."},
		Allow: []string{
			Std, "go.opentelemetry.io/otel/...", "./tracetree/...", "./internal/expect",
			"github.com/rogpeppe/go-internal/lockedfile", // parallel tests update one file
		},
		Deny: []string{"./tracetree/codec", "./tracetree/treetest/otlptest"},
		Reason: "treetest is linked by the tests of other modules: it meets the OpenTelemetry SDK, " +
			"but neither gRPC nor pdata, which codec and otlptest bring",
	},
	{
		For: []string{"tracetree/check/..."},
		Allow: []string{
			Std, "./tracetree", "./tracetree/check/...", "./tracetree/clock", "./internal/grpcstatus",
			"./internal/redact", "./internal/source",
		},
		Tests: []string{"./tracetree/..."},
		Reason: "checks look at trees, whatever they were read from, and read their examples from text; " +
			"their tests play the examples as real spans",
	},
	{
		For:    []string{"tracetree/..."},
		Allow:  []string{Std, "./tracetree/...", "./internal/redact", "./internal/words"},
		Reason: "below tracetree only codec and treetest import OpenTelemetry",
	},
	{
		For:    []string{"live/guard"},
		Allow:  []string{Std},
		Reason: "the receiver and the page are protected in the same way",
	},
	{
		For:    []string{"internal/sample"},
		Allow:  []string{Std, "./tracetree/..."},
		Reason: "the tests of the live packages share the trace of a real request, without linking the services",
	},
	{
		For: []string{"live/receiver"},
		Allow: []string{
			Std, "go.opentelemetry.io/...", "golang.org/x/sync/semaphore", "google.golang.org/grpc/...",
			"./internal/closing", "./internal/otlpserve", "./internal/redact", "./live/guard",
			"./tracetree", "./tracetree/codec",
		},
		Tests:  []string{"./live/store", "./internal/sample", "./tracetree/..."},
		Reason: "the receiver hands spans on, and doesn't know to what: its config has a function",
	},
	{
		For: []string{"live/handon"},
		Allow: []string{
			Std, "go.opentelemetry.io/...", "google.golang.org/protobuf/...",
			"./internal/redact", "./tracetree", "./tracetree/codec",
		},
		Tests:  []string{"./tracetree/..."},
		Reason: "spans are handed on to backends with OpenTelemetry's own clients",
	},
	{
		For: []string{"live/server"},
		Allow: []string{
			Std, "go.opentelemetry.io/otel/sdk/trace", "./internal/closing", "./live/...", "./tracetree/...",
		},
		Deny:   []string{"./live/page/...", "./live/rows/...", "./live/api/..."},
		Reason: "the server joins receiver and store; pages are handlers that it is given",
	},
	{
		For: []string{"live/store"},
		Allow: []string{
			Std, "./tracetree", "./tracetree/check", "./tracetree/codec/mask", "./tracetree/filter", "./tracetree/stats",
		},
		Tests:  []string{"./internal/sample", "./tracetree/..."},
		Reason: "the store holds spans, wherever they come from, and masks them; only its receiver speaks OTLP",
	},
	{
		For:    []string{"live/rows"},
		Allow:  []string{Std, "./tracetree", "./tracetree/chart", "./tracetree/clock", "./tracetree/stats"},
		Reason: "what a page shows is computed from the tree that a terminal prints",
	},
	{
		For: []string{"live/session"},
		Allow: []string{
			Std, "go.opentelemetry.io/otel/propagation", "go.opentelemetry.io/otel/trace",
			"./internal/expect", "./live/problem", "./live/receiver", "./tracetree", "./tracetree/check",
			"./tracetree/codec/mask",
		},
		Tests:  []string{"go.opentelemetry.io/...", "google.golang.org/grpc/metadata", "./live/server", "./tracetree/codec"},
		Reason: "sessions compare spans with trees; the receiver passes spans on with the names of their sessions",
	},
	{
		For: []string{"live/checklist"},
		Allow: []string{
			Std, "./challenge", "./internal/redact", "./live/problem", "./live/rows", "./live/store",
			"./tracetree", "./tracetree/check", "./tracetree/filter",
		},
		Tests:  []string{"./internal/sample"},
		Reason: "a checklist grades what a store has, whatever fills it, for a page, a command and a class",
	},
	{
		For: []string{"live/class"},
		Allow: []string{
			Std, "./challenge", "./live/checklist", "./live/problem", "./live/receiver", "./live/store",
			"./tracetree", "./tracetree/check",
		},
		Tests:  []string{"./internal/sample", "./live/server", "./tracetree/codec"},
		Reason: "a class grades what the receiver hands it, each team's in a store; its page is a handler of files",
	},
	{
		For:    []string{"live/problem"},
		Allow:  []string{Std, "./live/rows"},
		Reason: "all APIs answer mistakes in one form",
	},
	{
		For:    []string{"live/api"},
		Allow:  []string{Std, "./live/problem", "./live/rows", "./live/store", "./tracetree/..."},
		Tests:  []string{"./lab/..."},
		Reason: "the API answers from a store, whatever fills it",
	},
	{
		For:    []string{"live/page"},
		Allow:  []string{Std, "./live/api", "./live/rows", "./live/store", "./tracetree"},
		Tests:  []string{"./lab/...", "./tracetree/..."},
		Reason: "the page has files and a client of the API, and computes nothing about traces",
	},
	{
		For:    []string{"internal/expect"},
		Allow:  []string{Std, "./tracetree", "./tracetree/check", "./internal/redact"},
		Reason: "a Go test and a test session over HTTP have one report; where the spans come from is theirs",
	},
	{
		For: []string{"internal/backend"},
		Allow: []string{
			Std, "./tracetree", "./tracetree/codec", "./internal/redact", "github.com/cenkalti/backoff/v5",
			"golang.org/x/sync/errgroup", "golang.org/x/net/http/httpguts",
		},
		Tests:  []string{"./live/...", "./internal/sample", "./tracetree/..."},
		Reason: "traces come from a backend as from a file: a codec reads its answers",
	},
	{
		For:    []string{"internal/yamlconf"},
		Allow:  []string{Std, "github.com/goccy/go-yaml/...", "./internal/source"},
		Reason: "everything that reads a config needs it, and it needs nothing but YAML",
	},
	{
		For:    []string{"internal/grpcstatus"},
		Allow:  []string{Std},
		Tests:  []string{"google.golang.org/grpc/codes"},
		Reason: "tracetree needs the names of gRPC's codes, but not gRPC",
	},
	{
		For:    []string{"internal/source"},
		Allow:  []string{Std},
		Reason: "everything that reports a mistake in text needs it",
	},
	{
		For:    []string{"internal/slow"},
		Allow:  []string{Std},
		Reason: "the tests of every package need the switch, so it needs nothing but the standard library",
	},
	{
		For:    []string{"internal/law"},
		Allow:  []string{Std, "./internal/slow", "pgregory.net/rapid"},
		Reason: "the tests of every package need it, so it needs nothing but the library that it wraps",
	},
	{
		For:    []string{"internal/closing"},
		Allow:  []string{Std},
		Reason: "every HTTP server that ends in order needs it",
	},
	{
		For:    []string{"internal/words"},
		Allow:  []string{Std},
		Reason: "everything that prints numbers needs it",
	},
	{
		For:    []string{"internal/kinds"},
		Allow:  []string{Std},
		Reason: "the tests of every package that has inputs of other programs need it",
	},
	{
		For:    []string{"internal/deptest"},
		Allow:  []string{Std},
		Reason: "the rules must build when the rest of the module doesn't",
	},
}

// testRules returns the import rules, with what the tests of every package may import besides.
func testRules() []Rule {
	rules := slices.Clone(importRules)
	for i := range rules {
		rules[i].Tests = append(slices.Clone(rules[i].Tests), "./internal/slow", "./internal/law", "./internal/kinds")
	}
	return rules
}

var forbidden = []Forbidden{
	{
		Import: "go.opentelemetry.io/otel",
		Functions: []string{
			"SetTracerProvider", "SetTextMapPropagator", "SetErrorHandler", "SetMeterProvider", "SetLogger",
		},
		TestsToo: true,
		Reason: "three services and parallel tests share the process: " +
			"providers and propagators are arguments, never global",
	},
	{
		Import:    "github.com/aws/aws-sdk-go-v2/config",
		Functions: []string{"LoadDefaultConfig"},
		Except:    []string{"cli/service_aws.go"},
		TestsToo:  true,
		Reason: "service and setup alone find AWS's credentials: everything else is given its clients, " +
			"so that no test or lesson reaches a real account",
	},
	{
		Import:    "os",
		Functions: []string{"Exit"},
		Except:    []string{"main.go"},
		Reason: "only main exits the process; everything else returns an error, " +
			"so that deferred calls run and tests can look",
	},
	{
		Import:    "log",
		Functions: []string{"Fatal", "Fatalf", "Fatalln"},
		Reason:    "log.Fatal exits the process, which only main may; return an error",
	},
	{
		Import:    "pgregory.net/rapid",
		Functions: []string{"Check"},
		Except:    []string{"internal/law/law.go"},
		TestsToo:  true,
		Reason:    "go test gives the same result each time, so laws are tested with law.Check",
	},
}

const (
	noInit      = "a package that does something when it is merely imported can't be tested or used twice; write one"
	testOutside = "the package is compiled again for such a test; test it from outside, as package x_test"
	noState     = "package-level state is shared by everything in the process; put it into a struct that New returns"
)

// modulePath returns the module's path as go.mod has it, see scripts/module-path.
func modulePath(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if name, ok := strings.CutPrefix(line, "module "); ok {
			return strings.TrimSpace(name)
		}
	}
	t.Fatal("go.mod has no module line")
	return ""
}

// Linking takes a second for each test binary that has one of these, after every change.
var linking = []Linking{
	{
		Imports: []string{"github.com/aws/..."},
		Allow: []string{
			"cli", "fakes/...", "gateway", "lab", "lab/exercises", "lab/sampling", "lab/scenarios", "taskservice",
			"telemetry/...", "tracetree/play", "worker",
		},
		Reason: "the AWS SDK is for tests of what calls AWS; take the spans of a request from internal/sample",
	},
	{
		Imports: []string{"github.com/labstack/echo/..."},
		Allow:   []string{"cli", "gateway", "lab", "lab/exercises", "lab/sampling", "lab/scenarios"},
		Reason:  "Echo is for the gateway and what assembles it; take the spans of a request from internal/sample",
	},
	{
		Imports: []string{"google.golang.org/grpc", "go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"},
		Allow: []string{
			"cli", "fakes", "gateway", "lab", "lab/exercises", "lab/sampling", "lab/scenarios", "live/class", "live/receiver",
			"live/server", "live/session", "taskservice/...", "telemetry/...", "tracetree/play", "tracetree/treetest/otlptest",
			"worker",
		},
		Reason: "gRPC is for tests of what receives or sends over gRPC; give spans to the tested function",
	},
}

// innerTests are the packages with tests that need more than they export.
var innerTests = []string{
	"challenge",              // the search for a branch is compared with one that tries all spans
	"cli",                    // screens, prompts, settings and readiness without a command around them
	"fakes",                  // the parser of expressions, and numbers
	"gateway",                // the reader of JSON
	"internal/...",           // few, and quickly compiled
	"lab/exercises",          // the policy's grade from fewer requests, and from a cost
	"lab/exercises/logbook",  // the directory of each system
	"lab/quiz",               // the parser of questions
	"live/class",             // the state of a board
	"telemetry/sampling",     // the arithmetic of thresholds, and the memory of verdicts
	"tracetree/check",        // made-up checks, and the examples of all
	"tracetree/treetest/...", // the search for a literal, its journal, and the service without a listener
}

// parsed is this repository's code. All tests share it, and none changes it.
type parsed struct {
	fset     *token.FileSet
	packages []Package
}

var parse = sync.OnceValues(func() (parsed, error) {
	fset := token.NewFileSet()
	packages, err := Load(os.DirFS("../.."), fset)
	return parsed{fset, packages}, err
})

func repository(t *testing.T) (*token.FileSet, []Package) {
	t.Helper()
	p, err := parse()
	if err != nil {
		t.Fatal(err)
	}
	return p.fset, p.packages
}

func TestRepositoryKeepsItsRules(t *testing.T) {
	t.Parallel()
	module := modulePath(t)
	fset, packages := repository(t)
	var found []Violation
	found = append(found, Imports(fset, module, packages, testRules())...)
	found = append(found, Functions(fset, packages, forbidden)...)
	found = append(found, Inits(fset, packages, noInit)...)
	found = append(found, Globals(fset, packages, noState)...)
	found = append(found, Links(fset, module, packages, linking)...)
	found = append(found, InnerTests(fset, packages, innerTests, testOutside)...)
	for _, v := range found {
		t.Error(v)
	}
}
