package codec

// Format is a format that spans are read from.
type Format string

// The formats. Each is recognised by its content.
const (
	OTLPJSON    Format = "otlp-json"
	OTLPProto   Format = "otlp-proto"
	StdoutTrace Format = "stdouttrace"
	Jaeger      Format = "jaeger"
	Zipkin      Format = "zipkin"
)
