package fakestest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

func (d dynamoDB) update(t *testing.T, expression string, names map[string]string, values item) error {
	t.Helper()
	_, err := d.UpdateItem(t.Context(), &dynamodb.UpdateItemInput{
		TableName: &d.table, Key: item{"id": str("a")}, UpdateExpression: &expression,
		ExpressionAttributeNames: names, ExpressionAttributeValues: values,
	})
	return err
}

func updates(t *testing.T, d dynamoDB) {
	tests := []struct {
		expression string
		names      map[string]string
		values     item
		want       item
		reason     string
	}{
		{
			"SET x = :v, z = :w",
			nil,
			item{":v": num("9"), ":w": str("new")},
			item{"x": num("9"), "y": num("2"), "z": str("new")},
			"replace one and add one",
		},
		{
			"SET #s = :v",
			map[string]string{"#s": "status"},
			item{":v": str("DONE")},
			item{"x": num("1"), "y": num("2"), "status": str("DONE")},
			"a reserved word by placeholder",
		},
		{"SET x = y, y = x", nil, nil, item{"x": num("2"), "y": num("1")}, "right-hand sides see the item as it was"},
		{"SET x = x + :one", nil, item{":one": num("1")}, item{"x": num("2"), "y": num("2")}, "count up"},
		{"SET x = x - :v", nil, item{":v": num("0.5")}, item{"x": num("0.5"), "y": num("2")}, "fractions are exact"},
		{
			"SET x = if_not_exists(x, :v)",
			nil,
			item{":v": num("7")},
			item{"x": num("1"), "y": num("2")},
			"the attribute is there",
		},
		{
			"SET z = if_not_exists(z, :v)",
			nil,
			item{":v": num("7")},
			item{"x": num("1"), "y": num("2"), "z": num("7")},
			"the attribute is not there",
		},
		{
			"SET z = if_not_exists(z, :zero) + :one",
			nil,
			item{":zero": num("0"), ":one": num("1")},
			item{"x": num("1"), "y": num("2"), "z": num("1")},
			"count from nothing",
		},
		{"REMOVE x, nope", nil, nil, item{"y": num("2")}, "removing what is not there is fine"},
		{"REMOVE x SET y = :v", nil, item{":v": num("3")}, item{"y": num("3")}, "sections in any order"},
		{"set x = :v remove y", nil, item{":v": num("3")}, item{"x": num("3")}, "keywords in lower case"},
	}
	for _, tt := range tests {
		t.Run(tt.expression+", "+tt.reason, func(t *testing.T) {
			d.put(t, item{"id": str("a"), "x": num("1"), "y": num("2")})
			noError(t, d.update(t, tt.expression, tt.names, tt.values))
			tt.want["id"] = str("a")
			if diff := diffItems(tt.want, d.get(t, "a")); diff != "" {
				t.Error("item (-want +got):\n" + diff)
			}
		})
	}
}

func badUpdates(t *testing.T, d dynamoDB) {
	before := item{"id": str("a"), "x": num("1"), "s": str("text")}
	tests := []struct {
		reason, expression string
		values             item
	}{
		{"empty", "", nil},
		{"no section", "x = :v", item{":v": num("1")}},
		{"no value", "SET x", nil},
		{"one section twice", "SET x = :v SET y = :v", item{":v": num("1")}},
		{"one attribute twice", "SET x = :v REMOVE x", item{":v": num("1")}},
		{"the key", "SET id = :v", item{":v": str("b")}},
		{"a missing attribute", "SET x = nope", nil},
		{"adding to a string", "SET s = s + :v", item{":v": num("1")}},
		{"adding a string", "SET x = x + :v", item{":v": str("1")}},
		{"reserved word", "SET status = :v", item{":v": num("1")}},
		{"trailing comma", "REMOVE x,", nil},
		{"missing value", "SET x = :v", nil},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			d.put(t, before)
			wantCode(t, d.update(t, tt.expression, nil, tt.values), "ValidationException")
			if diff := diffItems(before, d.get(t, "a")); diff != "" {
				t.Error("a refused update changed the item (-want +got):\n" + diff)
			}
		})
	}
}

func updateCreates(t *testing.T, d dynamoDB) {
	noError(t, d.update(t, "SET x = :v", nil, item{":v": num("1")}))
	if diff := diffItems(item{"id": str("a"), "x": num("1")}, d.get(t, "a")); diff != "" {
		t.Error("item (-want +got):\n" + diff)
	}
	_, err := d.UpdateItem(t.Context(), &dynamodb.UpdateItemInput{
		TableName: &d.table, Key: item{"id": str("b")}, UpdateExpression: aws.String("REMOVE x"),
		ConditionExpression: aws.String("attribute_exists(id)"),
	})
	wantType[*types.ConditionalCheckFailedException](t, err)
	if got := d.get(t, "b"); got != nil {
		t.Errorf("a failed condition left %v, want nothing", got)
	}
}

func updateReturns(t *testing.T, d dynamoDB) {
	old, updated := item{
		"id": str("a"),
		"x":  num("1"),
		"y":  num("2"),
	}, item{
		"id": str("a"),
		"x":  num("9"),
		"y":  num("2"),
		"z":  num("9"),
	}
	tests := []struct {
		returns types.ReturnValue
		want    item
	}{
		{"", nil},
		{types.ReturnValueNone, nil},
		{types.ReturnValueAllOld, old},
		{types.ReturnValueAllNew, updated},
		{types.ReturnValueUpdatedOld, item{"x": num("1")}},
		{types.ReturnValueUpdatedNew, item{"x": num("9"), "z": num("9")}},
	}
	for _, tt := range tests {
		t.Run(string(tt.returns), func(t *testing.T) {
			d.put(t, old)
			out, err := d.UpdateItem(t.Context(), &dynamodb.UpdateItemInput{
				TableName: &d.table, Key: item{"id": str("a")}, UpdateExpression: aws.String("SET x = :v, z = :v"),
				ExpressionAttributeValues: item{":v": num("9")}, ReturnValues: tt.returns,
			})
			noError(t, err)
			if diff := diffItems(tt.want, out.Attributes); diff != "" {
				t.Error("attributes (-want +got):\n" + diff)
			}
		})
	}
	_, err := d.PutItem(
		t.Context(),
		&dynamodb.PutItemInput{TableName: &d.table, Item: old, ReturnValues: types.ReturnValueAllNew},
	)
	wantCode(t, err, "ValidationException")
}

func scanPages(t *testing.T, d dynamoDB) {
	const items = 25
	for i := range items {
		d.put(t, item{"id": str(fmt.Sprint("task-", i))})
	}
	seen := map[string]bool{}
	in := &dynamodb.ScanInput{TableName: &d.table, Limit: aws.Int32(10)}
	for pages := 1; ; pages++ {
		out, err := d.Scan(t.Context(), in)
		noError(t, err)
		if out.Count > 10 || int(out.Count) != len(out.Items) || out.ScannedCount != out.Count {
			t.Fatalf(
				"got Count %d, ScannedCount %d and %d items, want them equal and at most 10",
				out.Count,
				out.ScannedCount,
				len(out.Items),
			)
		}
		for _, it := range out.Items {
			id := it["id"].(*types.AttributeValueMemberS).Value
			if seen[id] {
				t.Errorf("saw %s twice", id)
			}
			seen[id] = true
		}
		if out.LastEvaluatedKey == nil {
			break
		}
		if pages > items {
			t.Fatal("the scan does not end")
		}
		in.ExclusiveStartKey = out.LastEvaluatedKey
	}
	if len(seen) != items {
		t.Errorf("saw %d different items, want %d", len(seen), items)
	}
}

func scanSeesWrites(t *testing.T, d dynamoDB) {
	ids := func() string {
		t.Helper()
		out, err := d.Scan(t.Context(), &dynamodb.ScanInput{TableName: &d.table})
		noError(t, err)
		var ids []string
		for _, it := range out.Items {
			ids = append(ids, it["id"].(*types.AttributeValueMemberS).Value)
		}
		slices.Sort(ids)
		return strings.Join(ids, " ")
	}
	d.put(t, item{"id": str("a")})
	if got := ids(); got != "a" {
		t.Errorf("got ids %q after the first put", got)
	}
	d.put(t, item{"id": str("b")})
	if got := ids(); got != "a b" {
		t.Errorf("got ids %q after the second put", got)
	}
	_, err := d.DeleteItem(t.Context(), &dynamodb.DeleteItemInput{TableName: &d.table, Key: item{"id": str("a")}})
	noError(t, err)
	if got := ids(); got != "b" {
		t.Errorf("got ids %q after a delete", got)
	}
}

func scanFilter(t *testing.T, d dynamoDB) {
	for i := range 10 {
		d.put(t, item{"id": str(strconv.Itoa(i)), "n": num(strconv.Itoa(i))})
	}
	in := &dynamodb.ScanInput{
		TableName: &d.table, FilterExpression: aws.String("n < :v"), ExpressionAttributeValues: item{":v": num("3")},
	}
	all, err := d.Scan(t.Context(), in)
	noError(t, err)
	if all.Count != 3 || all.ScannedCount != 10 || all.LastEvaluatedKey != nil {
		t.Errorf(
			"got Count %d, ScannedCount %d, LastEvaluatedKey %v, want 3, 10 and none",
			all.Count,
			all.ScannedCount,
			all.LastEvaluatedKey,
		)
	}
	in.Limit = aws.Int32(4)
	page, err := d.Scan(t.Context(), in)
	noError(t, err)
	if page.ScannedCount != 4 || page.LastEvaluatedKey == nil {
		t.Errorf(
			"got ScannedCount %d, LastEvaluatedKey %v, want 4 and one: the limit counts before the filter",
			page.ScannedCount,
			page.LastEvaluatedKey,
		)
	}
	in.Limit = aws.Int32(0)
	_, err = d.Scan(t.Context(), in)
	wantCode(t, err, "ValidationException")
}
