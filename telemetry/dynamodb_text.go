package telemetry

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// updateText returns the text of an update as db.query.text: its expressions
// with the attributes' real names and a ? for every value.
func updateText(in *dynamodb.UpdateItemInput) string {
	update, condition := aws.ToString(in.UpdateExpression), aws.ToString(in.ConditionExpression)
	var b strings.Builder
	b.Grow(len(update) + len(" IF ") + len(condition)) // values get shorter, names rarely longer
	writeExpression(&b, update, in.ExpressionAttributeNames)
	if condition != "" {
		b.WriteString(" IF ")
		writeExpression(&b, condition, in.ExpressionAttributeNames)
	}
	return b.String()
}

// writeExpression writes an expression with each #name replaced by the name
// that it stands for, and each :value by a question mark. Expressions have no
// other way to hold a value.
func writeExpression(b *strings.Builder, expression string, names map[string]string) {
	for i := 0; i < len(expression); {
		if c := expression[i]; c != '#' && c != ':' {
			b.WriteByte(c)
			i++
			continue
		}
		end := i + 1
		for end < len(expression) && isNameByte(expression[end]) {
			end++
		}
		placeholder := expression[i:end]
		name, known := names[placeholder]
		switch {
		case placeholder[0] == ':':
			b.WriteByte('?')
		case known:
			b.WriteString(name)
		default:
			b.WriteString(placeholder)
		}
		i = end
	}
}

func isNameByte(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
