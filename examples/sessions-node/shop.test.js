// Both services run once, for all tests. Each test sends its requests with the traceparent of its own session, so that
// tests can run at one time, and no service has to know about them.
'use strict';
const assert = require('node:assert');
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const { after, before, describe, it } = require('node:test');
const { openSession } = require('./sessions');

const services = [];

// start starts a service with tracing, and returns its URL.
async function start(name, ...args) {
  const service = spawn(process.execPath, ['--require', './tracing.js', 'service.js', name, ...args], {
    cwd: __dirname,
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318',
      ...process.env,
      OTEL_SERVICE_NAME: name,
      OTEL_TRACES_EXPORTER: 'otlp',
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_LOGS_EXPORTER: 'none',
      OTEL_BSP_SCHEDULE_DELAY: '100', // milliseconds, instead of 5 s
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  services.push(service);
  const [line] = await once(service.stdout, 'data');
  return String(line).trim();
}

describe('orders', { concurrency: true }, () => {
  let shop;
  before(async () => {
    shop = await start('shop', await start('prices'));
  });
  after(() => {
    for (const service of services) service.kill('SIGTERM');
  });

  it('ask for the price', async (t) => {
    const session = await openSession(t);
    const { traceparent } = session;
    const response = await fetch(`${shop}/orders/book`, { method: 'POST', headers: { traceparent } });
    assert.strictEqual(response.status, 201);
    await session.expect(`
      shop: POST /orders/:item (root)
        prices: GET /prices/:item
    `);
  });

  it('fail without a price', async (t) => {
    const session = await openSession(t);
    const { traceparent } = session;
    const response = await fetch(`${shop}/orders/nothing`, { method: 'POST', headers: { traceparent } });
    assert.strictEqual(response.status, 502);
    await session.expect(`
      shop: POST /orders/:item (root) !error=502
        prices: GET /prices/:item !error=500
    `);
  });
});
