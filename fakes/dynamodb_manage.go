package fakes

import (
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// CreateTable makes a table with a hash key of type S. It is ACTIVE at once, which takes the real
// service some seconds. The billing mode has no effect here, but must be complete, as on AWS.
func (d *DynamoDB) CreateTable(
	ctx context.Context, in *dynamodb.CreateTableInput, _ ...func(*dynamodb.Options),
) (*dynamodb.CreateTableOutput, error) {
	in, out := orEmpty(in), &dynamodb.CreateTableOutput{}
	name := aws.ToString(in.TableName)
	err := d.do(ctx, "CreateTable", name, in, &out.ResultMetadata, func(*call) error {
		key, err := hashKey(in)
		if err != nil {
			return err
		}
		if err := checkBilling(in); err != nil {
			return err
		}
		if !tableName.MatchString(name) {
			return validation("TableName must be at least 3 characters long and at most 255 characters long, " +
				"and must match [a-zA-Z0-9_.-]+")
		}
		if d.tables[name] != nil {
			return &types.ResourceInUseException{Message: aws.String("Table already exists: " + name)}
		}
		d.tables[name] = &table{key: key, items: map[string]item{}}
		d.targets = append(d.targets, name)
		out.TableDescription = d.describe(name)
		return nil
	})
	return orNil(out, err)
}

// hashKey returns the key of a table that is to be made.
func hashKey(in *dynamodb.CreateTableInput) (string, error) {
	if len(in.KeySchema) == 0 || in.KeySchema[0].KeyType != types.KeyTypeHash {
		return "", validation("Invalid KeySchema: The first KeySchemaElement is not a HASH key type")
	}
	if len(in.KeySchema) > 1 {
		return "", unsupported("a table with a range key")
	}
	key := aws.ToString(in.KeySchema[0].AttributeName)
	i := slices.IndexFunc(in.AttributeDefinitions, func(d types.AttributeDefinition) bool {
		return aws.ToString(d.AttributeName) == key
	})
	switch {
	case key == "" || i < 0 || len(in.AttributeDefinitions) != 1:
		return "", validation("One or more parameter values were invalid: Some index key attributes are not defined in " +
			"AttributeDefinitions. Keys and AttributeDefinitions must be the same")
	case in.AttributeDefinitions[i].AttributeType != types.ScalarAttributeTypeS:
		return "", unsupported("a key of type %s", in.AttributeDefinitions[i].AttributeType)
	}
	return key, nil
}

func checkBilling(in *dynamodb.CreateTableInput) error {
	provisioned := in.ProvisionedThroughput != nil
	switch in.BillingMode {
	case types.BillingModePayPerRequest:
		if provisioned {
			return validation("One or more parameter values were invalid: " +
				"Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST")
		}
	case types.BillingModeProvisioned, "":
		if !provisioned {
			return validation("One or more parameter values were invalid: " +
				"ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED")
		}
	default:
		return validation("Value '%s' at 'billingMode' failed to satisfy constraint: "+
			"Member must satisfy enum value set: [PROVISIONED, PAY_PER_REQUEST]", in.BillingMode)
	}
	return nil
}

// DescribeTable returns the key and the exact number of items of a table, which AWS updates every
// few hours.
func (d *DynamoDB) DescribeTable(
	ctx context.Context, in *dynamodb.DescribeTableInput, _ ...func(*dynamodb.Options),
) (*dynamodb.DescribeTableOutput, error) {
	in, out := orEmpty(in), &dynamodb.DescribeTableOutput{}
	name := aws.ToString(in.TableName)
	err := d.do(ctx, "DescribeTable", name, in, &out.ResultMetadata, func(*call) error {
		if out.Table = d.describe(name); out.Table == nil {
			return noTable(name)
		}
		return nil
	})
	return orNil(out, err)
}

// DeleteTable removes a table and its items at once.
func (d *DynamoDB) DeleteTable(
	ctx context.Context, in *dynamodb.DeleteTableInput, _ ...func(*dynamodb.Options),
) (*dynamodb.DeleteTableOutput, error) {
	in, out := orEmpty(in), &dynamodb.DeleteTableOutput{}
	name := aws.ToString(in.TableName)
	err := d.do(ctx, "DeleteTable", name, in, &out.ResultMetadata, func(*call) error {
		if out.TableDescription = d.describe(name); out.TableDescription == nil {
			return noTable(name)
		}
		out.TableDescription.TableStatus = types.TableStatusDeleting
		delete(d.tables, name)
		d.targets = slices.DeleteFunc(d.targets, func(t string) bool { return t == name })
		return nil
	})
	return orNil(out, err)
}

// noTable is the error of the calls that are about the table itself.
func noTable(name string) error {
	return &types.ResourceNotFoundException{
		Message: aws.String(fmt.Sprintf("Requested resource not found: Table: %s not found", name)),
	}
}

// describe returns the description of a table, nil for one that doesn't exist.
func (d *DynamoDB) describe(name string) *types.TableDescription {
	t := d.tables[name]
	if t == nil {
		return nil
	}
	size := 0
	for _, it := range t.items {
		size += it.size
	}
	return &types.TableDescription{
		TableName: aws.String(name), TableStatus: types.TableStatusActive,
		TableArn:  aws.String("arn:aws:dynamodb:" + Region + ":" + AccountID + ":table/" + name),
		ItemCount: aws.Int64(int64(len(t.items))), TableSizeBytes: aws.Int64(int64(size)),
		KeySchema: []types.KeySchemaElement{{AttributeName: aws.String(t.key), KeyType: types.KeyTypeHash}},
		AttributeDefinitions: []types.AttributeDefinition{
			{AttributeName: aws.String(t.key), AttributeType: types.ScalarAttributeTypeS},
		},
	}
}
