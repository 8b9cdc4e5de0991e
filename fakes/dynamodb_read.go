package fakes

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// maxPageSize is how many bytes of items one Scan looks at.
const maxPageSize = 1 << 20

// GetItem returns the item with the given key. Without one, the output's Item is nil and there is
// no error. Every read is consistent.
func (d *DynamoDB) GetItem(
	ctx context.Context, in *dynamodb.GetItemInput, _ ...func(*dynamodb.Options),
) (*dynamodb.GetItemOutput, error) {
	in, out := orEmpty(in), &dynamodb.GetItemOutput{}
	err := d.do(ctx, "GetItem", aws.ToString(in.TableName), in, &out.ResultMetadata, func(*call) error {
		t, err := d.table(in.TableName)
		if err != nil {
			return err
		}
		key, err := t.onlyKey(in.Key)
		if err != nil {
			return err
		}
		out.Item = copyItem(t.items[key].attrs)
		return nil
	})
	return orNil(out, err)
}

// Scan returns a page of a table. A page ends after Limit items, counted before the filter, or
// after 1 MiB of them; LastEvaluatedKey is then set, even if it happens that nothing follows. The
// order is that of a hash of the key.
func (d *DynamoDB) Scan(
	ctx context.Context, in *dynamodb.ScanInput, _ ...func(*dynamodb.Options),
) (*dynamodb.ScanOutput, error) {
	in, out := orEmpty(in), &dynamodb.ScanOutput{}
	err := d.do(ctx, "Scan", aws.ToString(in.TableName), in, &out.ResultMetadata, func(*call) error {
		return d.scan(in, out)
	})
	return orNil(out, err)
}

func (d *DynamoDB) scan(in *dynamodb.ScanInput, out *dynamodb.ScanOutput) error {
	t, err := d.table(in.TableName)
	if err != nil {
		return err
	}
	filter, err := d.parse(filterKind, in.FilterExpression)
	if err != nil {
		return err
	}
	env, err := bind(in.ExpressionAttributeNames, in.ExpressionAttributeValues, filter)
	if err != nil {
		return err
	}
	if in.Limit != nil && *in.Limit < 1 {
		return validation("1 validation error detected: Value '%d' at 'limit' failed to satisfy constraint: "+
			"Member must have value greater than or equal to 1", *in.Limit)
	}
	var start *position
	if in.ExclusiveStartKey != nil {
		key, err := t.onlyKey(in.ExclusiveStartKey)
		if err != nil {
			return err
		}
		p := newPosition(key)
		start = &p
	}
	out.Items = []attributes{}
	size := 0
	for _, p := range t.after(start) {
		it := t.items[p.key]
		env.item = it.attrs
		if filter == nil || filter.condition(env) {
			out.Items = append(out.Items, copyItem(it.attrs))
		}
		out.ScannedCount++
		size += it.size
		if size >= maxPageSize || (in.Limit != nil && out.ScannedCount == *in.Limit) {
			out.LastEvaluatedKey = attributes{t.key: &types.AttributeValueMemberS{Value: p.key}}
			break
		}
	}
	out.Count = int32(len(out.Items))
	return nil
}

// orEmpty is in, or an empty input for nil, which the real client takes for one.
func orEmpty[T any](in *T) *T {
	if in == nil {
		return new(T)
	}
	return in
}

// orNil is out, or nil with an error.
func orNil[T any](out *T, err error) (*T, error) {
	if err != nil {
		return nil, err
	}
	return out, nil
}
