package tracetree_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tracelab/tracetree"
	"tracelab/tracetree/check"
	"tracelab/tracetree/codec"
)

var update = flag.Bool("update", false, "write docs/languages.md")

// messagesTree is the course's request in programs without gRPC and AWS: %s are the calls of the
// database and the broker, and the work.
const messagesTree = `api-gateway: POST /tasks (root)
  db: %s (tasks table)
  %s
    worker: process %s          ← linked span
      db: %s (tasks table)
`

// language is a capture of the course's request as the instrumentations of a language record it.
type language struct {
	file, name      string
	instrumentation string
	want            string            // the compact view
	differences     map[string]string // lines of the view that are not those of want, and why
	further         map[string]string // trees of one line after the first, and why
}

var languages = []language{
	{
		file: "go.jsonl", name: "Go", instrumentation: "otelecho, otelgrpc, otelaws", want: courseTree,
		differences: map[string]string{
			"worker: process task-events          ← linked span": "no event type",
			"db: UpdateItem (tasks table)":                       "otelaws does not inject: the program does",
		},
		further: map[string]string{"worker: SQS.ReceiveMessage (root)": "otelaws does not link the receiving"},
	},
	{
		file: "go-messages.jsonl", name: "Go, Kafka", instrumentation: "otelgin, otelpgx, otelsarama",
		want: fmt.Sprintf(messagesTree, "INSERT", "kafka: publish (task-events)", "task-events", "UPDATE"),
		differences: map[string]string{
			"worker: process task-events": "the processing is a child of the send, without a link",
		},
	},
	{
		file: "node.jsonl", name: "Node.js", instrumentation: "express, http, grpc, aws-sdk", want: courseTree,
		differences: map[string]string{
			"worker: process task-events          ← linked span": "no event type",
		},
	},
	{
		file: "python.json", name: "Python", instrumentation: "fastapi, grpc, botocore, boto3sqs", want: courseTree,
		differences: map[string]string{
			"worker: process task-events          ← linked span": "no event type",
		},
		further: map[string]string{
			"worker: SQS.DeleteMessage (root)": "boto3sqs ends the processing before it deletes the message",
		},
	},
	{
		file: "java.json", name: "Java", instrumentation: "agent: tomcat, grpc, aws-sdk", want: courseTree,
		differences: map[string]string{
			"worker: process task-events": "no event type; the processing is a child of the send, without a link",
		},
	},
	{
		file: "java-receive.json", name: "Java", instrumentation: "agent with telemetry of receiving", want: courseTree,
		differences: map[string]string{
			"worker: process task-events          ← linked span": "no event type",
		},
	},
	{
		file: "dotnet.json", name: ".NET", instrumentation: "AspNetCore, GrpcNetClient, HttpClient, AWS", want: courseTree,
		differences: map[string]string{
			"worker: process task-events": "no event type; no instrumentation of consumers, here a child of the send by hand",
		},
	},
	{
		file: "dotnet-grpc.json", name: ".NET", instrumentation: "AspNetCore with its support for gRPC", want: courseTree,
		differences: map[string]string{
			"worker: process task-events": "no event type; no instrumentation of consumers, here a child of the send by hand",
		},
	},
	{
		file: "rust.json", name: "Rust", instrumentation: "axum, tonic, aws-smithy", want: courseTree,
		differences: map[string]string{
			"db: PutItem":                 "the SDK records no table",
			"sqs: SendMessage":            "the SDK records no queue",
			"worker: process task-events": "no event type; no instrumentation of consumers, here a child of the send by hand",
			"db: UpdateItem":              "the SDK records no table",
		},
	},
	{
		file: "node-pg-kafkajs.jsonl", name: "Node.js, Kafka", instrumentation: "express, http, pg, kafkajs: eachMessage",
		want: fmt.Sprintf(messagesTree, "INSERT", "kafka: send (task-events)", "task-events", "UPDATE"),
		differences: map[string]string{
			"worker: process task-events": "the processing is a child of the send, without a link",
		},
	},
	{
		file: "node-mongodb-amqplib.jsonl", name: "Node.js, RabbitMQ", instrumentation: "express, http, mongodb, amqplib",
		want: fmt.Sprintf(messagesTree, "insert", "rabbitmq: send (task-events)", "task-events", "update"),
		differences: map[string]string{
			"worker: process task-events": "the processing is a child of the send, without a link",
		},
	},
	{
		file: "node-kafka.json", name: "Node.js, Kafka", instrumentation: "express, http, pg, kafkajs: eachBatch",
		want: fmt.Sprintf(messagesTree, "INSERT", "kafka: send (task-events)", "task-events", "UPDATE"),
	},
	{
		file: "python-kafka.json", name: "Python, Kafka", instrumentation: "flask, psycopg, kafka-python",
		want: fmt.Sprintf(messagesTree, "INSERT", "kafka: send (task-events)", "task-events", "UPDATE"),
		differences: map[string]string{
			"worker: process task-events": "the processing is a child of the send, without a link",
		},
	},
	{
		file: "python-celery.json", name: "Python, Celery", instrumentation: "flask, pymongo, celery",
		want: fmt.Sprintf(messagesTree, "insert", "api-gateway: apply_async/tasks.grow (celery)", "tasks.grow", "update"),
		differences: map[string]string{
			"worker: process tasks.grow": "the processing is a child of the send, without a link",
		},
	},
}

func TestEveryLanguageGivesTheCoursesTree(t *testing.T) {
	var table strings.Builder
	for _, l := range languages {
		t.Run(l.file, func(t *testing.T) {
			spans := readLanguage(t, l.file)
			forest := tracetree.Build(spans)
			view, further, _ := strings.Cut(strings.TrimSpace(tracetree.Format(forest)), "\n\n")
			got := strings.Split(view, "\n")
			want := strings.Split(strings.TrimSpace(l.want), "\n")
			if len(got) != len(want) {
				t.Fatalf("(-want +got):\n%s", cmp.Diff(l.want, tracetree.Format(forest)))
			}
			same, linked := 0, false
			var reasons []string
			for i, line := range got {
				linked = linked || strings.Contains(line, "← linked span")
				if line == want[i] {
					same++
					continue
				}
				reason := l.differences[strings.TrimSpace(line)]
				if reason == "" {
					t.Errorf("line %d without a reason for the difference: want %q, got %q", i+1, want[i], line)
				}
				reasons = append(reasons, reason)
			}
			for line := range strings.FieldsFuncSeq(further, func(r rune) bool { return r == '\n' }) {
				reason := l.further[line]
				if reason == "" {
					t.Errorf("a further tree without a reason: %q", line)
				}
				reasons = append(reasons, reason)
			}
			if len(reasons) != len(l.differences)+len(l.further) {
				t.Errorf("%d lines differ, the table has reasons for %d", len(reasons), len(l.differences)+len(l.further))
			}
			found := errorsOf(loseContext(t, spans))
			if len(found) == 0 {
				t.Errorf("context that is lost between the send and the worker is not found")
			}
			wrong := errorsOf(spans)
			for _, f := range wrong {
				t.Errorf("false error %s: %s", f.Check, f.Seen)
			}
			fmt.Fprintf(&table, "| %s | %s | %d of %d | %d → %d | %s | %s | %d | %s |\n", l.name, l.instrumentation, same,
				len(want), len(spans), len(got)+len(l.further), map[bool]string{true: "yes", false: "no"}[linked],
				map[bool]string{true: "yes", false: "no"}[len(found) > 0], len(wrong), strings.Join(unique(reasons), "; "))
		})
	}
	const path = "../docs/languages.md"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const begin = "| --- | --- | --- | --- | --- | --- | --- | --- |\n"
	head, rest, _ := strings.Cut(string(text), begin)
	at := strings.Index(rest+"\n\n", "\n\n")
	want := head + begin + strings.TrimSuffix(table.String(), "\n") + rest[min(at, len(rest)):]
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Errorf("%s is stale, run the test with -update (-want +got):\n%s", path, diff)
	}
}

func readLanguage(t *testing.T, file string) []tracetree.Span {
	t.Helper()
	path := filepath.Join("testdata", "languages", file)
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	spans, warnings, err := codec.ReadAll(f, path)
	if err != nil || len(warnings) > 0 {
		t.Fatalf("read %s: %v, %v", path, err, warnings)
	}
	return spans
}

// loseContext returns the spans as they would be if the message carried no context: the worker's
// spans are in a trace of their own, without links.
func loseContext(t *testing.T, spans []tracetree.Span) []tracetree.Span {
	t.Helper()
	service := make(map[tracetree.SpanID]string)
	for i := range spans {
		service[spans[i].SpanID] = spans[i].Service()
	}
	lost := append([]tracetree.Span(nil), spans...)
	for i := range lost {
		s := &lost[i]
		if s.Service() != "worker" {
			continue
		}
		s.TraceID, s.Links = traceID(99), nil
		if service[s.Parent] != "worker" {
			s.Parent = tracetree.SpanID{}
		}
	}
	return lost
}

// errorsOf returns the findings of the severity error.
func errorsOf(spans []tracetree.Span) []check.Finding {
	var found []check.Finding
	result := check.Run(check.All(), check.Input{Forest: tracetree.Build(spans)}, check.Config{})
	for _, f := range result.Findings {
		if f.Severity == check.Error {
			found = append(found, f)
		}
	}
	return found
}

func unique(list []string) []string {
	var kept []string
	seen := make(map[string]bool)
	for _, s := range list {
		if !seen[s] {
			seen[s] = true
			kept = append(kept, s)
		}
	}
	return kept
}
