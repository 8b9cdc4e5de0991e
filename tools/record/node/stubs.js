// Stubs of the servers that can't be installed from a package: just enough of their wire protocols for one request
// of the programs to record. They run in the recorder's process, which isn't instrumented.
'use strict';
const crypto = require('crypto');
const http = require('http');
const net = require('net');

const listen = (server) =>
  new Promise((done) => server.listen(0, '127.0.0.1', () => done(server.address().port)));

// aws answers DynamoDB's writes with nothing, and keeps one SQS queue. A message that was received is gone.
exports.aws = () => {
  const queue = [];
  const md5 = (text) => crypto.createHash('md5').update(text).digest('hex');
  const answers = {
    PutItem: () => ({}),
    UpdateItem: () => ({}),
    SendMessage: (body) => {
      const id = crypto.randomUUID();
      queue.push({
        MessageId: id,
        ReceiptHandle: id,
        Body: body.MessageBody,
        MD5OfBody: md5(body.MessageBody),
        MessageAttributes: body.MessageAttributes,
      });
      return { MessageId: id, MD5OfMessageBody: md5(body.MessageBody) };
    },
    ReceiveMessage: () => (queue.length ? { Messages: queue.splice(0, 10) } : {}),
    DeleteMessage: () => ({}),
  };
  return listen(
    http.createServer((req, res) => {
      let text = '';
      req.on('data', (part) => (text += part));
      req.on('end', () => {
        const operation = req.headers['x-amz-target'].split('.').pop();
        const body = JSON.stringify(answers[operation](JSON.parse(text)));
        res.setHeader('content-type', 'application/x-amz-json-1.0');
        res.setHeader('x-amzn-requestid', crypto.randomUUID());
        if (req.headers['x-amz-target'].startsWith('DynamoDB')) {
          res.setHeader('x-amz-crc32', String(require('zlib').crc32?.(body) ?? ''));
        }
        res.end(body);
      });
    }),
  );
};

// mongo answers every OP_MSG with success, and a handshake with what a stand-alone server says.
exports.mongo = () => {
  const bson = require('bson');
  const hello = {
    ok: 1,
    helloOk: true,
    isWritablePrimary: true,
    maxBsonObjectSize: 16777216,
    maxMessageSizeBytes: 48000000,
    maxWriteBatchSize: 100000,
    minWireVersion: 0,
    maxWireVersion: 21,
  };
  const answer = (socket, message) => {
    const id = message.readInt32LE(4);
    const query = message.readInt32LE(12) === 2004; // OP_QUERY: the first handshake
    const document = Buffer.from(bson.serialize(query ? hello : { ...hello, n: 1, nModified: 1 }));
    const head = Buffer.alloc(query ? 36 : 21);
    head.writeInt32LE(head.length + document.length, 0);
    head.writeInt32LE(id, 8);
    head.writeInt32LE(query ? 1 : 2013, 12);
    if (query) head.writeInt32LE(1, 32);
    socket.write(Buffer.concat([head, document]));
  };
  return listen(
    net.createServer((socket) => {
      let rest = Buffer.alloc(0);
      socket.on('error', () => {});
      socket.on('data', (part) => {
        rest = Buffer.concat([rest, part]);
        while (rest.length >= 16 && rest.length >= rest.readInt32LE(0)) {
          const length = rest.readInt32LE(0);
          answer(socket, rest.subarray(0, length));
          rest = rest.subarray(length);
        }
      });
    }),
  );
};
