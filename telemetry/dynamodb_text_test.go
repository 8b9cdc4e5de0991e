package telemetry_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"pgregory.net/rapid"

	"tracelab/internal/law"
	"tracelab/telemetry"
)

// wantNoSecret looks for a secret in all parts of a span.
func wantNoSecret(t testing.TB, span sdktrace.ReadOnlySpan, secret string) {
	t.Helper()
	if strings.Contains(span.Name()+span.Status().Description, secret) {
		t.Errorf("the secret is in the name or the status: %s %q", span.Name(), span.Status().Description)
	}
	for key, value := range textOf(span.Attributes()) {
		if strings.Contains(value, secret) {
			t.Errorf("the secret is in %s: %q", key, value)
		}
	}
}

// queryText returns the text that the span of an update has.
func queryText(t testing.TB, in *dynamodb.UpdateItemInput) string {
	t.Helper()
	service, recorder := recorded(t, telemetry.Config{})
	if _, err := telemetry.DynamoDB(&stubDB{}, service, telemetry.Endpoint{}).UpdateItem(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	attrs := textOf(only(t, recorder).Attributes())
	if attrs["db.query.text"] != attrs["db.statement"] {
		t.Errorf("db.query.text is %q, and db.statement %q", attrs["db.query.text"], attrs["db.statement"])
	}
	return attrs["db.query.text"]
}

func TestQueryTextHasNamesAndNoValues(t *testing.T) {
	names := map[string]string{"#s": "status", "#status": "state", "#n_1": "n"}
	tests := []struct{ update, condition, want, reason string }{
		{"SET a = :a", "", "SET a = ?", ""},
		{"SET #s = :s, b=:b", "#s = :old", "SET status = ?, b=? IF status = ?", "a condition is part of the statement"},
		{"SET #status = :s", "", "SET state = ?", "the whole placeholder counts, not its start"},
		{"SET #n_1 = #n_1 + :one", "", "SET n = n + ?", ""},
		{"SET #unknown = :a", "", "SET #unknown = ?", "DynamoDB will refuse it; the text shows why"},
		{
			"SET a = if_not_exists(a, :zero)", "attribute_exists(#s) AND :a<:b",
			"SET a = if_not_exists(a, ?) IF attribute_exists(status) AND ?<?", "",
		},
		{"SET a = :", "#", "SET a = ? IF #", "a broken expression is no reason to fail"},
		{"", "", "", "an update may only touch the key"},
		{"", "a = :a", " IF a = ?", ""},
		{"SET é = :é", "", "SET é = ?é", "what DynamoDB doesn't take for a placeholder stays"},
	}
	for _, test := range tests {
		in := &dynamodb.UpdateItemInput{TableName: aws.String("orders"), ExpressionAttributeNames: names}
		if test.update != "" {
			in.UpdateExpression = aws.String(test.update)
		}
		if test.condition != "" {
			in.ConditionExpression = aws.String(test.condition)
		}
		if got := queryText(t, in); got != test.want {
			t.Errorf("text of %q if %q is\n%q, want\n%q: %s", test.update, test.condition, got, test.want, test.reason)
		}
	}
}

func TestNoValueIsEverInAQueryText(t *testing.T) {
	placeholder := rapid.StringMatching(`:[A-Za-z0-9_]{1,8}`)
	law.Check(t, func(rt *rapid.T) {
		values := map[string]types.AttributeValue{}
		var terms []string
		for _, p := range rapid.SliceOfN(placeholder, 1, 5).Draw(rt, "placeholders") {
			values[p] = &types.AttributeValueMemberS{Value: "s3cret-value"}
			terms = append(terms, "#a = "+p)
		}
		text := queryText(t, &dynamodb.UpdateItemInput{
			TableName: aws.String("orders"),
			UpdateExpression: aws.String("SET " + strings.Join(terms,
				rapid.SampledFrom([]string{",", ", "}).Draw(rt, "comma"))),
			ConditionExpression:       aws.String(strings.Join(terms, " AND ")),
			ExpressionAttributeNames:  map[string]string{"#a": "amount"},
			ExpressionAttributeValues: values,
		})
		if strings.Contains(text, "s3cret-value") || strings.ContainsAny(text, ":#") {
			rt.Fatalf("text is %q", text)
		}
		if n := strings.Count(text, "?"); n != 2*len(terms) {
			rt.Fatalf("%d values are marked in %q, want %d", n, text, 2*len(terms))
		}
	})
}
