// The task service: stores a task in DynamoDB, and sends an event to the queue.
'use strict';
const { randomUUID } = require('node:crypto');
const grpc = require('@grpc/grpc-js');
const { DynamoDBClient, PutItemCommand } = require('@aws-sdk/client-dynamodb');
const { SQSClient, GetQueueUrlCommand, SendMessageCommand } = require('@aws-sdk/client-sqs');
const { TaskService } = require('./contract');

const { TASK_SERVICE = '127.0.0.1:50051' } = process.env;
const db = new DynamoDBClient();
const sqs = new SQSClient();

const createTask = async (title, queue) => {
  const task = { id: randomUUID(), title };
  await db.send(new PutItemCommand({ TableName: 'tasks', Item: { id: { S: task.id }, title: { S: title } } }));
  await sqs.send(new SendMessageCommand({ QueueUrl: queue, MessageBody: JSON.stringify({ id: task.id }) }));
  return task;
};

const main = async () => {
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: 'task-events' }));
  const server = new grpc.Server();
  server.addService(TaskService.service, {
    CreateTask: (call, answer) => {
      createTask(call.request.title, QueueUrl).then((task) => answer(null, { task }), answer);
    },
  });
  server.bindAsync(TASK_SERVICE, grpc.ServerCredentials.createInsecure(), (err) => {
    if (err) throw err;
    console.log(`task-service: ${TASK_SERVICE}`);
  });
};
main();
