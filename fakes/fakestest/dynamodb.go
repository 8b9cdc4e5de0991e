package fakestest

import (
	"maps"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// DynamoDB runs the conformance tests of DynamoDB.
func DynamoDB(t *testing.T, h DynamoDBHarness) {
	tests := []struct {
		name string
		test func(*testing.T, dynamoDB)
	}{
		{"returns what was put", putAndGet},
		{"returns no item for an unknown key", getUnknown},
		{"copies values in and out", copies},
		{"replaces and deletes items and returns the old", replaceAndDelete},
		{"refuses keys that are missing, empty or of another type", badKeys},
		{"refuses an unknown table", unknownTable},
		{"refuses a second put on condition of absence", putOnce},
		{"returns the old item with a failed condition", failedConditionItem},
		{"evaluates conditions", conditions},
		{"refuses bad conditions", badConditions},
		{"refuses reserved words", reservedWords},
		{"refuses unused placeholders", unusedPlaceholders},
		{"updates attributes", updates},
		{"refuses bad updates", badUpdates},
		{"creates the item that it updates", updateCreates},
		{"returns the attributes that an update's ReturnValues selects", updateReturns},
		{"scans pages until the end", scanPages},
		{"scans what was written since the last scan", scanSeesWrites},
		{"filters a scan after its limit", scanFilter},
		{"keeps numbers exactly", numbers},
		{"refuses an item that is too large", itemTooLarge},
		{"answers with a request id", dynamoDBRequestID},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			client, table := h.New(t)
			tt.test(t, dynamoDB{client, table})
		})
	}
}

// dynamoDB is a client and the table of one test.
type dynamoDB struct {
	DynamoDBClient
	table string
}

func (d dynamoDB) put(t *testing.T, it item) {
	t.Helper()
	_, err := d.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &d.table, Item: it})
	noError(t, err)
}

func (d dynamoDB) get(t *testing.T, id string) item {
	t.Helper()
	out, err := d.GetItem(t.Context(), &dynamodb.GetItemInput{
		TableName: &d.table, Key: item{"id": str(id)}, ConsistentRead: aws.Bool(true),
	})
	noError(t, err)
	return out.Item
}

func everyType() item {
	return item{
		"id":    str("a"),
		"n":     num("12.5"),
		"b":     &types.AttributeValueMemberB{Value: []byte{0, 255}},
		"true":  &types.AttributeValueMemberBOOL{Value: true},
		"false": &types.AttributeValueMemberBOOL{Value: false},
		"null":  &types.AttributeValueMemberNULL{Value: true},
		"m": &types.AttributeValueMemberM{
			Value: item{"x": num("1"), "empty": &types.AttributeValueMemberM{Value: item{}}},
		},
		"l":      &types.AttributeValueMemberL{Value: []types.AttributeValue{str("x"), num("2")}},
		"ss":     &types.AttributeValueMemberSS{Value: []string{"a", "b"}},
		"ns":     &types.AttributeValueMemberNS{Value: []string{"1", "2"}},
		"bs":     &types.AttributeValueMemberBS{Value: [][]byte{{1}, {2}}},
		"string": str(""),
	}
}

func putAndGet(t *testing.T, d dynamoDB) {
	d.put(t, everyType())
	if diff := diffItems(everyType(), d.get(t, "a")); diff != "" {
		t.Error("item (-want +got):\n" + diff)
	}
}

func getUnknown(t *testing.T, d dynamoDB) {
	if got := d.get(t, "nobody"); got != nil {
		t.Errorf("got item %v, want nil", got)
	}
}

func copies(t *testing.T, d dynamoDB) {
	in := everyType()
	d.put(t, in)
	spoil(in)
	spoil(d.get(t, "a"))
	if diff := diffItems(everyType(), d.get(t, "a")); diff != "" {
		t.Error("item after its input and an output were changed (-want +got):\n" + diff)
	}
}

func spoil(it item) {
	it["n"].(*types.AttributeValueMemberN).Value = "0"
	it["b"].(*types.AttributeValueMemberB).Value[0] = 7
	it["m"].(*types.AttributeValueMemberM).Value["x"] = num("0")
	it["l"].(*types.AttributeValueMemberL).Value[0] = num("0")
	it["ss"].(*types.AttributeValueMemberSS).Value[0] = "z"
	it["bs"].(*types.AttributeValueMemberBS).Value[0][0] = 7
	delete(it, "null")
}

func replaceAndDelete(t *testing.T, d dynamoDB) {
	first, second := item{"id": str("a"), "x": num("1")}, item{"id": str("a"), "y": num("2")}
	d.put(t, first)
	put, err := d.PutItem(t.Context(), &dynamodb.PutItemInput{
		TableName: &d.table, Item: second, ReturnValues: types.ReturnValueAllOld,
	})
	noError(t, err)
	if diff := diffItems(first, put.Attributes); diff != "" {
		t.Error("replaced item (-want +got):\n" + diff)
	}
	in := &dynamodb.DeleteItemInput{TableName: &d.table, Key: item{"id": str("a")}, ReturnValues: types.ReturnValueAllOld}
	deleted, err := d.DeleteItem(t.Context(), in)
	noError(t, err)
	if diff := diffItems(second, deleted.Attributes); diff != "" {
		t.Error("deleted item (-want +got):\n" + diff)
	}
	again, err := d.DeleteItem(t.Context(), in)
	noError(t, err)
	if again.Attributes != nil {
		t.Errorf("a second delete returned %v, want nil", again.Attributes)
	}
}

func badKeys(t *testing.T, d dynamoDB) {
	tests := []struct {
		reason string
		item   item
	}{
		{"no key", item{"x": str("a")}},
		{"empty key", item{"id": str("")}},
		{"a number for a key", item{"id": num("1")}},
		{"key of more than 2048 bytes", item{"id": str(strings.Repeat("k", 2049))}},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			_, err := d.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &d.table, Item: tt.item})
			wantCode(t, err, "ValidationException")
			_, err = d.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: &d.table, Key: tt.item})
			wantCode(t, err, "ValidationException")
		})
	}
	_, err := d.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: &d.table, Key: item{"id": str("a"), "x": str("b")}})
	wantCode(t, err, "ValidationException")
}

func unknownTable(t *testing.T, d dynamoDB) {
	_, err := d.PutItem(
		t.Context(),
		&dynamodb.PutItemInput{TableName: aws.String("no-such-table"), Item: item{"id": str("a")}},
	)
	wantCode(t, err, "ResourceNotFoundException")
	wantType[*types.ResourceNotFoundException](t, err)
}

func numbers(t *testing.T, d dynamoDB) {
	want := map[string]string{
		"0": "0", "-0.0": "0", "1e+2": "100", "007": "7", "1.50": "1.5", "1e3": "1000", "-2.5E-3": "-0.0025",
		"12345678901234567890123456789012345678": "12345678901234567890123456789012345678",
	}
	got := map[string]string{}
	for in := range want {
		d.put(t, item{"id": str("a"), "n": num(in)})
		got[in] = d.get(t, "a")["n"].(*types.AttributeValueMemberN).Value
	}
	if !maps.Equal(want, got) {
		t.Errorf("got %v, want %v", got, want)
	}
	for _, bad := range []string{
		"", "x", "1e", "--1", "1e126", "1e-131", "0x10", "NaN", " 1 2", "+1", "+1e2", "-+1",
		"123456789012345678901234567890123456789",
	} {
		_, err := d.PutItem(
			t.Context(),
			&dynamodb.PutItemInput{TableName: &d.table, Item: item{"id": str("a"), "n": num(bad)}},
		)
		if err == nil {
			t.Errorf("number %q was accepted", bad)
			continue
		}
		wantCode(t, err, "ValidationException")
	}
}

func itemTooLarge(t *testing.T, d dynamoDB) {
	const limit = 400 << 10
	names := len("id") + len("a") + len("s")
	d.put(t, item{"id": str("a"), "s": str(strings.Repeat("x", limit-names))})
	_, err := d.PutItem(t.Context(), &dynamodb.PutItemInput{
		TableName: &d.table, Item: item{"id": str("a"), "s": str(strings.Repeat("x", limit-names+1))},
	})
	wantCode(t, err, "ValidationException")
}

func dynamoDBRequestID(t *testing.T, d dynamoDB) {
	out, err := d.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &d.table, Item: item{"id": str("a")}})
	noError(t, err)
	if id, _ := awsmiddleware.GetRequestIDMetadata(out.ResultMetadata); id == "" {
		t.Error("no request id in the output's metadata")
	}
	_, err = d.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &d.table, Item: item{"x": str("a")}})
	if e := wantType[interface {
		error
		ServiceRequestID() string
	}](t, err); e != nil && e.ServiceRequestID() == "" {
		t.Error("no request id in the error")
	}
}
