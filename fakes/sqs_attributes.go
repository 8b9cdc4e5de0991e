package fakes

import (
	"bytes"
	"crypto/md5"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// maxMessageAttributes is how many attributes of the sender's a message can carry. Trace context
// needs up to three.
const maxMessageAttributes = 10

type messageAttributes = map[string]types.MessageAttributeValue

// validateMessageAttributes returns the size that the attributes add to the message, in bytes.
func validateMessageAttributes(attrs messageAttributes) (int, error) {
	if len(attrs) > maxMessageAttributes {
		return 0, invalidValue(
			"Number of message attributes [%d] exceeds the allowed maximum [%d].",
			len(attrs),
			maxMessageAttributes,
		)
	}
	total := 0
	var names [maxMessageAttributes]string
	for _, name := range sortedNames(names[:0], attrs) {
		v := attrs[name]
		if err := validateAttributeName(name); err != nil {
			return 0, err
		}
		if err := validateAttributeValue(name, v); err != nil {
			return 0, err
		}
		total += len(name) + len(aws.ToString(v.DataType)) + len(aws.ToString(v.StringValue)) + len(v.BinaryValue)
	}
	return total, nil
}

func validateAttributeName(name string) error {
	switch {
	case name == "" || len(name) > 256 || strings.ContainsFunc(name, notInAttributeName):
		return invalidValue("Message (user) attribute name %q must be 1 to 256 of A-Z, a-z, 0-9, '_', '-' and '.'.", name)
	case hasPrefixFold(name, "aws.") || hasPrefixFold(name, "amazon."):
		return invalidValue("Message (user) attribute name %q must not start with AWS. or Amazon.", name)
	case strings.HasPrefix(name, ".") || strings.HasSuffix(name, ".") || strings.Contains(name, ".."):
		return invalidValue(
			"Message (user) attribute name %q must not start or end with a period or have two in a row.",
			name,
		)
	}
	return nil
}

func notInAttributeName(r rune) bool {
	return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '_' || r == '-' || r == '.')
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// validDataType reports whether a data type is String, Number or Binary, with or without a custom
// label after a period.
func validDataType(dataType string) bool {
	base, label, labelled := strings.Cut(dataType, ".")
	if labelled && (label == "" || len(label) > 249 || strings.Contains(label, "\n")) {
		return false
	}
	return base == "String" || base == "Number" || base == "Binary"
}

func validateAttributeValue(name string, v types.MessageAttributeValue) error {
	if len(v.StringListValues) > 0 || len(v.BinaryListValues) > 0 {
		return &types.UnsupportedOperation{
			Message: aws.String("Message attribute list values in SendMessage operation are not supported."),
		}
	}
	dataType := aws.ToString(v.DataType)
	if !validDataType(dataType) {
		return invalidValue("The type of message (user) attribute '%s' is invalid: %q. "+
			"You must use only the following supported type prefixes: Binary, Number, String.", name, dataType)
	}
	base, _, _ := strings.Cut(dataType, ".")
	hasString, hasBinary := v.StringValue != nil, v.BinaryValue != nil
	switch {
	case hasString && hasBinary, base == "Binary" && hasString, base != "Binary" && hasBinary:
		return invalidValue("Message (user) attribute '%s' must have the value of type '%s' alone.", name, base)
	case aws.ToString(v.StringValue) == "" && len(v.BinaryValue) == 0:
		return invalidValue("Message (user) attribute '%s' must contain a non-empty value of type '%s'.", name, base)
	case hasString && !validText(*v.StringValue):
		return invalidValue("Message (user) attribute '%s' has invalid characters.", name)
	}
	if base == "Number" {
		if _, err := parseNumber(*v.StringValue); err != nil {
			return invalidValue("Can't cast the value of message (user) attribute '%s' to a number.", name)
		}
	}
	return nil
}

// attributesMD5 is the digest that SQS documents: of each attribute in the order of names, its
// name, data type and value, each after its length, and a byte for how the value is sent. It is nil
// without attributes.
func attributesMD5(attrs messageAttributes) *string {
	if len(attrs) == 0 {
		return nil
	}
	const stringValue, binaryValue = 1, 2
	var buffer [512]byte // enough for a trace context
	b := buffer[:0]
	var names [maxMessageAttributes]string
	for _, name := range sortedNames(names[:0], attrs) {
		v := attrs[name]
		b = appendSized(b, name)
		b = appendSized(b, aws.ToString(v.DataType))
		if v.StringValue != nil {
			b = appendSized(append(b, stringValue), *v.StringValue)
		} else {
			b = appendSized(append(b, binaryValue), string(v.BinaryValue))
		}
	}
	sum := md5.Sum(b)
	return aws.String(hex.EncodeToString(sum[:]))
}

func appendSized(b []byte, s string) []byte {
	return append(binary.BigEndian.AppendUint32(b, uint32(len(s))), s...)
}

func copyMessageAttributes(attrs messageAttributes) messageAttributes {
	return selectAttributes(attrs, []string{"All"})
}

// selectAttributes copies the attributes that a receive requests: by name, by "prefix.*", or all
// with "All" or ".*". As on AWS, "foo.*" includes foobar.
func selectAttributes(attrs messageAttributes, patterns []string) messageAttributes {
	if len(patterns) == 0 || len(attrs) == 0 {
		return nil
	}
	selected := make(messageAttributes, len(attrs))
	for name, v := range attrs {
		if slices.ContainsFunc(patterns, func(pattern string) bool { return matchesAttribute(pattern, name) }) {
			selected[name] = copyAttribute(v)
		}
	}
	if len(selected) == 0 {
		return nil
	}
	return selected
}

func copyAttribute(v types.MessageAttributeValue) types.MessageAttributeValue {
	texts := &struct{ dataType, value string }{aws.ToString(v.DataType), aws.ToString(v.StringValue)}
	c := types.MessageAttributeValue{DataType: &texts.dataType, BinaryValue: bytes.Clone(v.BinaryValue)}
	if v.StringValue != nil {
		c.StringValue = &texts.value
	}
	return c
}

func matchesAttribute(pattern, name string) bool {
	if pattern == "All" || pattern == name {
		return true
	}
	prefix, ok := strings.CutSuffix(pattern, ".*")
	return ok && strings.HasPrefix(name, prefix)
}

// sortedNames appends the names of the attributes in order, for errors and digests that must not
// depend on the order of a map.
func sortedNames(names []string, attrs messageAttributes) []string {
	for name := range attrs {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
