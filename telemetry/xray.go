package telemetry

import (
	"context"
	"maps"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"go.opentelemetry.io/otel/trace"
)

// XRayAttribute is the system attribute of an SQS message that carries the context of AWS X-Ray. A
// consumer receives it only if it requests it, in MessageSystemAttributeNames.
const XRayAttribute = types.MessageSystemAttributeNameAWSTraceHeader

// injectXRay returns a copy of a message's system attributes with a span's context added as X-Ray's
// header. SQS counts it neither as one of the ten attributes nor towards the size of a message, and
// so it always has room. A header that the caller has set is kept.
func injectXRay(sc trace.SpanContext, attrs map[string]types.MessageSystemAttributeValue,
) map[string]types.MessageSystemAttributeValue {
	if _, set := attrs[string(XRayAttribute)]; set || !sc.IsValid() {
		return attrs
	}
	injected := make(map[string]types.MessageSystemAttributeValue, len(attrs)+1)
	maps.Copy(injected, attrs)
	injected[string(XRayAttribute)] = types.MessageSystemAttributeValue{
		DataType: aws.String("String"), StringValue: aws.String(formatXRay(sc)),
	}
	return injected
}

// formatXRay returns X-Ray's header for a span, such as
// Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1.
func formatXRay(sc trace.SpanContext) string {
	id, sampled := sc.TraceID().String(), "0"
	if sc.IsSampled() {
		sampled = "1"
	}
	return "Root=1-" + id[:8] + "-" + id[8:] + ";Parent=" + sc.SpanID().String() + ";Sampled=" + sampled
}

// parseXRay reads X-Ray's header, whose fields may be in any order, next to others such as Lineage.
// The result is invalid if the header has no trace and span, or has a field twice or of another
// form. A header that leaves the sampling decision open, with Sampled=? or without the field, is
// read as not sampled.
func parseXRay(header string) trace.SpanContext {
	fields := map[string]string{}
	for field := range strings.SplitSeq(header, ";") {
		if field = strings.TrimSpace(field); field == "" {
			continue
		}
		key, value, found := strings.Cut(field, "=")
		if _, twice := fields[key]; !found || twice {
			return trace.SpanContext{}
		}
		fields[key] = value
	}
	root := strings.Split(fields["Root"], "-")
	if len(root) != 3 || root[0] != "1" || len(root[1]) != 8 {
		return trace.SpanContext{}
	}
	traceID, err := trace.TraceIDFromHex(root[1] + root[2])
	if err != nil {
		return trace.SpanContext{}
	}
	spanID, err := trace.SpanIDFromHex(fields["Parent"])
	if err != nil {
		return trace.SpanContext{}
	}
	var flags trace.TraceFlags
	switch fields["Sampled"] {
	case "1":
		flags = trace.FlagsSampled
	case "", "0", "?":
	default:
		return trace.SpanContext{}
	}
	return trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: traceID, SpanID: spanID, TraceFlags: flags, Remote: true,
	})
}

// ExtractReceived returns ctx with the context that a received message carries: that of its
// attributes, as [ExtractMessage] reads it. Only if they have no trace context, and s.XRay is set,
// it is X-Ray's: see [XRayAttribute].
func (s Service) ExtractReceived(ctx context.Context, m types.Message) context.Context {
	s = s.Defaults()
	ctx = ExtractMessage(ctx, s.Propagator, m.MessageAttributes)
	header := m.Attributes[string(XRayAttribute)]
	if !s.XRay || header == "" || carriedContext(s.Propagator, m.MessageAttributes).IsValid() {
		return ctx
	}
	if sc := parseXRay(header); sc.IsValid() {
		ctx = trace.ContextWithRemoteSpanContext(ctx, sc)
	}
	return ctx
}
