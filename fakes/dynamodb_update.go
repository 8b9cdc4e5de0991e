package fakes

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// UpdateItem changes single attributes of an item if its condition holds. An item that is not there
// is created from the key and the update.
func (d *DynamoDB) UpdateItem(
	ctx context.Context, in *dynamodb.UpdateItemInput, _ ...func(*dynamodb.Options),
) (*dynamodb.UpdateItemOutput, error) {
	in, out := orEmpty(in), &dynamodb.UpdateItemOutput{}
	err := d.do(ctx, "UpdateItem", aws.ToString(in.TableName), in, &out.ResultMetadata, func(*call) error {
		return d.update(in, out)
	})
	return orNil(out, err)
}

func (d *DynamoDB) update(in *dynamodb.UpdateItemInput, out *dynamodb.UpdateItemOutput) error {
	t, err := d.table(in.TableName)
	if err != nil {
		return err
	}
	key, err := t.onlyKey(in.Key)
	if err != nil {
		return err
	}
	if err := returnable(in.ReturnValues, types.ReturnValueAllOld, types.ReturnValueAllNew,
		types.ReturnValueUpdatedOld, types.ReturnValueUpdatedNew); err != nil {
		return err
	}
	cond, err := d.parse(conditionKind, in.ConditionExpression)
	if err != nil {
		return err
	}
	change, err := d.parse(updateKind, in.UpdateExpression)
	if err != nil {
		return err
	}
	env, err := bind(in.ExpressionAttributeNames, in.ExpressionAttributeValues, cond, change)
	if err != nil {
		return err
	}
	old := t.items[key].attrs
	env.item = old
	if err := env.satisfy(cond, in.ReturnValuesOnConditionCheckFailure); err != nil {
		return err
	}
	if old == nil {
		env.item = copyItem(in.Key)
	}
	updated, touched := env.item, []string(nil)
	if change != nil {
		if updated, touched, err = change.update.apply(env, t.key); err != nil {
			return err
		}
	}
	stored, size, err := storeItem(updated)
	if err != nil {
		return err
	}
	if size > maxItemSize {
		return validation("Item size to update has exceeded the maximum allowed size")
	}
	t.put(key, item{stored, size})
	out.Attributes = returned(in.ReturnValues, old, stored, touched)
	return nil
}

// returned copies the attributes that ReturnValues selects, nil if there are no such attributes.
func returned(v types.ReturnValue, old, updated attributes, touched []string) attributes {
	switch v {
	case types.ReturnValueAllOld:
		return copyItem(old)
	case types.ReturnValueAllNew:
		return copyItem(updated)
	case types.ReturnValueUpdatedOld:
		return only(old, touched)
	case types.ReturnValueUpdatedNew:
		return only(updated, touched)
	}
	return nil
}

func only(attrs attributes, names []string) attributes {
	var c attributes
	for _, name := range names {
		if v, ok := attrs[name]; ok {
			if c == nil {
				c = attributes{}
			}
			c[name] = copyValue(v)
		}
	}
	return c
}
