// The services that are tested: shop takes orders and asks prices for the price of each. Nothing here is about traces.
'use strict';
const express = require('express');
const http = require('node:http');

const [role, prices] = process.argv.slice(2);
const app = express();

function get(url) {
  return new Promise((resolve, reject) => {
    http.get(url, (response) => {
      let body = '';
      response.on('data', (part) => (body += part));
      response.on('end', () => resolve({ status: response.statusCode, body }));
    }).on('error', reject);
  });
}

if (role === 'prices') {
  app.get('/prices/:item', (request, response) => {
    if (request.params.item === 'nothing') return response.status(500).send('no price\n');
    response.json({ price: 12 });
  });
} else {
  app.post('/orders/:item', async (request, response) => {
    const price = await get(`${prices}/prices/${request.params.item}`);
    if (price.status !== 200) return response.status(502).send('no price\n');
    response.status(201).json({ item: request.params.item, ...JSON.parse(price.body) });
  });
}

const server = app.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));
