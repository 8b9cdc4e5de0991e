package fakestest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

type messageAttributes = map[string]types.MessageAttributeValue

func text(s string) types.MessageAttributeValue {
	return types.MessageAttributeValue{DataType: aws.String("String"), StringValue: &s}
}

func diffAttributes(want, got messageAttributes) string {
	return cmp.Diff(want, got, cmpopts.EquateEmpty(), cmpopts.IgnoreUnexported(types.MessageAttributeValue{}))
}

func (q queues) sendWith(t *testing.T, attrs messageAttributes) (*sqs.SendMessageOutput, error) {
	t.Helper()
	return q.SendMessage(t.Context(), &sqs.SendMessageInput{
		QueueUrl: &q.url, MessageBody: aws.String("derp"), MessageAttributes: attrs,
	})
}

func attributesOnDemand(t *testing.T, q queues) {
	const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	sent := messageAttributes{
		"traceparent": text(traceparent),
		"tracestate":  text("a=b"),
		"other":       {DataType: aws.String("Binary"), BinaryValue: []byte{1, 2}},
	}
	tests := []struct {
		ask    []string
		want   []string
		reason string
	}{
		{nil, nil, "nothing is asked for"},
		{[]string{"traceparent"}, []string{"traceparent"}, "by name"},
		{[]string{"trace.*"}, []string{"traceparent", "tracestate"}, "by prefix"},
		{[]string{"All"}, []string{"traceparent", "tracestate", "other"}, "all"},
		{[]string{".*"}, []string{"traceparent", "tracestate", "other"}, "all, the other way"},
		{[]string{"baggage"}, nil, "what is not there"},
	}
	for _, tt := range tests {
		_, err := q.sendWith(t, sent)
		noError(t, err)
		out, err := q.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{
			QueueUrl: &q.url, WaitTimeSeconds: 1, MessageAttributeNames: tt.ask,
		})
		noError(t, err)
		if len(out.Messages) != 1 {
			t.Fatalf("%s: received %d messages, want 1", tt.reason, len(out.Messages))
		}
		want := messageAttributes{}
		for _, name := range tt.want {
			want[name] = sent[name]
		}
		got := out.Messages[0]
		if diff := diffAttributes(want, got.MessageAttributes); diff != "" {
			t.Errorf("%s: attributes (-want +got):\n%s", tt.reason, diff)
		}
		if (got.MD5OfMessageAttributes == nil) != (len(want) == 0) {
			t.Errorf("%s: got digest %q of %d attributes", tt.reason, aws.ToString(got.MD5OfMessageAttributes), len(want))
		}
		if len(got.Attributes) > 0 {
			t.Errorf("%s: got system attributes %v without having asked", tt.reason, got.Attributes)
		}
		q.delete(t, got.ReceiptHandle)
	}
}

func attributesAreCopied(t *testing.T, q queues) {
	sent := func() messageAttributes {
		return messageAttributes{"s": text("s"), "b": {DataType: aws.String("Binary"), BinaryValue: []byte{1}}}
	}
	spoil := func(attrs messageAttributes) {
		*attrs["s"].StringValue = "changed"
		attrs["b"].BinaryValue[0] = 9
		delete(attrs, "s")
	}
	in := sent()
	_, err := q.sendWith(t, in)
	noError(t, err)
	spoil(in)
	first := q.receiveOne(t, q.url, 0)
	spoil(first.MessageAttributes)
	noError(t, q.hide(t, first.ReceiptHandle, 0))
	if diff := diffAttributes(sent(), q.receiveOne(t, q.url, time.Second).MessageAttributes); diff != "" {
		t.Error("attributes after the input and an output were changed (-want +got):\n" + diff)
	}
}

// digests has values that AWS returned.
func digests(t *testing.T, q queues) {
	number := func(dataType, s string) types.MessageAttributeValue {
		return types.MessageAttributeValue{DataType: &dataType, StringValue: &s}
	}
	tests := []struct {
		reason string
		attrs  messageAttributes
		want   string
	}{
		{"no attributes", nil, ""},
		{
			"one number",
			messageAttributes{"SOME_Valid.attribute-Name": number("Number", "1493147359900")},
			"36655e7e9d7c0e8479fa3f3f42247ae7",
		},
		{
			"the data type counts in full",
			messageAttributes{"timestamp": number("Number.java.lang.Long", "1493147359900")},
			"2e2e4876d8e0bd6b8c2c8f556831c349",
		},
		{"several, with a binary", messageAttributes{
			"id":          text("453ae55e-f03b-21a6-a4b1-70c2e2e8fe71"),
			"mybin":       {DataType: aws.String("Binary"), BinaryValue: []byte("kekchebukek")},
			"timestamp":   number("Number.java.lang.Long", "1603134247654"),
			"contentType": text("application/json"),
		}, "049075255ebc53fb95f7f9f3cedf3c50"},
	}
	for _, tt := range tests {
		out, err := q.sendWith(t, tt.attrs)
		noError(t, err)
		if got := aws.ToString(out.MD5OfMessageAttributes); got != tt.want {
			t.Errorf("%s: got digest %q of the attributes, want %q", tt.reason, got, tt.want)
		}
		if got, want := aws.ToString(out.MD5OfMessageBody), "58fd9edd83341c29f1aebba81c31e257"; got != want {
			t.Errorf("%s: got digest %q of the body, want %q", tt.reason, got, want)
		}
	}
}

func badBodies(t *testing.T, q queues) {
	tests := []struct{ reason, body, code string }{
		{"empty", "", "MissingParameter"},
		{"a control character", "a\x00b", "InvalidMessageContents"},
		{"a code point that is no character", "\uffff", "InvalidMessageContents"},
	}
	for _, tt := range tests {
		t.Logf("%s", tt.reason)
		_, err := q.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &q.url, MessageBody: &tt.body})
		wantCode(t, err, tt.code)
	}
	q.send(t, "tab\t, line\r\n, and \U0001F600 are fine")
}

func badAttributes(t *testing.T, q queues) {
	value := func(dataType, s string) messageAttributes {
		return messageAttributes{"a": {DataType: &dataType, StringValue: &s}}
	}
	eleven := messageAttributes{}
	for i := range 11 {
		eleven[fmt.Sprint("a", i)] = text("x")
	}
	tests := []struct {
		reason string
		attrs  messageAttributes
	}{
		{"more than ten", eleven},
		{"empty name", messageAttributes{"": text("x")}},
		{"name with a space", messageAttributes{"a b": text("x")}},
		{"name that starts with a period", messageAttributes{".a": text("x")}},
		{"name with two periods in a row", messageAttributes{"a..b": text("x")}},
		{"reserved name", messageAttributes{"Aws.a": text("x")}},
		{"long name", messageAttributes{strings.Repeat("a", 257): text("x")}},
		{"empty value", value("String", "")},
		{"unknown type", value("Text", "x")},
		{"no number", value("Number", "one")},
		{"text as binary", value("Binary", "x")},
		{"control character", value("String", "\x01")},
		{"no value", messageAttributes{"a": {DataType: aws.String("String")}}},
	}
	for _, tt := range tests {
		t.Logf("%s", tt.reason)
		_, err := q.sendWith(t, tt.attrs)
		wantCode(t, err, "InvalidParameterValue")
	}
	delete(eleven, "a0")
	_, err := q.sendWith(t, eleven)
	noError(t, err)
}

func messageTooLarge(t *testing.T, q queues) {
	const limit = 1 << 20
	attrs := messageAttributes{"name": text("value")}
	body := strings.Repeat("x", limit-len("name")-len("String")-len("value"))
	_, err := q.SendMessage(
		t.Context(),
		&sqs.SendMessageInput{QueueUrl: &q.url, MessageBody: &body, MessageAttributes: attrs},
	)
	noError(t, err)
	body += "x"
	_, err = q.SendMessage(
		t.Context(),
		&sqs.SendMessageInput{QueueUrl: &q.url, MessageBody: &body, MessageAttributes: attrs},
	)
	wantCode(t, err, "InvalidParameterValue")
}

// traceHeader sends ten attributes and a trace header, which is not one of them.
func traceHeader(t *testing.T, q queues) {
	const header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
	send := func(name, dataType, value string) error {
		attrs := map[string]types.MessageAttributeValue{}
		for i := range 10 {
			attrs[fmt.Sprintf("a%d", i)] = text("x")
		}
		out, err := q.SendMessage(t.Context(), &sqs.SendMessageInput{
			QueueUrl: &q.url, MessageBody: aws.String("x"), MessageAttributes: attrs,
			MessageSystemAttributes: map[string]types.MessageSystemAttributeValue{
				name: {DataType: &dataType, StringValue: &value},
			},
		})
		if err == nil && aws.ToString(out.MD5OfMessageSystemAttributes) != "5ae4d5d7636402d80f4eb6d213245a88" {
			t.Errorf("got digest %q of the system attributes", aws.ToString(out.MD5OfMessageSystemAttributes))
		}
		return err
	}
	noError(t, send("AWSTraceHeader", "String", header))
	//lint:ignore SA1019 the older name of the member, which many clients still send
	olderName := sqs.ReceiveMessageInput{QueueUrl: &q.url, AttributeNames: []types.QueueAttributeName{"AWSTraceHeader"}}
	out, err := q.ReceiveMessage(t.Context(), &olderName)
	noError(t, err)
	if len(out.Messages) != 1 {
		t.Fatalf("received %d messages, want 1", len(out.Messages))
	}
	if diff := cmp.Diff(map[string]string{"AWSTraceHeader": header}, out.Messages[0].Attributes); diff != "" {
		t.Errorf("system attributes (-want +got):\n%s", diff)
	}
	wantCode(t, send("Other", "String", header), "InvalidParameterValue")
	wantCode(t, send("AWSTraceHeader", "Binary", header), "InvalidParameterValue")
	wantCode(t, send("AWSTraceHeader", "String", "not a header"), "InvalidParameterValue")
}
