package taskservice

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"tracelab/taskservice/taskpb"
)

// The store's answers that are no failures of DynamoDB.
var (
	errNotFound = errors.New("task not found")
	errExists   = errors.New("task exists")
)

var textPending = taskpb.StatusText(taskpb.TaskStatus_TASK_STATUS_PENDING)

// store keeps records in one DynamoDB table.
type store struct {
	db    DynamoDB
	table *string
}

// create stores a new record. When its id is taken, it returns the record that
// is there, and errExists.
func (s store) create(ctx context.Context, r record) (record, error) {
	_, err := s.db.PutItem(ctx, &dynamodb.PutItemInput{
		TableName:                           s.table,
		Item:                                r.item(),
		ConditionExpression:                 aws.String("attribute_not_exists(id)"),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	var taken *types.ConditionalCheckFailedException
	if errors.As(err, &taken) {
		existing, err := parseRecord(taken.Item)
		return existing, errors.Join(errExists, err)
	}
	return r, err
}

func (s store) get(ctx context.Context, id string) (record, error) {
	out, err := s.db.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: s.table, Key: key(id), ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return record{}, err
	}
	if len(out.Item) == 0 {
		return record{}, errNotFound
	}
	return parseRecord(out.Item)
}

// list returns up to limit records after the one with the id after, and the
// id to go on after: empty at the end.
func (s store) list(ctx context.Context, after string, limit int32) ([]record, string, error) {
	in := &dynamodb.ScanInput{TableName: s.table, Limit: aws.Int32(limit)}
	if after != "" {
		in.ExclusiveStartKey = key(after)
	}
	return s.scan(ctx, in)
}

// pending returns a page of the records that have been PENDING since before
// the cutoff, and whose events were sent again fewer than max times.
func (s store) pending(ctx context.Context, after string, cutoff time.Time, maxResends int) ([]record, string, error) {
	in := &dynamodb.ScanInput{
		TableName: s.table,
		FilterExpression: aws.String("#status = :pending AND updated_at < :cutoff" +
			" AND (attribute_not_exists(resends) OR resends < :max)"),
		ExpressionAttributeNames: map[string]string{"#status": attrStatus},
		ExpressionAttributeValues: map[string]types.AttributeValue{
			":pending": str(textPending), ":cutoff": str(taskpb.TimeText(cutoff)), ":max": num(maxResends),
		},
	}
	if after != "" {
		in.ExclusiveStartKey = key(after)
	}
	return s.scan(ctx, in)
}

// claim counts one more resend of a record as it was read. It returns false
// when the record has changed since: the worker, or another instance's sweep,
// was there first.
func (s store) claim(ctx context.Context, r record, now time.Time) (bool, error) {
	unchanged := "attribute_not_exists(resends)"
	values := map[string]types.AttributeValue{
		":pending": str(textPending), ":next": num(r.resends + 1), ":now": str(taskpb.TimeText(now)),
	}
	if r.resends > 0 {
		unchanged = "resends = :seen"
		values[":seen"] = num(r.resends)
	}
	_, err := s.db.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName:                 s.table,
		Key:                       key(r.id),
		UpdateExpression:          aws.String("SET resends = :next, updated_at = :now"),
		ConditionExpression:       aws.String("#status = :pending AND " + unchanged),
		ExpressionAttributeNames:  map[string]string{"#status": attrStatus},
		ExpressionAttributeValues: values,
	})
	var changed *types.ConditionalCheckFailedException
	if errors.As(err, &changed) {
		return false, nil
	}
	return err == nil, err
}

func (s store) scan(ctx context.Context, in *dynamodb.ScanInput) ([]record, string, error) {
	out, err := s.db.Scan(ctx, in)
	if err != nil {
		return nil, "", err
	}
	records := make([]record, len(out.Items))
	for i, item := range out.Items {
		if records[i], err = parseRecord(item); err != nil {
			return nil, "", err
		}
	}
	last, _ := out.LastEvaluatedKey[attrID].(*types.AttributeValueMemberS)
	if last == nil {
		return records, "", nil
	}
	return records, last.Value, nil
}

// update writes the given attributes of a record that exists, and returns the
// whole of it.
func (s store) update(ctx context.Context, id string, changes map[string]string) (record, error) {
	var set []string
	names := map[string]string{}
	values := map[string]types.AttributeValue{}
	for _, attr := range []string{attrTitle, attrDescription, attrStatus, attrUpdatedAt} {
		value, changed := changes[attr]
		if !changed {
			continue
		}
		set = append(set, fmt.Sprintf("#%s = :%s", attr, attr))
		names["#"+attr] = attr
		values[":"+attr] = str(value)
	}
	out, err := s.db.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName:                 s.table,
		Key:                       key(id),
		UpdateExpression:          aws.String("SET " + strings.Join(set, ", ")),
		ConditionExpression:       aws.String("attribute_exists(id)"),
		ExpressionAttributeNames:  names,
		ExpressionAttributeValues: values,
		ReturnValues:              types.ReturnValueAllNew,
	})
	if err != nil {
		return record{}, missing(err)
	}
	return parseRecord(out.Attributes)
}

func (s store) delete(ctx context.Context, id string) error {
	_, err := s.db.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: s.table, Key: key(id), ConditionExpression: aws.String("attribute_exists(id)"),
	})
	return missing(err)
}

// missing turns a failed attribute_exists(id) into errNotFound.
func missing(err error) error {
	var condition *types.ConditionalCheckFailedException
	if errors.As(err, &condition) {
		return errNotFound
	}
	return err
}
