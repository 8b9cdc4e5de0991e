package cli

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	ddbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// useAWS makes tracelab aws the endpoint of commands and of the returned clients.
func useAWS(t *testing.T, args ...string) *awsClients {
	t.Helper()
	s := start(t, append([]string{"aws", "--listen", ":0"}, args...)...)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": s.find(t, `AWS_ENDPOINT_URL=(http://127\.0\.0\.1:\d+)`), "AWS_REGION": "us-east-1",
		"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_EC2_METADATA_DISABLED": "true",
		"AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
	} {
		t.Setenv(name, value)
	}
	clients, err := newAWSClients(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return clients
}

func TestSetupAWS(t *testing.T) {
	clients := useAWS(t, "--table", "other", "--table", "ranged:number", "--queue", "events")
	names := []string{"--table", "todo", "--queue", "events", "--dead-letter-queue", "events-dead"}
	run := func(t *testing.T, args ...string) (code int, stdout, stderr string) {
		t.Helper()
		var out, errs strings.Builder
		code = Run(t.Context(), append([]string{"setup", "aws"}, args...), nil, &out, &errs)
		return code, out.String(), errs.String()
	}
	policy := func() string {
		t.Helper()
		url, err := clients.queueURL(t.Context(), "events")
		if err != nil {
			t.Fatal(err)
		}
		out, err := clients.sqs.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{
			QueueUrl: &url, AttributeNames: []sqstypes.QueueAttributeName{"RedrivePolicy", "VisibilityTimeout"},
		})
		if err != nil {
			t.Fatal(err)
		}
		return out.Attributes["VisibilityTimeout"] + " " + out.Attributes["RedrivePolicy"]
	}
	const redrives = `30 {"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:events-dead","maxReceiveCount":3}`
	steps := []struct {
		reason string
		args   []string
		code   int
		want   string // stdout
		policy string
	}{
		{
			"a dry run changes nothing", append(names, "--dry-run"), 0,
			"would create table todo (key id, on-demand billing)\nwould create dead-letter queue events-dead\n" +
				"would change queue events, to events-dead after 3 receives\n", "30 ",
		},
		{
			"what is missing is made, what exists is changed", names, 0,
			"created table todo (key id, on-demand billing)\ncreated dead-letter queue events-dead\n" +
				"changed queue events, to events-dead after 3 receives\n", redrives,
		},
		{
			"again", names, 0, "exists: table todo\nexists: dead-letter queue events-dead\nexists: queue events\n", redrives,
		},
		{
			"other settings", append(names, "--max-receives", "5", "--visibility", "45"), 0,
			"exists: table todo\nexists: dead-letter queue events-dead\n" +
				"changed queue events, visibility time-out 45s, to events-dead after 5 receives\n",
			strings.NewReplacer("30", "45", ":3}", ":5}").Replace(redrives),
		},
		{"a table with another key", []string{"--table", "ranged"}, 1, "", ""},
		{
			"what would be removed", append(names, "--teardown", "--dry-run"), 0,
			"would remove queue events\nwould remove dead-letter queue events-dead\nwould remove table todo\n", "",
		},
		{
			"removed", append(names, "--teardown"), 0,
			"removed queue events\nremoved dead-letter queue events-dead\nremoved table todo\n", "",
		},
		{
			"removed again", append(names, "--teardown"), 0,
			"not found: queue events\nnot found: dead-letter queue events-dead\nnot found: table todo\n", "",
		},
		{
			"everything at once", names, 0,
			"created table todo (key id, on-demand billing)\ncreated dead-letter queue events-dead\n" +
				"created queue events, visibility time-out 30s, to events-dead after 3 receives\n", redrives,
		},
	}
	for _, step := range steps {
		code, stdout, stderr := run(t, step.args...)
		if code != step.code || stdout != step.want {
			t.Fatalf("%s: exit code %d, want %d:\n%s%s\nwant\n%s", step.reason, code, step.code, stdout, stderr, step.want)
		}
		if code != 0 && !strings.Contains(stderr, "table ranged: exists with the key [number]: want id of type S alone") {
			t.Errorf("%s: %s", step.reason, stderr)
		}
		if step.policy != "" {
			if got := policy(); got != step.policy {
				t.Errorf("%s: the queue has %s, want %s", step.reason, got, step.policy)
			}
		}
	}
	// The table takes a task.
	_, err := clients.dynamoDB.PutItem(t.Context(), &dynamodb.PutItemInput{
		TableName: aws.String("todo"),
		Item:      map[string]ddbtypes.AttributeValue{"id": &ddbtypes.AttributeValueMemberS{Value: "1"}},
	})
	if err != nil {
		t.Error(err)
	}
}

// A step that AWS refuses isn't reported as done.
func TestSetupAWSReportsOnlyWhatWasDone(t *testing.T) {
	useAWS(t)
	for _, tt := range []struct{ reason, flag, name, stdout, stderr string }{
		{"a table", "--table", "t1", "", "table t1: "},
		{
			"a dead-letter queue", "--dead-letter-queue", "x.y",
			"exists: table tasks\n", "queue x.y: ",
		},
		{
			"a queue", "--queue", "x.y",
			"exists: table tasks\nexists: dead-letter queue task-events-dead-letter\n", "queue x.y: ",
		},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			var stdout, stderr strings.Builder
			code := Run(t.Context(), []string{"setup", "aws", tt.flag, tt.name}, nil, &stdout, &stderr)
			if code != exitFailed || stdout.String() != tt.stdout || !strings.Contains(stderr.String(), tt.stderr) {
				t.Errorf("exit code %d: %q, %q, want %q, %q", code, stdout.String(), stderr.String(), tt.stdout, tt.stderr)
			}
		})
	}
}

func TestSetupAWSFlags(t *testing.T) {
	for want, args := range map[string][]string{
		"--max-receives is 0: want 1 to 1000":                       {"--max-receives", "0"},
		"--visibility is 43201: want 1 to 43200":                    {"--visibility", "43201"},
		`--queue and --dead-letter-queue are both "a"`:              {"--queue", "a", "--dead-letter-queue", "a"},
		"--max-receives has no effect next to --teardown":           {"--teardown", "--max-receives", "3"},
		"no AWS region: set AWS_REGION, or a region in the profile": nil,
	} {
		for _, name := range []string{"AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"} {
			t.Setenv(name, "")
		}
		t.Setenv("AWS_CONFIG_FILE", "/dev/null")
		var out strings.Builder
		code := Run(t.Context(), append([]string{"setup", "aws"}, args...), nil, &out, &out)
		if code != exitUsage || !strings.Contains(out.String(), want) {
			t.Errorf("%v: exit code %d: %s, want %s", args, code, out.String(), want)
		}
	}
}
