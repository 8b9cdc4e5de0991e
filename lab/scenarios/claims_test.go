package scenarios_test

import (
	"strings"
	"testing"

	"tracelab/lab/scenarios"
	"tracelab/telemetry"
)

// A story that claims what its run doesn't show fails, and so does any other mistake in the file.
func TestRunsThatAreNotAsTheFileSaysFail(t *testing.T) {
	const story = "A story with `3 services`."
	tests := []struct {
		name, old, new string
		wrong          string // empty: nothing is
		tree           bool   // the tree differs
	}{
		{"nothing", "", "", "", false},
		{"a count", story, "`4 services`", `line 4 of the story claims "4 services", and the run doesn't show it`, false},
		{
			"no such count", story, "no `3 services`", `line 4 of the story claims no "3 services", and the run shows it`,
			false,
		},
		{"another count, denied", story, "no `4 services`", "", false},
		{"spans", story, "`7 spans` in `1 trace`, `1 link`, `1 request`", "", false},
		{"a label", story, "`db: PutItem (tasks table)`", "", false},
		{"a label that isn't there", story, "`db: PutItem (boats table)`", "the run doesn't show it", false},
		{"a label without its error", story, "`db: PutItem (tasks table) !error`", "the run doesn't show it", false},
		{"a label with an attribute", story, "`db: PutItem (tasks table) {db.operation=PutItem}`", "", false},
		{
			"a label with another value", story, "`db: PutItem (tasks table) {db.operation=GetItem}`", "the run doesn't show it",
			false,
		},
		{"a duration", story, "`db: PutItem (tasks table) [<10s]`", "", false},
		{"another duration", story, "`db: PutItem (tasks table) [>=10s]`", "the run doesn't show it", false},
		{"a folded span", story, "`api-gateway: grpc.client.CreateTask`", "", false},
		{"a status", story, "`201`", "", false},
		{"another status", story, "`503`", "the run doesn't show it", false},
		{"a check", story, "`orphan`", "the run doesn't show it", false},
		{"a check that is content", story, "without `orphan`", "", false},
		{"an attribute", story, "`http.route`", "", false},
		{"an attribute with its value", story, "`http.route=/tasks`", "", false},
		{"an attribute with another one", story, "`http.route=/boats`", "the run doesn't show it", false},
		{"a header", story, "`traceparent`", "", false},
		{"a header with its value", story, "`content-type: application/json`", "", false},
		{"a part of a header", story, "`trac`", "the run doesn't show it", false},
		{"another header", story, "`tracestate`", "the run doesn't show it", false},
		{"a log message", story, "`task created`", "", false},
		{"a resource's attribute", story, "`service.name=worker`", "", false},
		{"a command", story, "`tracelab run crud`", "", false},
		{"over two lines", story, "`3\nservices` and `4\n  services`", `line 5 of the story claims "4 services"`, false},
		{"a status of an answer", "→ 201", "→ 200", "POST /tasks is answered with 201, the file expects 200", false},
		{
			"a finding", "-- tree --", "-- findings --\nerror orphan at a: b\n-- tree --",
			"the checks don't find what the file expects, once: error orphan at a: b", false,
		},
		{"the tree", "  ...\n", "", "", true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s, err := scenarios.Parse("mine.txtar", []byte(strings.Replace(usual, test.old, test.new, 1)))
			if err != nil {
				t.Fatal(err)
			}
			o := run(t, s)
			if (o.Report != nil) != test.tree {
				t.Errorf("the tree differs: %v", o.Report)
			}
			if got := strings.Join(o.Wrong, "\n"); !strings.Contains(got, test.wrong) || (got == "") != (test.wrong == "") {
				t.Errorf("wrong is %q, want %q", got, test.wrong)
			}
			if o.AsExpected() != (test.wrong == "" && !test.tree) {
				t.Errorf("as expected: %v", o.AsExpected())
			}
		})
	}
}

func TestFindingsThatNobodyExpectsAreWrong(t *testing.T) {
	s, err := scenarios.Parse("mine.txtar",
		[]byte(
			strings.Replace(usual, "-- tree --", "-- settings --\nextract: false\n-- tree --", 1)+
				"\nworker: process task-created (root)\n  ...\n",
		))
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Join(run(t, s).Wrong, "\n")
	want := "the checks find what the file doesn't expect, once: error broken-propagation at worker: process task-created"
	if !strings.Contains(got, want) {
		t.Errorf("wrong is %q, want %q in it", got, want)
	}
}

func TestClaimsAboutOrderAreCompared(t *testing.T) {
	const sent, done = "sqs: SendMessage (task-events)", "worker: process task-created"
	tests := []struct {
		claim string
		want  bool
	}{
		{done + " starts after " + sent + " ends", true},
		{done + " starts after api-gateway: POST /tasks ends", true},
		{done + " starts before api-gateway: POST /tasks ends", false},
		{sent + " ends before " + done + " starts", true},
		{sent + " starts after " + done + " ends", false},
		{"nobody: at all starts after " + sent + " ends", false},
	}
	for _, test := range tests {
		s, err := scenarios.Parse("mine.txtar", []byte(strings.Replace(usual, "3 services", test.claim, 1)))
		if err != nil {
			t.Fatal(err)
		}
		if o := run(t, s); o.AsExpected() != test.want {
			t.Errorf("%q: %v, %q", test.claim, o.AsExpected(), o.Wrong)
		}
	}
}

func TestScenarioWithoutATreeCanBeRun(t *testing.T) {
	text, _, _ := strings.Cut(usual, "-- tree --")
	s, err := scenarios.Parse("mine.txtar", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	o := run(t, s)
	if o.AsExpected() || len(o.Wrong) != 1 || !strings.Contains(o.Wrong[0], "no section -- tree --") || o.Report != nil {
		t.Errorf("want the missing tree and nothing else, got %q and\n%v", o.Wrong, o.Report)
	}
	if len(o.Forest.Spans()) == 0 {
		t.Error("nothing was recorded")
	}
}

func TestRequestForATaskThatWasNotCreatedFails(t *testing.T) {
	s, err := scenarios.Parse("mine.txtar",
		[]byte(strings.Replace(usual, `POST /tasks {"title": "x"} → 201`, "GET /tasks/{id}", 1)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Run(t.Context(), telemetry.Config{}); err == nil ||
		!strings.Contains(err.Error(), "no task was created yet") {
		t.Errorf("the error is %v", err)
	}
}
