// The processes of the recorded systems. Each role runs in a process of its own, with the SDK and the
// instrumentations, and none of them starts spans unless a comment gives the reason.
'use strict';
const flush = require('./tracing').start(process.argv[3]);
const { SpanKind, context, propagation, trace } = require('@opentelemetry/api');

const env = process.env;
const aws = {
  endpoint: `http://127.0.0.1:${env.AWS_PORT}`,
  region: 'eu-central-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
};
const queue = `http://127.0.0.1:${env.AWS_PORT}/123456789012/task-events`;

// serve starts the app on a free port and tells the recorder.
const serve = (app) => {
  const server = app.listen(0, '127.0.0.1', () => process.send({ ready: server.address().port }));
};
const app = () => {
  const made = require('express')();
  made.use(require('express').json());
  return made;
};
const contract = () => {
  const loader = require('@grpc/proto-loader');
  const path = require('path').join(__dirname, '../../../taskservice/taskpb');
  const definition = loader.loadSync('tasks.proto', { includeDirs: [path] });
  return require('@grpc/grpc-js').loadPackageDefinition(definition).tasks.TaskService;
};
const done = () => process.send({ done: true });

const roles = {
  // The course's request: express, gRPC, DynamoDB and SQS.
  'aws-gateway': () => {
    const grpc = require('@grpc/grpc-js');
    const client = new (contract())(`127.0.0.1:${env.PORT}`, grpc.credentials.createInsecure());
    const made = app();
    made.post('/tasks', (req, res, next) =>
      client.CreateTask(req.body, (err, answer) => (err ? next(err) : res.status(201).json(answer))),
    );
    serve(made);
  },
  'aws-service': () => {
    const grpc = require('@grpc/grpc-js');
    const { DynamoDBClient, PutItemCommand } = require('@aws-sdk/client-dynamodb');
    const { SQSClient, SendMessageCommand } = require('@aws-sdk/client-sqs');
    const db = new DynamoDBClient(aws);
    const sqs = new SQSClient(aws);
    const server = new grpc.Server();
    server.addService(contract().service, {
      CreateTask: async (call, answer) => {
        await db.send(new PutItemCommand({ TableName: 'tasks', Item: { id: { S: '1' } } }));
        await sqs.send(new SendMessageCommand({ QueueUrl: queue, MessageBody: '{"id":"1"}' }));
        answer(null, { task: { id: '1', title: call.request.title } });
      },
    });
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (err, port) =>
      process.send({ ready: port }),
    );
  },
  // The instrumentation links the receive to the messages; processing gets no span of its own, so the
  // program starts one as the messaging conventions want it.
  'aws-worker': async () => {
    const { DynamoDBClient, UpdateItemCommand } = require('@aws-sdk/client-dynamodb');
    const { SQSClient, ReceiveMessageCommand, DeleteMessageCommand } = require('@aws-sdk/client-sqs');
    const db = new DynamoDBClient(aws);
    const sqs = new SQSClient(aws);
    process.send({ ready: 0 });
    process.on('message', async (message) => {
      if (message !== 'work') return;
      const got = await sqs.send(new ReceiveMessageCommand({ QueueUrl: queue, MessageAttributeNames: ['All'] }));
      for (const m of got.Messages) {
        const carrier = Object.fromEntries(
          Object.entries(m.MessageAttributes).map(([key, value]) => [key, value.StringValue]),
        );
        const sent = trace.getSpanContext(propagation.extract(context.active(), carrier));
        const attributes = {
          'messaging.system': 'aws_sqs',
          'messaging.operation.type': 'process',
          'messaging.destination.name': 'task-events',
          'messaging.message.id': m.MessageId,
        };
        await trace
          .getTracer('worker')
          .startActiveSpan(
            'process task-events',
            { kind: SpanKind.CONSUMER, attributes, links: [{ context: sent }] },
            async (span) => {
              await db.send(
                new UpdateItemCommand({
                  TableName: 'tasks',
                  Key: { id: { S: '1' } },
                  UpdateExpression: 'SET s = :s',
                  ExpressionAttributeValues: { ':s': { S: 'processed' } },
                }),
              );
              await sqs.send(new DeleteMessageCommand({ QueueUrl: queue, ReceiptHandle: m.ReceiptHandle }));
              span.end();
            },
          );
      }
      done();
    });
  },

  // The same request with MongoDB and RabbitMQ, without a service between.
  'amqp-gateway': async () => {
    const client = await new (require('mongodb').MongoClient)(`mongodb://127.0.0.1:${env.MONGO_PORT}`).connect();
    const channel = await (await require('amqplib').connect(env.AMQP_URL)).createChannel();
    await channel.assertQueue('task-events');
    const made = app();
    made.post('/tasks', async (req, res) => {
      await client.db('tasks').collection('tasks').insertOne({ _id: 1 });
      channel.sendToQueue('task-events', Buffer.from('{"id":"1"}'));
      res.status(201).json({ id: '1' });
    });
    serve(made);
  },
  'amqp-worker': async () => {
    const client = await new (require('mongodb').MongoClient)(`mongodb://127.0.0.1:${env.MONGO_PORT}`).connect();
    const channel = await (await require('amqplib').connect(env.AMQP_URL)).createChannel();
    await channel.assertQueue('task-events');
    await channel.consume('task-events', async (message) => {
      await client.db('tasks').collection('tasks').updateOne({ _id: 1 }, { $set: { s: 'processed' } });
      channel.ack(message);
      setImmediate(done);
    });
    process.send({ ready: 0 });
  },

  // The same request with PostgreSQL and Kafka.
  'kafka-gateway': async () => {
    const pool = new (require('pg').Pool)({ connectionString: env.POSTGRES_URL });
    const { Kafka, logLevel, Partitioners } = require('kafkajs');
    const producer = new Kafka({ brokers: [env.KAFKA_BROKER], logLevel: logLevel.ERROR }).producer({
      createPartitioner: Partitioners.DefaultPartitioner,
    });
    await producer.connect();
    const made = app();
    made.post('/tasks', async (req, res) => {
      await pool.query('INSERT INTO tasks (id, status) VALUES ($1, $2)', ['1', 'pending']);
      await producer.send({ topic: 'task-events', messages: [{ key: '1', value: '{"id":"1"}' }] });
      res.status(201).json({ id: '1' });
    });
    serve(made);
  },
  'kafka-worker': async () => {
    const pool = new (require('pg').Pool)({ connectionString: env.POSTGRES_URL });
    const { Kafka, logLevel } = require('kafkajs');
    const consumer = new Kafka({ brokers: [env.KAFKA_BROKER], logLevel: logLevel.ERROR }).consumer({
      groupId: 'worker',
    });
    await consumer.connect();
    await consumer.subscribe({ topic: 'task-events', fromBeginning: true });
    consumer.on(consumer.events.GROUP_JOIN, () => process.send({ ready: 0 }));
    await consumer.run({
      [env.KAFKA_EACH]: async () => {
        await pool.query('UPDATE tasks SET status = $2 WHERE id = $1', ['1', 'processed']);
        setImmediate(done);
      },
    });
  },
};

process.on('message', async (message) => {
  if (message !== 'flush') return;
  process.send({ spans: await flush() }, () => process.exit(0));
});
process.on('disconnect', () => process.exit(0));
process.on('unhandledRejection', (reason) => {
  console.error(process.argv[2], reason);
  process.exit(1);
});
roles[process.argv[2]]();
