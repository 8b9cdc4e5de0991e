// The worker: marks the task of each event as processed.
'use strict';
const { SpanKind, SpanStatusCode, context, propagation, trace } = require('@opentelemetry/api');
const { DynamoDBClient, UpdateItemCommand } = require('@aws-sdk/client-dynamodb');
const {
  SQSClient,
  DeleteMessageCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
} = require('@aws-sdk/client-sqs');
const { without } = require('./tracing');

const db = new DynamoDBClient();
const sqs = new SQSClient();

const markProcessed = async (message) => {
  await db.send(
    new UpdateItemCommand({
      TableName: 'tasks',
      Key: { id: { S: JSON.parse(message.Body).id } },
      UpdateExpression: 'SET #status = :processed',
      ExpressionAttributeNames: { '#status': 'status' },
      ExpressionAttributeValues: { ':processed': { S: 'processed' } },
    }),
  );
};

// traced handles a message within a CONSUMER span, which the instrumentation doesn't start. The span
// links to the send, whose context is in the message's attributes.
const traced = (message, handle) => {
  if (without('process')) return handle(message);
  const carrier = {};
  for (const [key, { StringValue }] of Object.entries(message.MessageAttributes || {})) carrier[key] = StringValue;
  const sent = trace.getSpanContext(propagation.extract(context.active(), carrier));
  const attributes = {
    'messaging.system': 'aws_sqs',
    'messaging.operation.type': 'process',
    'messaging.destination.name': 'task-events',
    'messaging.message.id': message.MessageId,
  };
  const links = sent && !without('link') ? [{ context: sent }] : [];
  const kind = without('kind') ? SpanKind.INTERNAL : SpanKind.CONSUMER;
  return trace.getTracer('worker').startActiveSpan('process task-events', { kind, attributes, links }, async (span) => {
    try {
      await handle(message);
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
      throw error;
    } finally {
      span.end();
    }
  });
};

const main = async () => {
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: 'task-events' }));
  console.log('worker: waits for events');
  for (;;) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl,
        WaitTimeSeconds: 5,
        MessageAttributeNames: without('attributes') ? [] : ['All'],
      }),
    );
    for (const message of Messages) {
      try {
        await traced(message, markProcessed);
        await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
      } catch (error) {
        console.error(`worker: ${error.message}; the queue delivers the message again`);
      }
    }
  }
};
main();
