package fakestest_test

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	ddbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"tracelab/fakes"
	"tracelab/fakes/fakestest"
)

// servers names the servers that are tested: SERVICE:NAME=URL, separated by spaces, such as
// sqs:fauxqs=http://127.0.0.1:4566. scripts/services sets it.
const servers = "TRACELAB_AWS_SERVERS"

// served makes a test of this binary the tests of one server, in a process of its own.
const served = "TRACELAB_AWS_SERVER"

// server is a server of DynamoDB or SQS that runs elsewhere.
type server struct{ service, name, url string }

func parseServer(t *testing.T, text string) server {
	t.Helper()
	id, at, found := strings.Cut(text, "=")
	service, name, named := strings.Cut(id, ":")
	u, err := url.Parse(at)
	if !found || !named || err != nil || u.Host == "" || service != "dynamodb" && service != "sqs" {
		t.Fatalf("server %q: want dynamodb:NAME=URL or sqs:NAME=URL", text)
	}
	return server{service, name, at}
}

// An excuse is a test that a server fails, because it differs from AWS's documentation. The name is
// that of the test, without its first part, or the beginning of it up to a slash.
type excuse struct{ server, test, reason string }

// Every excuse is used: a server that was fixed has none.
var excuses = []excuse{
	{
		"dynalite", "returns_the_old_item_with_a_failed_condition",
		"ReturnValuesOnConditionCheckFailure, of 2023, is ignored",
	},
	{
		"dynalite", "evaluates_conditions/m_=_:v,_maps_are_compared_deeply",
		"equal maps are compared by the order of their members",
	},
	{
		"dynalite", "refuses_bad_conditions/an_order_of_booleans",
		"<, on a type without an order, is false and not an error",
	},
	{"fauxqs", "returns_attributes_only_when_asked", "attributes are returned unasked, and prefix.* finds none"},
	{"fauxqs", "carries_X-Ray's_trace_header_as_a_system_attribute", "AWSTraceHeader is dropped"},
	{
		"fauxqs", "refuses_bad_bodies",
		"codes have the prefix AWS.SimpleQueueService., and U+10000 and above are refused",
	},
	{"fauxqs", "refuses_bad_attributes", "names, types, values and the number of attributes aren't checked"},
	{"fauxqs", "counts_attributes_in_the_size", "the code has the prefix AWS.SimpleQueueService."},
	{
		"fauxqs", "refuses_numbers_out_of_range",
		"codes have the prefix AWS.SimpleQueueService., and DelaySeconds isn't checked",
	},
	{
		"fauxqs", "changes_the_visibility_of_a_received_message",
		"the 12 hours since the receive aren't checked; another code for a deleted message",
	},
	{
		"fauxqs", "ignores_an_old_receipt_handle",
		"the code for a handle of an earlier receive is MessageNotInflight",
	},
	{
		"fauxqs", "refuses_what_is_no_receipt_handle",
		"DeleteMessage accepts any text; another code for ChangeMessageVisibility",
	},
	{"fauxqs", "moves_a_message_to_the_dead-letter_queue", "the move counts as a receive"},
	{"fauxqs", "counts_messages_by_state", "an unknown attribute is ignored"},
	{"fauxqs", "answers_with_a_request_id", "the header x-amzn-requestid is missing"},
}

// The clients of AWS's SDK find the same behavior in each server.
func TestServers(t *testing.T) {
	if os.Getenv(servers) == "" {
		t.Skipf("%s is not set: it names servers that run", servers)
	}
	for text := range strings.FieldsSeq(os.Getenv(servers)) {
		s := parseServer(t, text)
		t.Run(s.service+" "+s.name, func(t *testing.T) {
			failed, output := s.run(t)
			used := map[excuse]bool{}
			for _, test := range failed {
				e := s.excuse(test)
				if e == nil {
					t.Errorf("%s fails, without an excuse", test)
					continue
				}
				used[*e] = true
			}
			for _, e := range excuses {
				if e.server == s.name && !used[e] {
					t.Errorf("%s passes: its excuse %q is no longer needed", e.test, e.reason)
				}
			}
			if t.Failed() {
				t.Log(output)
			}
		})
	}
}

func (s server) excuse(test string) *excuse {
	i := slices.IndexFunc(excuses, func(e excuse) bool {
		return e.server == s.name && (e.test == test || strings.HasPrefix(test, e.test+"/"))
	})
	if i < 0 {
		return nil
	}
	return &excuses[i]
}

var result = regexp.MustCompile(`(?m)^ *--- (PASS|FAIL): TestServer/(.+) \(`)

// run runs the tests of a server in another process, and returns the names of those that failed and
// have no test in them that failed.
func (s server) run(t *testing.T) (failed []string, output string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestServer$", "-test.v", "-test.timeout=5m")
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s:%s=%s", served, s.service, s.name, s.url))
	out, err := cmd.CombinedOutput()
	passed := 0
	for _, m := range result.FindAllStringSubmatch(string(out), -1) {
		if m[1] == "PASS" {
			passed++
			continue
		}
		failed = append(failed, m[2])
	}
	if passed == 0 || err != nil && len(failed) == 0 {
		t.Fatalf("%v: no result:\n%s", err, out)
	}
	all := slices.Clone(failed)
	return slices.DeleteFunc(failed, func(test string) bool {
		return slices.ContainsFunc(all, func(other string) bool { return strings.HasPrefix(other, test+"/") })
	}), string(out)
}

// TestServer is run by TestServers for one server.
func TestServer(t *testing.T) {
	if os.Getenv(served) == "" {
		t.Skipf("%s is not set: TestServers runs this", served)
	}
	s := parseServer(t, os.Getenv(served))
	switch s.service {
	case "dynamodb":
		fakestest.DynamoDB(t, fakestest.DynamoDBHarness{New: s.newTable})
	case "sqs":
		fakestest.SQS(t, fakestest.SQSHarness{New: s.newQueues})
	}
}

type testCredentials struct{}

func (testCredentials) Retrieve(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
}

// unique returns a name for a test's own table or queue.
func unique(prefix string) string { return prefix + "-" + strconv.FormatInt(time.Now().UnixNano(), 36) }

func (s server) newTable(t testing.TB) (fakestest.DynamoDBClient, string) {
	t.Helper()
	client := dynamodb.New(dynamodb.Options{
		Region: fakes.Region, Credentials: testCredentials{}, Retryer: aws.NopRetryer{}, BaseEndpoint: &s.url,
	})
	table := unique("tasks")
	_, err := client.CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName: &table, BillingMode: ddbtypes.BillingModePayPerRequest,
		KeySchema: []ddbtypes.KeySchemaElement{{AttributeName: aws.String("id"), KeyType: ddbtypes.KeyTypeHash}},
		AttributeDefinitions: []ddbtypes.AttributeDefinition{
			{AttributeName: aws.String("id"), AttributeType: ddbtypes.ScalarAttributeTypeS},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := client.DeleteTable(context.WithoutCancel(t.Context()), &dynamodb.DeleteTableInput{
			TableName: &table,
		}); err != nil {
			t.Error(err)
		}
	})
	w := dynamodb.NewTableExistsWaiter(client, func(o *dynamodb.TableExistsWaiterOptions) {
		o.MinDelay, o.MaxDelay = 20*time.Millisecond, time.Second
	})
	if err := w.Wait(t.Context(), &dynamodb.DescribeTableInput{TableName: &table}, time.Minute); err != nil {
		t.Fatal(err)
	}
	return client, table
}

func (s server) newQueues(t testing.TB) (client fakestest.SQSClient, queue, deadLetters string) {
	t.Helper()
	c := sqs.New(sqs.Options{
		Region: fakes.Region, Credentials: testCredentials{}, Retryer: aws.NopRetryer{}, BaseEndpoint: &s.url,
	})
	create := func(name string, attributes map[string]string) *string {
		out, err := c.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &name, Attributes: attributes})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if _, err := c.DeleteQueue(context.WithoutCancel(t.Context()), &sqs.DeleteQueueInput{
				QueueUrl: out.QueueUrl,
			}); err != nil {
				t.Error(err)
			}
		})
		return out.QueueUrl
	}
	deadLetters = unique("dead-letters")
	dead, err := c.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{
		QueueUrl:       create(deadLetters, nil),
		AttributeNames: []sqstypes.QueueAttributeName{sqstypes.QueueAttributeNameQueueArn},
	})
	if err != nil {
		t.Fatal(err)
	}
	queue = unique("task-events")
	create(queue, map[string]string{
		"VisibilityTimeout": strconv.Itoa(int(fakestest.VisibilityTimeout / time.Second)),
		"RedrivePolicy": fmt.Sprintf(`{"deadLetterTargetArn":%q,"maxReceiveCount":%d}`,
			dead.Attributes["QueueArn"], fakestest.MaxReceiveCount),
	})
	return c, queue, deadLetters
}
