package fakestest

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

func putOnce(t *testing.T, d dynamoDB) {
	in := &dynamodb.PutItemInput{
		TableName: &d.table, Item: item{"id": str("a")}, ConditionExpression: aws.String("attribute_not_exists(id)"),
	}
	_, err := d.PutItem(t.Context(), in)
	noError(t, err)
	_, err = d.PutItem(t.Context(), in)
	wantCode(t, err, "ConditionalCheckFailedException")
	if e := wantType[*types.ConditionalCheckFailedException](t, err); e != nil && e.Item != nil {
		t.Errorf("got item %v without having asked for it", e.Item)
	}
}

func failedConditionItem(t *testing.T, d dynamoDB) {
	d.put(t, everyType())
	_, err := d.DeleteItem(t.Context(), &dynamodb.DeleteItemInput{
		TableName: &d.table, Key: item{"id": str("a")}, ConditionExpression: aws.String("attribute_not_exists(id)"),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	if e := wantType[*types.ConditionalCheckFailedException](t, err); e != nil {
		if diff := diffItems(everyType(), e.Item); diff != "" {
			t.Error("item of the failed condition (-want +got):\n" + diff)
		}
	}
}

// holds reports whether a condition holds for the item of everyType.
func (d dynamoDB) holds(t *testing.T, condition string, names map[string]string, values item) (bool, error) {
	t.Helper()
	d.put(t, everyType())
	_, err := d.DeleteItem(t.Context(), &dynamodb.DeleteItemInput{
		TableName: &d.table, Key: item{"id": str("a")}, ConditionExpression: &condition,
		ExpressionAttributeNames: names, ExpressionAttributeValues: values,
	})
	if err == nil {
		return true, nil
	}
	return false, err
}

func conditions(t *testing.T, d dynamoDB) {
	tests := []struct {
		condition string
		names     map[string]string
		values    item
		want      bool
		reason    string
	}{
		{"attribute_exists(n)", nil, nil, true, "the attribute is there"},
		{"attribute_exists(nope)", nil, nil, false, "the attribute is not there"},
		{"attribute_not_exists(nope)", nil, nil, true, "the attribute is not there"},
		{"attribute_exists(#n)", map[string]string{"#n": "null"}, nil, true, "a NULL is there"},
		{"n = :v", nil, item{":v": num("12.50")}, true, "numbers are equal by value"},
		{"n = :v", nil, item{":v": str("12.5")}, false, "a number is not a string"},
		{":v = n", nil, item{":v": num("12.5")}, true, "either side may be the value"},
		{"id = b", nil, nil, false, "both sides may be attributes"},
		{":v = :v", nil, item{":v": num("1")}, true, "a value may be compared with itself"},
		{"(n = :v AND attribute_exists(n))", nil, item{":v": num("12.5")}, true, "parentheses around everything"},
		{"(n = :v) AND ((n = :v) OR attribute_exists(nope))", nil, item{":v": num("12.5")}, true, "nested parentheses"},
		{"NOT (NOT attribute_exists(n))", nil, nil, true, "a negation is a condition"},
		{"nope = :v", nil, item{":v": num("1")}, false, "nothing equals a missing attribute"},
		{"nope <> :v", nil, item{":v": num("1")}, true, "a missing attribute differs from everything"},
		{"n <> :v", nil, item{":v": num("12.5")}, false, "the values are equal"},
		{"n < :v", nil, item{":v": num("100")}, true, "numbers compare as numbers, not as text"},
		{"n < :v", nil, item{":v": num("-100")}, false, "a negative number is smaller"},
		{"n <= :v AND n >= :v", nil, item{":v": num("12.5")}, true, "both hold when equal"},
		{"n > :v", nil, item{":v": str("1")}, false, "values of two types have no order"},
		{"nope < :v", nil, item{":v": num("1")}, false, "a missing attribute has no order"},
		{"id < :v", nil, item{":v": str("b")}, true, "strings have an order"},
		{"b < :v", nil, item{":v": &types.AttributeValueMemberB{Value: []byte{1}}}, true, "binaries have an order"},
		{"m = :v", nil, item{":v": everyType()["m"]}, true, "maps are compared deeply"},
		{
			"l = :v",
			nil,
			item{":v": &types.AttributeValueMemberL{Value: []types.AttributeValue{num("2"), str("x")}}},
			false,
			"a list has an order",
		},
		{"ss = :v", nil, item{":v": &types.AttributeValueMemberSS{Value: []string{"b", "a"}}}, true, "a set has no order"},
		{"begins_with(id, :v)", nil, item{":v": str("a")}, true, "a string begins with itself"},
		{"begins_with(n, :v)", nil, item{":v": str("1")}, false, "a number begins with nothing"},
		{"NOT attribute_exists(nope)", nil, nil, true, "negation"},
		{
			"attribute_exists(n) OR attribute_exists(nope) AND attribute_exists(nope)",
			nil,
			nil,
			true,
			"AND binds closer than OR",
		},
		{
			"(attribute_exists(n) OR attribute_exists(nope)) AND attribute_exists(nope)",
			nil,
			nil,
			false,
			"parentheses bind closer than AND",
		},
		{"NOT attribute_exists(nope) AND attribute_exists(nope)", nil, nil, false, "NOT binds closer than AND"},
		{"attribute_exists(n) and not attribute_exists(nope)", nil, nil, true, "keywords in lower case"},
	}
	for _, tt := range tests {
		t.Run(tt.condition+", "+tt.reason, func(t *testing.T) {
			got, err := d.holds(t, tt.condition, tt.names, tt.values)
			if err != nil {
				wantType[*types.ConditionalCheckFailedException](t, err)
			}
			if got != tt.want {
				t.Errorf("got %t, want %t", got, tt.want)
			}
		})
	}
}

func badConditions(t *testing.T, d dynamoDB) {
	tests := []struct {
		reason, condition string
		names             map[string]string
		values            item
	}{
		{"empty", "", nil, nil},
		{"no operator", "n", nil, nil},
		{"no right side", "n =", nil, nil},
		{"unclosed parenthesis", "(n = :v", nil, item{":v": num("1")}},
		{"trailing text", "n = :v n", nil, item{":v": num("1")}},
		{"a character outside the language", "n = ?", nil, nil},
		{"unknown function", "exists(n)", nil, nil},
		{"a function of a value", "attribute_exists(:v)", nil, item{":v": num("1")}},
		{"missing value", "n = :v", nil, nil},
		{"missing name", "#n = :v", nil, item{":v": num("1")}},
		{"malformed placeholder", "n = :v", nil, item{"v": num("1")}},
		{"an attribute equal to itself", "n = n", nil, nil},
		{"an attribute less than itself", "n < n", nil, nil},
		{"an attribute and itself by a placeholder", "n <> #n", map[string]string{"#n": "n"}, nil},
		{"an attribute as its own prefix", "begins_with(id, id)", nil, nil},
		{"redundant parentheses", "((n = :v))", nil, item{":v": num("1")}},
		{"redundant parentheses in a part", "NOT ((n = :v)) AND attribute_exists(n)", nil, item{":v": num("1")}},
		{"an empty name", "attribute_exists(#n)", map[string]string{"#n": ""}, nil},
		{"an order of booleans", "n < :v", nil, item{":v": &types.AttributeValueMemberBOOL{}}},
		{"a number as prefix", "begins_with(id, :v)", nil, item{":v": num("1")}},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			_, err := d.holds(t, tt.condition, tt.names, tt.values)
			wantCode(t, err, "ValidationException")
		})
	}
}

func reservedWords(t *testing.T, d dynamoDB) {
	for _, word := range []string{"status", "name", "Timestamp", "DATA"} {
		_, err := d.holds(t, "attribute_exists("+word+")", nil, nil)
		wantCode(t, err, "ValidationException")
		_, err = d.holds(t, "attribute_not_exists(#w)", map[string]string{"#w": word}, nil)
		noError(t, err)
	}
}

func unusedPlaceholders(t *testing.T, d dynamoDB) {
	_, err := d.holds(t, "attribute_exists(n)", map[string]string{"#n": "n"}, nil)
	wantCode(t, err, "ValidationException")
	_, err = d.holds(t, "attribute_exists(n)", nil, item{":v": num("1")})
	wantCode(t, err, "ValidationException")
	_, err = d.PutItem(t.Context(), &dynamodb.PutItemInput{
		TableName: &d.table, Item: item{"id": str("a")}, ExpressionAttributeNames: map[string]string{"#n": "n"},
	})
	wantCode(t, err, "ValidationException")
}
