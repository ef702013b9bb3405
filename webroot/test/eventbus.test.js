import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';

import { EventBus, backoff } from '../js/eventbus.js';

globalThis.addEventListener = () => {};
globalThis.document = { addEventListener() {} };

let sockets;
let states;
let received;
let bus;

class Socket {
  sent = [];
  closed = false;

  constructor() {
    sockets.push(this);
  }

  send(text) {
    this.sent.push(JSON.parse(text));
  }

  close() {
    this.closed = true;
  }
}

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'], now: 1_000_000 });
  sockets = [];
  states = [];
  received = [];
  const handlers = { 'live.readings': (body) => received.push(body) };
  bus = new EventBus('eventbus', handlers, (state) => states.push(state), () => new Socket());
  bus.start();
});

test('registers when open and hands over the bodies of known addresses', () => {
  sockets[0].onopen();
  assert.deepEqual(sockets[0].sent, [{ type: 'register', address: 'live.readings' }, { type: 'ping' }]);
  const send = (text) => sockets[0].onmessage({ data: text });
  send(JSON.stringify({ type: 'rec', address: 'live.readings', body: { readings: [] } }));
  send(JSON.stringify({ type: 'rec', address: 'other', body: {} }));
  send('not json');
  assert.deepEqual(received, [{ readings: [] }]);
});

test('reconnects by itself and says since when the connection was lost', () => {
  sockets[0].onopen();
  mock.timers.tick(10_000);
  sockets[0].onclose();
  assert.equal(states.at(-1).state, 'lost');
  mock.timers.tick(500);
  sockets[1].onclose();
  assert.equal(states.at(-1).since, 1_010_000);
  mock.timers.tick(1_000);
  sockets[2].onopen();
  assert.deepEqual(states.at(-1), { state: 'connected', since: 1_010_000 });
});

test('silence beyond the heartbeat is a lost connection', () => {
  sockets[0].onopen();
  mock.timers.tick(30_000);
  assert.equal(states.at(-1).state, 'connected');
  mock.timers.tick(5_000);
  assert.equal(states.at(-1).state, 'lost');
  assert.ok(sockets[0].closed);
});

test('a closed connection is not heard any more', () => {
  sockets[0].onopen();
  sockets[0].onclose();
  mock.timers.tick(500);
  sockets[1].onopen();
  sockets[0].onclose();
  assert.equal(states.at(-1).state, 'connected');
  assert.equal(sockets.length, 2);
});

test('a server that accepts and closes at once is not asked faster and faster', () => {
  for (let i = 0; i < 8; i++) {
    sockets.at(-1).onopen();
    sockets.at(-1).onclose();
    mock.timers.tick(20_000);
  }
  const { retryAt } = (sockets.at(-1).onclose(), states.at(-1));
  assert.ok(retryAt - Date.now() >= 10_000);
});

test('the delay is capped and jittered', () => {
  assert.equal(backoff(0, () => 0), 250);
  assert.equal(backoff(0, () => 1), 500);
  assert.equal(backoff(100, () => 1), 20_000);
});
