// Usage: node record.js SCENARIO > FILE
//
// Runs the processes of a scenario, makes one request, and prints every span that their instrumentations record:
// a line of OTLP JSON per process. README.md lists the scenarios and what they need.
'use strict';
const { fork } = require('child_process');
const http = require('http');
const stubs = require('./stubs');

// Each role of a scenario, in the order in which it's started, and its service.
const scenarios = {
  aws: [['aws-worker', 'worker'], ['aws-service', 'task-service'], ['aws-gateway', 'api-gateway']],
  'mongodb-amqplib': [['amqp-worker', 'worker'], ['amqp-gateway', 'api-gateway']],
  'pg-kafkajs': [['kafka-worker', 'worker'], ['kafka-gateway', 'api-gateway']],
};

const next = (child, key) =>
  new Promise((found, failed) => {
    child.on('message', (message) => key in message && found(message[key]));
    child.on('exit', (code) => failed(new Error(`${child.spawnargs.slice(-2)} ended with exit code ${code}`)));
  });

const post = (port) =>
  new Promise((answered, failed) => {
    const headers = { 'content-type': 'application/json', 'user-agent': 'record' };
    const req = http.request({ port, host: '127.0.0.1', path: '/tasks', method: 'POST', headers }, (res) => {
      res.resume().on('end', () => (res.statusCode === 201 ? answered() : failed(new Error(`HTTP ${res.statusCode}`))));
    });
    req.on('error', failed).end('{"title":"Learn tracing"}');
  });

const makeTable = async (connectionString) => {
  const client = new (require('pg').Client)({ connectionString });
  await client.connect();
  await client.query('CREATE TABLE IF NOT EXISTS tasks (id text, status text)');
  await client.end();
};

const main = async (roles) => {
  if (!roles) throw new Error(`want one of: ${Object.keys(scenarios).join(', ')}`);
  const env = { KAFKA_EACH: 'eachMessage', ...process.env };
  env.AWS_PORT = await stubs.aws();
  env.MONGO_PORT = await stubs.mongo();
  if (env.POSTGRES_URL) await makeTable(env.POSTGRES_URL);
  const children = [];
  for (const [role, service] of roles) {
    const child = fork(require.resolve('./roles'), [role, service], { env });
    children.push(child);
    env.PORT = await next(child, 'ready');
  }
  const worker = children.find((child) => child.spawnargs.includes('worker'));
  const worked = next(worker, 'done');
  await post(env.PORT);
  worker.send('work');
  await worked;
  for (const child of children) {
    const spans = next(child, 'spans');
    child.send('flush');
    console.log(await spans);
  }
  process.exit(0);
};

main(scenarios[process.argv[2]]).catch((err) => {
  console.error(`record: ${err.message}`);
  process.exit(1);
});
