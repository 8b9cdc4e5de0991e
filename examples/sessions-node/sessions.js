// A client of tracelab's test sessions: docs/sessions.md.
'use strict';

const tracelab = process.env.TRACELAB ?? 'http://127.0.0.1:8080';

async function call(method, path, body) {
  const response = await fetch(tracelab + path, { method, body });
  return { status: response.status, text: await response.text() };
}

// openSession opens a session that ends with the test.
async function openSession(t) {
  const { status, text } = await call('POST', '/test/sessions');
  if (status !== 201) throw new Error(text);
  const session = JSON.parse(text);
  t.after(() => call('DELETE', session.url));

  return {
    ...session,
    // expect fails the test unless the spans of the session form the tree, and stay so for a moment.
    async expect(tree, query = 'within=10s&quiet=300ms') {
      const { status, text } = await call('POST', `${session.url}/expect?${query}`, tree);
      if (status !== 200) throw new Error(text);
      return text;
    },
  };
}

module.exports = { openSession };
