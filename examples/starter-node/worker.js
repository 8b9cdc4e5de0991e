// The worker: marks the task of each event as processed.
'use strict';
const { DynamoDBClient, UpdateItemCommand } = require('@aws-sdk/client-dynamodb');
const {
  SQSClient,
  DeleteMessageCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
} = require('@aws-sdk/client-sqs');

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

const main = async () => {
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: 'task-events' }));
  console.log('worker: waits for events');
  for (;;) {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5 }));
    for (const message of Messages) {
      try {
        await markProcessed(message);
        await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
      } catch (error) {
        console.error(`worker: ${error.message}; the queue delivers the message again`);
      }
    }
  }
};
main();
