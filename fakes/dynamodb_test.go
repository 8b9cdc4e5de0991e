package fakes_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"tracelab/fakes"
)

func TestOneOfManyConditionalPutsWins(t *testing.T) {
	d := newDynamoDB(t, fakes.DynamoDBConfig{})
	var won, lost atomic.Int32
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			_, err := d.PutItem(t.Context(), &dynamodb.PutItemInput{
				TableName:           aws.String("tasks"),
				Item:                map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: "a"}},
				ConditionExpression: aws.String("attribute_not_exists(id)"),
			})
			var failed *types.ConditionalCheckFailedException
			switch {
			case err == nil:
				won.Add(1)
			case errors.As(err, &failed):
				lost.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 || lost.Load() != 49 {
		t.Errorf("%d puts won and %d lost, want 1 and 49", won.Load(), lost.Load())
	}
}

// scanIDs returns the ids of all pages, and the number of pages.
func scanIDs(t *testing.T, d *fakes.DynamoDB, between func(last string)) (ids []string, pages int) {
	t.Helper()
	in := &dynamodb.ScanInput{TableName: aws.String("tasks")}
	for {
		out, err := d.Scan(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		pages++
		for _, it := range out.Items {
			ids = append(ids, it["id"].(*types.AttributeValueMemberS).Value)
		}
		if in.ExclusiveStartKey = out.LastEvaluatedKey; in.ExclusiveStartKey == nil {
			return ids, pages
		}
		between(out.LastEvaluatedKey["id"].(*types.AttributeValueMemberS).Value)
	}
}

func TestScanHasTheSameOrderInEveryRun(t *testing.T) {
	var runs [2][]string
	for run := range runs {
		d := newDynamoDB(t, fakes.DynamoDBConfig{})
		for i := range 20 {
			id := i
			if run == 1 {
				id = 19 - i
			}
			if err := put(t.Context(), d, fmt.Sprint(id)); err != nil {
				t.Fatal(err)
			}
		}
		runs[run], _ = scanIDs(t, d, nil)
	}
	if diff := cmp.Diff(runs[0], runs[1]); diff != "" || len(runs[0]) != 20 {
		t.Errorf("%d ids; one run and another:\n%s", len(runs[0]), diff)
	}
}

func TestScanPageEndsAtOneMebibyteAndGoesOnAfterADeletedKey(t *testing.T) {
	d := newDynamoDB(t, fakes.DynamoDBConfig{})
	const items = 8
	for i := range items {
		_, err := d.PutItem(
			t.Context(),
			&dynamodb.PutItemInput{TableName: aws.String("tasks"), Item: map[string]types.AttributeValue{
				"id": &types.AttributeValueMemberS{Value: fmt.Sprint(i)},
				"s":  &types.AttributeValueMemberS{Value: strings.Repeat("x", 390<<10)},
			}},
		)
		if err != nil {
			t.Fatal(err)
		}
	}
	ids, pages := scanIDs(t, d, func(last string) {
		_, err := d.DeleteItem(t.Context(), &dynamodb.DeleteItemInput{
			TableName: aws.String("tasks"),
			Key:       map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: last}},
		})
		if err != nil {
			t.Fatal(err)
		}
	})
	if len(ids) != items || pages != 3 {
		t.Errorf("got %d items in %d pages, want %d in 3", len(ids), pages, items)
	}
}

func TestValuesThatTheServiceDoesNotStoreAreRefused(t *testing.T) {
	deep := types.AttributeValue(&types.AttributeValueMemberBOOL{})
	for range 40 {
		deep = &types.AttributeValueMemberL{Value: []types.AttributeValue{deep}}
	}
	tests := []struct {
		reason string
		value  types.AttributeValue
	}{
		{"nil", nil},
		{"typed nil", (*types.AttributeValueMemberS)(nil)},
		{"type of a later SDK", &types.UnknownUnionMember{Tag: "X"}},
		{"nil in a list", &types.AttributeValueMemberL{Value: []types.AttributeValue{nil}}},
		{"false NULL", &types.AttributeValueMemberNULL{}},
		{"empty set", &types.AttributeValueMemberSS{}},
		{"set with a duplicate", &types.AttributeValueMemberNS{Value: []string{"1", "1.0"}}},
		{"set with no number", &types.AttributeValueMemberNS{Value: []string{"one"}}},
		{"binary set with a duplicate", &types.AttributeValueMemberBS{Value: [][]byte{{1}, {1}}}},
		{"string that is not UTF-8", &types.AttributeValueMemberS{Value: "\xff"}},
		{"deep nesting", deep},
	}
	d := newDynamoDB(t, fakes.DynamoDBConfig{})
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			_, err := d.PutItem(
				t.Context(),
				&dynamodb.PutItemInput{TableName: aws.String("tasks"), Item: map[string]types.AttributeValue{
					"id": &types.AttributeValueMemberS{Value: "a"}, "v": tt.value,
				}},
			)
			wantText(t, err, "ValidationException")
		})
	}
}

func TestExpressionsBuiltFromValuesStayCorrect(t *testing.T) {
	d := newDynamoDB(t, fakes.DynamoDBConfig{})
	for i := range 1000 { // more than are cached
		_, err := d.UpdateItem(t.Context(), &dynamodb.UpdateItemInput{
			TableName: aws.String("tasks"), Key: map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: "a"}},
			UpdateExpression: aws.String(fmt.Sprintf("SET n = :v%d", i)),
			ExpressionAttributeValues: map[string]types.AttributeValue{
				fmt.Sprintf(":v%d", i): &types.AttributeValueMemberN{Value: fmt.Sprint(i)},
			},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	out, err := d.Scan(t.Context(), &dynamodb.ScanInput{TableName: aws.String("tasks")})
	if err != nil {
		t.Fatal(err)
	}
	if got := out.Items[0]["n"].(*types.AttributeValueMemberN).Value; got != "999" {
		t.Errorf("got n %s, want 999", got)
	}
}
