// Sets up the SDK of a service: node --require ./instrumented/tracing.js gateway.js
// WITHOUT=http,grpc leaves out instrumentations, to see which items of the checklist need them.
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

const without = (process.env.WITHOUT || '').split(',');
const all = {
  http: () => new HttpInstrumentation(),
  express: () => new ExpressInstrumentation(),
  grpc: () => new GrpcInstrumentation(),
  aws: () => new AwsInstrumentation({ suppressInternalInstrumentation: true }),
};
const names = Object.keys(all).filter((name) => !without.includes(name));
const sdk = new NodeSDK({ textMapPropagator: new Propagator(), instrumentations: names.map((name) => all[name]()) });
sdk.start();
process.once('SIGTERM', () => sdk.shutdown().finally(() => process.exit(0)));
