package fakes

import (
	"regexp"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// traceHeaderName is the only system attribute that a sender may set. It holds the context of AWS
// X-Ray, and counts neither as one of the ten message attributes nor towards the size of a message.
const traceHeaderName = string(types.MessageSystemAttributeNameForSendsAWSTraceHeader)

// traceHeader is the form of X-Ray's header: fields such as
// Root=1-5759e988-bd862e3fe1be46a994272793 in any order.
var traceHeader = regexp.MustCompile(`^(?:[^=;]+=[^=;]*;)*Root=1-[0-9a-f]{8}-[0-9a-f]{24}(?:;[^=;]+=[^=;]*)*;?$`)

// traceHeaderOf returns the trace header of a message that is sent, empty without one.
func traceHeaderOf(attrs map[string]types.MessageSystemAttributeValue) (string, error) {
	for name, v := range attrs {
		switch {
		case name != traceHeaderName:
			return "", invalidValue("Message system attribute name '%s' is invalid.", name)
		case aws.ToString(v.DataType) != "String":
			return "", invalidValue("The type of message system attribute '%s' is invalid. "+
				"You must use only the following supported type: String.", name)
		case v.BinaryValue != nil || len(v.StringListValues) > 0 || len(v.BinaryListValues) > 0:
			return "", invalidValue("Message system attribute '%s' must have a StringValue alone.", name)
		case !traceHeader.MatchString(aws.ToString(v.StringValue)):
			return "", invalidValue("Message system attribute '%s' must be a correctly formatted AWS X-Ray trace header.", name)
		}
	}
	return aws.ToString(attrs[traceHeaderName].StringValue), nil
}

// asMessageAttributes converts system attributes, whose digest is made in the same way.
func asMessageAttributes(attrs map[string]types.MessageSystemAttributeValue) messageAttributes {
	converted := make(messageAttributes, len(attrs))
	for name, v := range attrs {
		converted[name] = types.MessageAttributeValue{DataType: v.DataType, StringValue: v.StringValue}
	}
	return converted
}
