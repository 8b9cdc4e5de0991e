package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	ddbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"tracelab/taskservice/task"
)

// awsSetup makes and removes the table and the queues. Each step looks first, so that all of them
// can be repeated after a failure.
type awsSetup struct {
	dynamoDB *dynamodb.Client
	sqs      *sqs.Client
	want     setupAWSCommand
	report   func(format string, args ...any)
}

// tableTimeout bounds the time that a table takes to be made or removed.
const tableTimeout = 2 * time.Minute

// setup makes what is missing, and changes what is otherwise. The dead-letter queue comes first, as
// the policy of the other one names it.
func (s awsSetup) setup(ctx context.Context) error {
	if err := s.setupTable(ctx); err != nil {
		return fmt.Errorf("table %s: %w", s.want.Table, err)
	}
	dead, err := s.setupQueue(ctx, s.want.DeadLetterQueue, "dead-letter queue", nil)
	if err != nil {
		return fmt.Errorf("queue %s: %w", s.want.DeadLetterQueue, err)
	}
	policy, err := redrivePolicy(dead, s.want.MaxReceives)
	if err != nil {
		return err
	}
	attributes := map[string]string{
		string(sqstypes.QueueAttributeNameVisibilityTimeout): strconv.Itoa(s.want.Visibility),
		string(sqstypes.QueueAttributeNameRedrivePolicy):     policy,
	}
	if _, err := s.setupQueue(ctx, s.want.Queue, "queue", attributes); err != nil {
		return fmt.Errorf("queue %s: %w", s.want.Queue, err)
	}
	return nil
}

// step takes a step and reports it, in the past tense only when it is done. A dry run takes none.
func (s awsSetup) step(verb, past, what string, take func() error) error {
	if s.want.DryRun {
		s.report("would %s %s", verb, what)
		return nil
	}
	if err := take(); err != nil {
		return err
	}
	s.report("%s %s", past, what)
	return nil
}

func (s awsSetup) setupTable(ctx context.Context) error {
	name := s.want.Table
	described, err := s.dynamoDB.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &name})
	var missing *ddbtypes.ResourceNotFoundException
	switch {
	case errors.As(err, &missing):
	case err != nil:
		return err
	default:
		if err := checkKey(described.Table); err != nil {
			return err
		}
		s.report("exists: table %s", name)
		return s.waitForTable(ctx)
	}
	what := fmt.Sprintf("table %s (key %s, on-demand billing)", name, task.Key)
	return s.step("create", "created", what, func() error {
		_, err := s.dynamoDB.CreateTable(ctx, &dynamodb.CreateTableInput{
			TableName: &name, BillingMode: ddbtypes.BillingModePayPerRequest,
			KeySchema: []ddbtypes.KeySchemaElement{{AttributeName: aws.String(task.Key), KeyType: ddbtypes.KeyTypeHash}},
			AttributeDefinitions: []ddbtypes.AttributeDefinition{
				{AttributeName: aws.String(task.Key), AttributeType: ddbtypes.ScalarAttributeTypeS},
			},
		})
		var raced *ddbtypes.ResourceInUseException
		if err != nil && !errors.As(err, &raced) { // another setup was faster
			return err
		}
		return s.waitForTable(ctx)
	})
}

// checkKey refuses a table that the services can't use.
func checkKey(t *ddbtypes.TableDescription) error {
	if len(t.KeySchema) == 1 && aws.ToString(t.KeySchema[0].AttributeName) == task.Key &&
		len(t.AttributeDefinitions) > 0 {
		for _, a := range t.AttributeDefinitions {
			if aws.ToString(a.AttributeName) == task.Key && a.AttributeType == ddbtypes.ScalarAttributeTypeS {
				return nil
			}
		}
	}
	var key []string
	for _, k := range t.KeySchema {
		key = append(key, aws.ToString(k.AttributeName))
	}
	return fmt.Errorf("exists with the key %v: want %s of type S alone; use another --table, or remove this one",
		key, task.Key)
}

// waitForTable waits until a table can be used.
func (s awsSetup) waitForTable(ctx context.Context) error {
	if s.want.DryRun {
		return nil
	}
	w := dynamodb.NewTableExistsWaiter(s.dynamoDB, func(o *dynamodb.TableExistsWaiterOptions) {
		o.MinDelay, o.MaxDelay = time.Second, 5*time.Second
	})
	return w.Wait(ctx, &dynamodb.DescribeTableInput{TableName: &s.want.Table}, tableTimeout)
}

// setupQueue makes a queue with these attributes, or sets those that differ. It returns the queue's
// ARN.
func (s awsSetup) setupQueue(ctx context.Context, name, kind string, attributes map[string]string) (string, error) {
	found, err := s.sqs.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: &name})
	var missing *sqstypes.QueueDoesNotExist
	var url *string
	switch {
	case errors.As(err, &missing):
		err := s.step("create", "created", kind+" "+name+s.settings(attributes), func() error {
			created, err := s.sqs.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: &name, Attributes: attributes})
			if err == nil {
				url = created.QueueUrl
			}
			return err
		})
		if err != nil || url == nil { // a dry run made none
			return "", err
		}
	case err != nil:
		return "", err
	default:
		url = found.QueueUrl
	}
	has, err := s.sqs.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: url, AttributeNames: []sqstypes.QueueAttributeName{
			sqstypes.QueueAttributeNameQueueArn, sqstypes.QueueAttributeNameVisibilityTimeout,
			sqstypes.QueueAttributeNameRedrivePolicy,
		},
	})
	if err != nil {
		return "", err
	}
	arn := has.Attributes[string(sqstypes.QueueAttributeNameQueueArn)]
	if found == nil {
		return arn, nil
	}
	differ := map[string]string{}
	for key, value := range attributes {
		if !sameAttribute(key, value, has.Attributes[key]) {
			differ[key] = value
		}
	}
	if len(differ) == 0 {
		s.report("exists: %s %s", kind, name)
		return arn, nil
	}
	return arn, s.step("change", "changed", kind+" "+name+s.settings(differ), func() error {
		_, err := s.sqs.SetQueueAttributes(ctx, &sqs.SetQueueAttributesInput{QueueUrl: url, Attributes: differ})
		return err
	})
}

// settings returns attributes for people.
func (s awsSetup) settings(attributes map[string]string) string {
	text := ""
	if seconds, found := attributes[string(sqstypes.QueueAttributeNameVisibilityTimeout)]; found {
		text += ", visibility time-out " + seconds + "s"
	}
	if _, found := attributes[string(sqstypes.QueueAttributeNameRedrivePolicy)]; found {
		text += fmt.Sprintf(", to %s after %d receives", s.want.DeadLetterQueue, s.want.MaxReceives)
	}
	return text
}

// redrive is a RedrivePolicy. AWS and others write the number with or without quotes.
type redrive struct {
	Target      string      `json:"deadLetterTargetArn"`
	MaxReceives json.Number `json:"maxReceiveCount"`
}

func redrivePolicy(arn string, maxReceives int) (string, error) {
	text, err := json.Marshal(redrive{arn, json.Number(strconv.Itoa(maxReceives))})
	return string(text), err
}

// sameAttribute reports whether an attribute has the wanted value. Policies are compared by what
// they mean.
func sameAttribute(key, want, has string) bool {
	if key != string(sqstypes.QueueAttributeNameRedrivePolicy) {
		return want == has
	}
	var a, b redrive
	return json.Unmarshal([]byte(want), &a) == nil && json.Unmarshal([]byte(has), &b) == nil && a == b
}

// teardown removes the queues and the table. The queue goes first, so that none has a policy that
// names a queue that is gone. All steps are tried.
func (s awsSetup) teardown(ctx context.Context) error {
	var errs []error
	for _, q := range []struct{ name, kind string }{
		{s.want.Queue, "queue"}, {s.want.DeadLetterQueue, "dead-letter queue"},
	} {
		if err := s.removeQueue(ctx, q.name, q.kind); err != nil {
			errs = append(errs, fmt.Errorf("queue %s: %w", q.name, err))
		}
	}
	if err := s.removeTable(ctx); err != nil {
		errs = append(errs, fmt.Errorf("table %s: %w", s.want.Table, err))
	}
	return errors.Join(errs...)
}

func (s awsSetup) removeQueue(ctx context.Context, name, kind string) error {
	found, err := s.sqs.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: &name})
	var missing *sqstypes.QueueDoesNotExist
	switch {
	case errors.As(err, &missing):
		s.report("not found: %s %s", kind, name)
		return nil
	case err != nil:
		return err
	}
	return s.step("remove", "removed", kind+" "+name, func() error {
		_, err := s.sqs.DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: found.QueueUrl})
		return err
	})
}

func (s awsSetup) removeTable(ctx context.Context) error {
	name := &s.want.Table
	_, err := s.dynamoDB.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: name})
	var missing *ddbtypes.ResourceNotFoundException
	switch {
	case errors.As(err, &missing):
		s.report("not found: table %s", *name)
		return nil
	case err != nil:
		return err
	}
	return s.step("remove", "removed", "table "+*name, func() error {
		if _, err := s.dynamoDB.DeleteTable(ctx, &dynamodb.DeleteTableInput{TableName: name}); err != nil {
			return err
		}
		w := dynamodb.NewTableNotExistsWaiter(s.dynamoDB, func(o *dynamodb.TableNotExistsWaiterOptions) {
			o.MinDelay, o.MaxDelay = time.Second, 5*time.Second
		})
		return w.Wait(ctx, &dynamodb.DescribeTableInput{TableName: name}, tableTimeout)
	})
}
