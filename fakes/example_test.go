package fakes_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"tracelab/fakes"
)

// The first put is throttled, the second stores the item, and the third fails its condition.
func ExampleNewDynamoDB() {
	db, err := fakes.NewDynamoDB(fakes.DynamoDBConfig{
		Tables: []fakes.Table{{Name: "tasks", Key: "id"}},
		Faults: []fakes.Fault{{Op: "PutItem", Nth: 1, Err: fakes.Throttled}},
	})
	if err != nil {
		log.Fatal(err)
	}
	for range 3 {
		_, err = db.PutItem(context.Background(), &dynamodb.PutItemInput{
			TableName:           aws.String("tasks"),
			Item:                map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: "a"}},
			ConditionExpression: aws.String("attribute_not_exists(id)"),
		})
		var throttled *types.ProvisionedThroughputExceededException
		var exists *types.ConditionalCheckFailedException
		fmt.Println("throttled:", errors.As(err, &throttled), "exists:", errors.As(err, &exists))
	}
	// Output:
	// throttled: true exists: false
	// throttled: false exists: false
	// throttled: false exists: true
}
