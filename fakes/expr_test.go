package fakes

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	smithy "github.com/aws/smithy-go"
)

func TestParseErrorNamesPlaceAndExpectation(t *testing.T) {
	tests := []struct {
		kind, src string
		want      []string
		reason    string
	}{
		{
			conditionKind,
			"a = ",
			[]string{"Invalid ConditionExpression", "at offset 4", "an attribute name"},
			"the end is a place, too",
		},
		{conditionKind, "a ~ :v", []string{`token: "~"`, "at offset 2", "a comparison operator"}, "a character of no token"},
		{conditionKind, "(a = :v", []string{"at offset 7", `expected ")"`}, "an unclosed parenthesis"},
		{conditionKind, "status = :v", []string{"reserved keyword: status"}, "a reserved word"},
		{
			filterKind,
			"a = :v b",
			[]string{"Invalid FilterExpression", `token: "b"`, "at offset 7", "the end"},
			"trailing text",
		},
		{updateKind, "SET a :v", []string{"Invalid UpdateExpression", "at offset 6", `expected "="`}, "a missing symbol"},
		{updateKind, "SET a = f(b)", []string{"Invalid function name; function: f"}, "an unknown function"},
		{
			conditionKind,
			strings.Repeat(" ", 5000) + "a = b",
			[]string{"exceeded the maximum allowed size"},
			"a long expression",
		},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			_, err := parse(tt.kind, tt.src)
			if err == nil {
				t.Fatal("got no error")
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got error %q, want it to say %q", err, want)
				}
			}
		})
	}
}

func TestParseRefusesWhatTheFakeLacks(t *testing.T) {
	tests := []struct{ kind, src, names string }{
		{conditionKind, "size(a) > :v", "function size"},
		{conditionKind, "contains(a, :v)", "function contains"},
		{conditionKind, "attribute_type(a, :v)", "function attribute_type"},
		{conditionKind, "a BETWEEN :v AND :w", "operator BETWEEN"},
		{conditionKind, "a in (:v)", "operator in"},
		{conditionKind, "a.b = :v", "nested path a."},
		{conditionKind, "#a[0] = :v", "nested path #a["},
		{updateKind, "SET a = list_append(a, :v)", "function list_append"},
		{updateKind, "ADD a :v", "section ADD"},
		{updateKind, "DELETE a :v", "section DELETE"},
	}
	for _, tt := range tests {
		_, err := parse(tt.kind, tt.src)
		if !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), tt.names) {
			t.Errorf("%s: got error %v, want ErrUnsupported that names %q", tt.src, err, tt.names)
		}
	}
}

func TestParsedExpressionsAreCachedWithinABound(t *testing.T) {
	d, err := NewDynamoDB(DynamoDBConfig{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 2 * maxCachedExpressions {
		src := fmt.Sprintf("a = :v%d", i)
		first, err1 := d.parse(conditionKind, &src)
		second, err2 := d.parse(conditionKind, &src)
		if err1 != nil || err2 != nil || first != second {
			t.Fatalf("%s was parsed as %p, %v and again as %p, %v", src, first, err1, second, err2)
		}
	}
	if got := len(d.expressions); got > maxCachedExpressions {
		t.Errorf("%d expressions are cached, want at most %d", got, maxCachedExpressions)
	}
}

// FuzzExpression: whatever is parsed either fails as documented, or can be evaluated on an item and
// on none.
func FuzzExpression(f *testing.F) {
	for _, s := range []string{
		"attribute_not_exists(id)", "a = :v AND (b <> :w OR NOT #n >= c)", "begins_with(a, :v)",
		"SET a = if_not_exists(a, :v) + :w, b = a REMOVE c, #n", "SET a = :v - b",
		"a BETWEEN :v AND :w", "((((", "\xff = :v", "a.b",
	} {
		f.Add(s)
	}
	item := attributes{
		"id": &types.AttributeValueMemberS{Value: "a"}, "a": &types.AttributeValueMemberN{Value: "1"},
		"b": &types.AttributeValueMemberBOOL{Value: true},
	}
	f.Fuzz(func(t *testing.T, src string) {
		for _, kind := range []string{conditionKind, updateKind} {
			x, err := parse(kind, src)
			if err != nil {
				wantDocumented(t, err)
				continue
			}
			env := &environment{names: map[string]string{}, values: attributes{}}
			for _, name := range x.names {
				env.names[name] = strings.TrimPrefix(name, "#")
			}
			for _, value := range x.values {
				env.values[value] = &types.AttributeValueMemberN{Value: "2"}
			}
			for _, it := range []attributes{item, {}} {
				env.item = it
				if kind == conditionKind {
					x.condition(env)
				} else if _, _, err := x.update.apply(env, "id"); err != nil {
					wantDocumented(t, err)
				}
			}
			if len(item) != 3 {
				t.Fatalf("%q changed the item it was evaluated on: %v", src, item)
			}
		}
	})
}

func wantDocumented(t *testing.T, err error) {
	t.Helper()
	var api smithy.APIError
	if errors.As(err, &api) && api.ErrorCode() == "ValidationException" {
		return
	}
	if !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("got error %v, want a ValidationException or ErrUnsupported", err)
	}
}
