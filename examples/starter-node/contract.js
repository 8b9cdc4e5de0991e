// The gRPC contract of the task service.
'use strict';
const path = require('node:path');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const definition = loader.loadSync(path.join(__dirname, 'tasks.proto'));
exports.TaskService = grpc.loadPackageDefinition(definition).tasks.TaskService;
