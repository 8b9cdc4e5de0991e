// Sends one trace with an exporter of the OpenTelemetry SDK for Node.js, and fails if the exporter does.
//
//	node send.mjs http|proto|grpc ENDPOINT
import { SpanKind, SpanStatusCode, context, trace } from "@opentelemetry/api";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BasicTracerProvider, BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";

const [protocol, endpoint] = process.argv.slice(2);
const { OTLPTraceExporter } = await import(`@opentelemetry/exporter-trace-otlp-${protocol}`);
const exporter = new OTLPTraceExporter({ url: protocol === "grpc" ? endpoint : `${endpoint}/v1/traces` });

// The processor only logs failures.
let failure;
const send = exporter.export.bind(exporter);
exporter.export = (spans, done) => send(spans, (result) => { failure ??= result.error; done(result); });

const provider = new BasicTracerProvider({
  resource: resourceFromAttributes({ "service.name": `node-${protocol}` }),
  spanProcessors: [new BatchSpanProcessor(exporter)],
});
const tracer = provider.getTracer("send");

const root = tracer.startSpan("checkout", { kind: SpanKind.SERVER });
const below = trace.setSpan(context.active(), root);
for (let i = 0; i < 3; i++) {
  tracer.startSpan(`step ${i}`, { attributes: { index: i, list: ["a", "b"], note: "password=hunter2" } }, below).end();
}
const failed = tracer.startSpan("charge", { links: [{ context: root.spanContext() }] }, below);
failed.addEvent("declined", { attempt: 1 });
failed.setStatus({ code: SpanStatusCode.ERROR, message: "no money" });
failed.end();
root.end();
await provider.shutdown();
if (failure) {
  console.error(failure);
  process.exit(1);
}
