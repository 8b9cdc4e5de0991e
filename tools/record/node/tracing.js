// Sets up the OpenTelemetry SDK of one process as its documentation proposes, with every instrumentation of
// package.json. Required before anything that is instrumented.
'use strict';
const { context, propagation, trace } = require('@opentelemetry/api');
const { AsyncLocalStorageContextManager } = require('@opentelemetry/context-async-hooks');
const { W3CTraceContextPropagator } = require('@opentelemetry/core');
const { registerInstrumentations } = require('@opentelemetry/instrumentation');
const { JsonTraceSerializer } = require('@opentelemetry/otlp-transformer');
const { resourceFromAttributes, defaultResource } = require('@opentelemetry/resources');
const { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } = require('@opentelemetry/sdk-trace');

// start returns a function that returns the process's ended spans as a line of OTLP JSON.
exports.start = (service) => {
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({
    resource: defaultResource().merge(resourceFromAttributes({ 'service.name': service })),
    spanProcessors: [new SimpleSpanProcessor({ exporter })],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(provider);
  registerInstrumentations({
    tracerProvider: provider,
    instrumentations: [
      new (require('@opentelemetry/instrumentation-http').HttpInstrumentation)(),
      new (require('@opentelemetry/instrumentation-express').ExpressInstrumentation)(),
      new (require('@opentelemetry/instrumentation-grpc').GrpcInstrumentation)(),
      new (require('@opentelemetry/instrumentation-aws-sdk').AwsInstrumentation)(),
      new (require('@opentelemetry/instrumentation-mongodb').MongoDBInstrumentation)(),
      new (require('@opentelemetry/instrumentation-amqplib').AmqplibInstrumentation)(),
      new (require('@opentelemetry/instrumentation-kafkajs').KafkaJsInstrumentation)(),
      new (require('@opentelemetry/instrumentation-pg').PgInstrumentation)(),
    ],
  });
  return async () => {
    await provider.forceFlush();
    return Buffer.from(JsonTraceSerializer.serializeRequest(exporter.getFinishedSpans())).toString();
  };
};
