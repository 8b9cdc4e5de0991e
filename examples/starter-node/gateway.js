// The API gateway: POST /tasks becomes a call of the task service.
'use strict';
const express = require('express');
const grpc = require('@grpc/grpc-js');
const { TaskService } = require('./contract');

const { PORT = '8080', TASK_SERVICE = '127.0.0.1:50051' } = process.env;
const tasks = new TaskService(TASK_SERVICE, grpc.credentials.createInsecure());

const app = express();
app.use(express.json());
app.post('/tasks', (request, response, next) => {
  tasks.CreateTask({ title: request.body.title }, (err, answer) =>
    err ? next(err) : response.status(201).json(answer.task),
  );
});
app.listen(PORT, '127.0.0.1', () => console.log(`gateway: http://127.0.0.1:${PORT}/tasks`));
