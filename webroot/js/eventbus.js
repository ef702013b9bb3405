// The receiving half of the Vert.x SockJS event bus bridge, kept connected.
//
// Protocol: vertx-web, SockJSBridge: {"type":"register","address"} and {"type":"ping"} go out,
// {"type":"rec","address","body"} comes in. Nothing else is ever sent: browsers only receive.

const PING_MS = 5_000;
/** SockJS servers send a heartbeat every 25 s; silence beyond it means that the wire is dead. */
const SILENCE_MS = 30_000;
const OPEN_TIMEOUT_MS = 15_000;
/** Only a connection that held this long proves that the server is well again. */
const STABLE_MS = 5_000;
const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 20_000;
// The other transports need frames, which the content security policy does not allow.
const TRANSPORTS = ['websocket', 'xhr-streaming', 'xhr-polling'];

/** Exponential, capped, and jittered so that browsers do not return to a restarted server at once. */
export function backoff(attempt, random = Math.random) {
  const ceiling = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(attempt, 10));
  return ceiling * (0.5 + random() / 2);
}

export class EventBus {
  #open;
  #handlers;
  #onState;
  #socket = null;
  #attempt = 0;
  #lastHeard = 0;
  #openedAt = 0;
  #retryTimer = 0;
  #beatTimer = 0;
  #lostSince = null;

  /**
   * @param handlers address → function of the message's body
   * @param onState called with {state: 'connecting' | 'connected' | 'lost', since, retryAt}
   */
  constructor(address, handlers, onState, open = (to) => new globalThis.SockJS(to, null, { transports: TRANSPORTS })) {
    this.#open = () => open(address);
    this.#handlers = handlers;
    this.#onState = onState;
  }

  start() {
    this.#onState({ state: 'connecting' });
    this.#connect();
    addEventListener('online', () => this.retryNow());
    addEventListener('offline', () => this.#drop());
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') this.retryNow();
    });
  }

  /** Connects without waiting for the delay to pass; does nothing while connected or connecting. */
  retryNow() {
    if (this.#socket === null) this.#connect();
  }

  #connect() {
    clearTimeout(this.#retryTimer);
    const socket = this.#open();
    this.#socket = socket;
    this.#lastHeard = Date.now();
    this.#openedAt = 0;
    const mine = (action) => (event) => {
      if (this.#socket === socket) action(event);
    };
    socket.onopen = mine(() => this.#opened());
    socket.onmessage = mine((event) => this.#received(event.data));
    socket.onheartbeat = mine(() => (this.#lastHeard = Date.now()));
    socket.onclose = mine(() => this.#drop());
    this.#beatTimer = setInterval(() => this.#beat(), PING_MS);
  }

  #opened() {
    this.#openedAt = this.#lastHeard = Date.now();
    for (const address of Object.keys(this.#handlers)) this.#send({ type: 'register', address });
    this.#send({ type: 'ping' });
    const since = this.#lostSince;
    this.#lostSince = null;
    this.#onState({ state: 'connected', since });
  }

  #received(data) {
    this.#lastHeard = Date.now();
    let message;
    try {
      message = JSON.parse(data);
    } catch {
      return;
    }
    if (message.type === 'rec') this.#handlers[message.address]?.(message.body);
    else if (message.type === 'err') console.error('event bus:', message.body ?? message);
  }

  #beat() {
    const limit = this.#openedAt ? SILENCE_MS : OPEN_TIMEOUT_MS;
    if (Date.now() - this.#lastHeard > limit) this.#drop();
    else if (this.#openedAt) this.#send({ type: 'ping' });
  }

  #drop() {
    const socket = this.#socket;
    if (socket === null) return;
    this.#socket = null;
    clearInterval(this.#beatTimer);
    if (this.#openedAt && Date.now() - this.#openedAt >= STABLE_MS) this.#attempt = 0;
    this.#lostSince ??= Date.now();
    const delay = backoff(this.#attempt++);
    this.#retryTimer = setTimeout(() => this.retryNow(), delay);
    this.#onState({ state: 'lost', since: this.#lostSince, retryAt: Date.now() + delay });
    socket.close();
  }

  #send(message) {
    this.#socket?.send(JSON.stringify(message));
  }
}
