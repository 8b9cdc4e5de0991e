package fakes

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// isAbout reports whether a call concerns an item with an attribute of this text, or a message with
// the text in its body. An input that names an item holds nothing but its key.
func isAbout(input any, text string) bool {
	switch in := input.(type) {
	case *dynamodb.PutItemInput:
		return hasValue(in.Item, text)
	case *dynamodb.GetItemInput:
		return hasValue(in.Key, text)
	case *dynamodb.UpdateItemInput:
		return hasValue(in.Key, text)
	case *dynamodb.DeleteItemInput:
		return hasValue(in.Key, text)
	case *sqs.SendMessageInput:
		return strings.Contains(aws.ToString(in.MessageBody), text)
	default:
		return false
	}
}

func hasValue(attrs attributes, text string) bool {
	for _, value := range attrs {
		if s, ok := value.(*types.AttributeValueMemberS); ok && s != nil && s.Value == text {
			return true
		}
	}
	return false
}
