package fakes

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// PutItem stores an item, replacing the one with the same key, if its condition holds.
func (d *DynamoDB) PutItem(
	ctx context.Context, in *dynamodb.PutItemInput, _ ...func(*dynamodb.Options),
) (*dynamodb.PutItemOutput, error) {
	in, out := orEmpty(in), &dynamodb.PutItemOutput{}
	err := d.do(ctx, "PutItem", aws.ToString(in.TableName), in, &out.ResultMetadata, func(*call) error {
		t, err := d.table(in.TableName)
		if err != nil {
			return err
		}
		key, err := t.keyOf(in.Item)
		if err != nil {
			return err
		}
		attrs, size, err := storeItem(in.Item)
		if err != nil {
			return err
		}
		if size > maxItemSize {
			return validation("Item size has exceeded the maximum allowed size")
		}
		if err := returnable(in.ReturnValues, types.ReturnValueAllOld); err != nil {
			return err
		}
		old := t.items[key].attrs
		if err := d.check(conditional{
			in.ConditionExpression, in.ExpressionAttributeNames, in.ExpressionAttributeValues,
			in.ReturnValuesOnConditionCheckFailure,
		}, old); err != nil {
			return err
		}
		t.put(key, item{attrs, size})
		if in.ReturnValues == types.ReturnValueAllOld {
			out.Attributes = copyItem(old)
		}
		return nil
	})
	return orNil(out, err)
}

// DeleteItem removes an item if its condition holds. To remove an item that is not there is no
// error.
func (d *DynamoDB) DeleteItem(
	ctx context.Context, in *dynamodb.DeleteItemInput, _ ...func(*dynamodb.Options),
) (*dynamodb.DeleteItemOutput, error) {
	in, out := orEmpty(in), &dynamodb.DeleteItemOutput{}
	err := d.do(ctx, "DeleteItem", aws.ToString(in.TableName), in, &out.ResultMetadata, func(*call) error {
		t, err := d.table(in.TableName)
		if err != nil {
			return err
		}
		key, err := t.onlyKey(in.Key)
		if err != nil {
			return err
		}
		if err := returnable(in.ReturnValues, types.ReturnValueAllOld); err != nil {
			return err
		}
		old := t.items[key].attrs
		if err := d.check(conditional{
			in.ConditionExpression, in.ExpressionAttributeNames, in.ExpressionAttributeValues,
			in.ReturnValuesOnConditionCheckFailure,
		}, old); err != nil {
			return err
		}
		t.delete(key)
		if in.ReturnValues == types.ReturnValueAllOld {
			out.Attributes = copyItem(old)
		}
		return nil
	})
	return orNil(out, err)
}

// conditional is what the inputs of conditional writes have in common.
type conditional struct {
	expression *string
	names      map[string]string
	values     attributes
	onFailure  types.ReturnValuesOnConditionCheckFailure
}

// check evaluates a write's condition, if it has one, against the item that is stored now.
func (d *DynamoDB) check(c conditional, old attributes) error {
	x, err := d.parse(conditionKind, c.expression)
	if err != nil {
		return err
	}
	env, err := bind(c.names, c.values, x)
	if err != nil {
		return err
	}
	env.item = old
	return env.satisfy(x, c.onFailure)
}

// satisfy evaluates the condition x, which may be nil, and fails as the service does.
func (e *environment) satisfy(x *expression, onFailure types.ReturnValuesOnConditionCheckFailure) error {
	switch onFailure {
	case "", types.ReturnValuesOnConditionCheckFailureNone, types.ReturnValuesOnConditionCheckFailureAllOld:
	default:
		return validation("ReturnValuesOnConditionCheckFailure is %q, expected NONE or ALL_OLD", onFailure)
	}
	if x == nil || x.condition(e) {
		return nil
	}
	failed := &types.ConditionalCheckFailedException{Message: aws.String("The conditional request failed")}
	if onFailure == types.ReturnValuesOnConditionCheckFailureAllOld {
		failed.Item = copyItem(e.item)
	}
	return failed
}

// returnable checks ReturnValues against what an operation allows besides NONE.
func returnable(v types.ReturnValue, allowed ...types.ReturnValue) error {
	if v == "" || v == types.ReturnValueNone || slices.Contains(allowed, v) {
		return nil
	}
	return validation("Return values set to invalid value: %q, expected NONE or one of %q", v, allowed)
}
