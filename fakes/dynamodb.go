package fakes

import (
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// DynamoDBConfig is what a DynamoDB is made from. Only Tables is required.
type DynamoDBConfig struct {
	Tables []Table
	Faults []Fault
	// Latency is how long each call of an operation takes, on top of the faults' delays. It must be
	// safe for concurrent use. nil means no time at all.
	Latency func(op string) time.Duration
	// NewID makes request ids. It is called under the fake's lock and must not call the fake. nil
	// means random UUIDs.
	NewID func() string
}

// Table is a table with a hash key and no range key.
type Table struct {
	Name string // 3 to 255 letters, digits, '_', '-' and '.'
	Key  string // the hash key, an attribute of type S
}

// DynamoDB is an in-memory DynamoDB. Its methods have the signatures of *dynamodb.Client and fail
// with the same types of errors. There is no client, so the functions that configure one are
// ignored, and nothing is retried: a Fault is what the caller sees. Items are copied in and out, so
// a caller's later changes have no effect.
//
// A DynamoDB is safe for concurrent use, and starts no goroutine.
type DynamoDB struct {
	*service
	tables map[string]*table

	expressions map[expressionKey]*expression // under mu
}

type expressionKey struct{ kind, src string }

// maxCachedExpressions bounds the cache of parsed expressions. A program has few; one that builds
// values into its expressions starts over with an empty cache every so often.
const maxCachedExpressions = 256

var tableName = regexp.MustCompile(`^[a-zA-Z0-9_.-]{3,255}$`)

// NewDynamoDB returns a DynamoDB with empty tables. A bad or duplicate table and a fault that could
// never apply are errors.
func NewDynamoDB(config DynamoDBConfig) (*DynamoDB, error) {
	d := &DynamoDB{tables: map[string]*table{}, expressions: map[expressionKey]*expression{}}
	var names []string
	for _, t := range config.Tables {
		if err := t.validate(names); err != nil {
			return nil, fmt.Errorf("new DynamoDB: %w", err)
		}
		names = append(names, t.Name)
		d.tables[t.Name] = &table{key: t.Key, items: map[string]item{}}
	}
	var err error
	if d.service, err = newService(dynamodb.ServiceID, dynamoDBGuards(), names, config.Faults); err != nil {
		return nil, fmt.Errorf("new DynamoDB: %w", err)
	}
	d.latency = config.Latency
	if config.NewID != nil {
		d.newID = config.NewID
	}
	return d, nil
}

func (t Table) validate(names []string) error {
	switch {
	case !tableName.MatchString(t.Name):
		return fmt.Errorf("table name %q: want a name that matches %s", t.Name, tableName)
	case t.Key == "":
		return fmt.Errorf("table %q: %w", t.Name, errors.New("empty Key"))
	}
	return uniqueName(names, "table", t.Name)
}

// dynamoDBGuards lists the operations, and of each the fields that are required and those that are
// supported.
func dynamoDBGuards() map[string]guard {
	conditional := []string{
		"ConditionExpression", "ExpressionAttributeNames", "ExpressionAttributeValues",
		"ReturnValues", "ReturnValuesOnConditionCheckFailure",
	}
	return map[string]guard{
		"PutItem":    newGuard[dynamodb.PutItemInput]([]string{"Item", "TableName"}, conditional),
		"DeleteItem": newGuard[dynamodb.DeleteItemInput]([]string{"Key", "TableName"}, conditional),
		"UpdateItem": newGuard[dynamodb.UpdateItemInput](
			[]string{"Key", "TableName"},
			append([]string{"UpdateExpression"}, conditional...),
		),
		"GetItem": newGuard[dynamodb.GetItemInput]([]string{"Key", "TableName"}, []string{"ConsistentRead"}),
		"Scan": newGuard[dynamodb.ScanInput]([]string{"TableName"}, []string{
			"ConsistentRead", "ExclusiveStartKey", "ExpressionAttributeNames", "ExpressionAttributeValues",
			"FilterExpression", "Limit",
		}),
		"CreateTable": newGuard[dynamodb.CreateTableInput](
			[]string{"TableName"},
			[]string{"AttributeDefinitions", "BillingMode", "KeySchema", "ProvisionedThroughput"},
		),
		"DescribeTable": newGuard[dynamodb.DescribeTableInput]([]string{"TableName"}, nil),
		"DeleteTable":   newGuard[dynamodb.DeleteTableInput]([]string{"TableName"}, nil),
	}
}

func (d *DynamoDB) table(name *string) (*table, error) {
	if t := d.tables[aws.ToString(name)]; t != nil {
		return t, nil
	}
	return nil, &types.ResourceNotFoundException{Message: aws.String("Requested resource not found")}
}

// parse is parse with a cache. No expression gives nil.
func (d *DynamoDB) parse(kind string, src *string) (*expression, error) {
	if src == nil {
		return nil, nil
	}
	key := expressionKey{kind, *src}
	if x := d.expressions[key]; x != nil {
		return x, nil
	}
	x, err := parse(kind, *src)
	if err != nil {
		return nil, err
	}
	if len(d.expressions) >= maxCachedExpressions {
		clear(d.expressions)
	}
	d.expressions[key] = x
	return x, nil
}

// Tables returns the names of the tables, in the order in which they were made.
func (d *DynamoDB) Tables() []string { return d.names() }
