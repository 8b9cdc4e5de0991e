// Sets up OpenTelemetry as its documentation proposes: node --require ./tracing.js service.js. The standard variables
// configure it, such as OTEL_SERVICE_NAME and OTEL_EXPORTER_OTLP_ENDPOINT.
'use strict';
const { ExpressInstrumentation } = require('@opentelemetry/instrumentation-express');
const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http');
const { NodeSDK } = require('@opentelemetry/sdk-node');

const sdk = new NodeSDK({ instrumentations: [new HttpInstrumentation(), new ExpressInstrumentation()] });
sdk.start();
process.on('SIGTERM', () => sdk.shutdown().finally(() => process.exit()));
