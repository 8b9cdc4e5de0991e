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

	"tracelab/taskservice/task"
)

// The store's errors that aren't failures of DynamoDB.
var (
	errNotFound = errors.New("task not found")
	errExists   = errors.New("task exists")
	// errUnreadable reports a stored task that can't be parsed. Trying again doesn't help.
	errUnreadable = errors.New("stored task can't be read")
)

// unreadableError has an [errUnreadable] for each item of a page that is not a task.
type unreadableError []error

func (e unreadableError) Error() string   { return errors.Join(e...).Error() }
func (e unreadableError) Unwrap() []error { return e }

var textPending = task.StatusPending

// store keeps records in one DynamoDB table.
type store struct {
	db    DynamoDB
	table *string
}

// create stores a new record. When its id is taken, it returns the record that is there, and
// errExists.
func (s store) create(ctx context.Context, r record) (record, error) {
	_, err := s.db.PutItem(ctx, &dynamodb.PutItemInput{
		TableName:                           s.table,
		Item:                                r.item(),
		ConditionExpression:                 aws.String("attribute_not_exists(id)"),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	var taken *types.ConditionalCheckFailedException
	if !errors.As(err, &taken) {
		return r, err
	}
	existing, err := s.existing(ctx, r.id, taken.Item)
	return existing, errors.Join(errExists, err)
}

// existing returns the record that made a condition fail. Not every database with DynamoDB's
// protocol returns its item, so that it may have to be read. A record without an id was deleted
// meanwhile.
func (s store) existing(ctx context.Context, id string, item map[string]types.AttributeValue) (record, error) {
	if len(item) > 0 {
		return parseRecord(item)
	}
	r, err := s.get(ctx, id)
	if errors.Is(err, errNotFound) {
		return record{}, nil
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

// list returns up to limit records after the one with the id after, and the id to continue after,
// or "" at the end. With an error of [errUnreadable], the page lacks the items that aren't records.
func (s store) list(ctx context.Context, after string, limit int32) ([]record, string, error) {
	in := &dynamodb.ScanInput{TableName: s.table, Limit: aws.Int32(limit)}
	if after != "" {
		in.ExclusiveStartKey = key(after)
	}
	return s.scan(ctx, in)
}

// pending returns a page of the records that were created before the cutoff and are still PENDING,
// that no sweep has taken since the cutoff, and whose events were sent again fewer than max times.
// An item that isn't a record may match: it is reported rather than passed over.
func (s store) pending(ctx context.Context, after string, cutoff time.Time, maxResends int) ([]record, string, error) {
	in := &dynamodb.ScanInput{
		TableName: s.table,
		FilterExpression: aws.String("#status = :pending" +
			" AND (attribute_not_exists(created_at) OR created_at < :cutoff)" +
			" AND (attribute_not_exists(swept_at) OR swept_at < :cutoff)" +
			" AND (attribute_not_exists(resends) OR resends < :max)"),
		ExpressionAttributeNames: map[string]string{"#status": attrStatus},
		ExpressionAttributeValues: map[string]types.AttributeValue{
			":pending": str(textPending), ":cutoff": str(task.TimeText(cutoff)), ":max": num(maxResends),
		},
	}
	if after != "" {
		in.ExclusiveStartKey = key(after)
	}
	return s.scan(ctx, in)
}

// claim takes a record as it was read for this sweep, by a mark that only sweeps change: an edit by
// a client neither delays a sweep nor reveals one. It returns false when another instance's sweep
// or the worker was there first.
func (s store) claim(ctx context.Context, r record, now time.Time) (bool, error) {
	condition, values := "attribute_not_exists(swept_at)", map[string]types.AttributeValue{":now": str(task.TimeText(now))}
	if !r.sweptAt.IsZero() {
		condition, values[":seen"] = "swept_at = :seen", str(task.TimeText(r.sweptAt))
	}
	return s.updatePending(ctx, r.id, "swept_at = :now", condition, values)
}

// countResend counts one more event that was sent again for a record, if the worker hasn't been
// quicker.
func (s store) countResend(ctx context.Context, r record) error {
	_, err := s.updatePending(
		ctx,
		r.id,
		"resends = :next",
		"",
		map[string]types.AttributeValue{":next": num(r.resends + 1)},
	)
	return err
}

// updatePending changes a record that is PENDING and meets the condition. It returns false when it
// is not so.
func (s store) updatePending(
	ctx context.Context,
	id, set, condition string,
	values map[string]types.AttributeValue,
) (bool, error) {
	pending := "#status = :pending"
	if condition != "" {
		pending += " AND " + condition
	}
	values[":pending"] = str(textPending)
	_, err := s.db.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName:                 s.table,
		Key:                       key(id),
		UpdateExpression:          aws.String("SET " + set),
		ConditionExpression:       aws.String(pending),
		ExpressionAttributeNames:  map[string]string{"#status": attrStatus},
		ExpressionAttributeValues: values,
	})
	var changed *types.ConditionalCheckFailedException
	if errors.As(err, &changed) {
		return false, nil
	}
	return err == nil, err
}

// scan returns the records of a page. With an error of [errUnreadable], the page holds the records
// that could be read.
func (s store) scan(ctx context.Context, in *dynamodb.ScanInput) ([]record, string, error) {
	out, err := s.db.Scan(ctx, in)
	if err != nil {
		return nil, "", err
	}
	// One that can't be read doesn't keep the others from their readers.
	records := make([]record, 0, len(out.Items))
	var errs []error
	for _, item := range out.Items {
		r, err := parseRecord(item)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		records = append(records, r)
	}
	if len(errs) > 0 {
		err = unreadableError(errs)
	}
	last, _ := out.LastEvaluatedKey[attrID].(*types.AttributeValueMemberS)
	if last == nil {
		return records, "", err
	}
	return records, last.Value, err
}

// update writes the given attributes of a record that exists, and returns the whole of it.
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
