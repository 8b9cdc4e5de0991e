// Sets up the SDK of a service: node --require ./instrumented/tracing.js gateway.js
// WITHOUT=grpc,link leaves out pieces, to see which items of the checklist need them: instrumentations, and what
// worker.js does itself (attributes, process, kind, link).
'use strict';
const { W3CTraceContextPropagator } = require('@opentelemetry/core');
const { NodeSDK } = require('@opentelemetry/sdk-node');
const { AwsInstrumentation } = require('@opentelemetry/instrumentation-aws-sdk');
const { ExpressInstrumentation } = require('@opentelemetry/instrumentation-express');
const { GrpcInstrumentation } = require('@opentelemetry/instrumentation-grpc');
const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http');

// The gRPC instrumentation makes an empty tracestate of none, and SQS refuses a message with an empty
// attribute. So empty fields are left out.
class Propagator extends W3CTraceContextPropagator {
  inject(context, carrier, setter) {
    super.inject(context, carrier, { set: (to, key, value) => value && setter.set(to, key, value) });
  }
}

const own = ['attributes', 'process', 'kind', 'link'];
const instrumentations = {
  http: () => new HttpInstrumentation(),
  express: () => new ExpressInstrumentation(),
  grpc: () => new GrpcInstrumentation(),
  aws: () => new AwsInstrumentation({ suppressInternalInstrumentation: true }),
};
const pieces = [...Object.keys(instrumentations), ...own];
const leftOut = (process.env.WITHOUT || '').split(',').filter(Boolean);
for (const piece of leftOut) {
  if (!pieces.includes(piece)) throw new Error(`WITHOUT: unknown piece "${piece}": want some of ${pieces}`);
}
exports.without = (piece) => leftOut.includes(piece);

const sdk = new NodeSDK({
  textMapPropagator: new Propagator(),
  instrumentations: Object.entries(instrumentations).flatMap(([name, make]) => (exports.without(name) ? [] : make())),
});
sdk.start();
process.once('SIGTERM', () => sdk.shutdown().finally(() => process.exit(0)));
