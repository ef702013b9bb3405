// Wires the page: what comes from REST and the event bus goes into the store; what changed is drawn
// at most once per animation frame.

import { ApiError, get, readingsSince } from './api.js';
import { Cards } from './cards.js';
import { Chart } from './chart.js';
import { showConnection } from './connection.js';
import { DevicePage } from './device-page.js';
import { DevicesPage } from './devices-page.js';
import { element } from './dom.js';
import { EventBus, backoff } from './eventbus.js';
import { Evidence } from './evidence.js';
import { EvidenceLists } from './evidence-lists.js';
import { ForecastPage } from './forecast-page.js';
import { Navigation } from './navigation.js';
import { Overview } from './overview.js';
import { downloadReceipts } from './receipt.js';
import { ReportPage } from './report-page.js';
import { FRESH_MS, Store, WINDOW_MS } from './store.js';
import { Today } from './today.js';

/** Readings measured before the loss may have been stored during it. */
const CATCH_UP_MARGIN_MS = 2 * 60_000;
const TICK_MS = 1_000;
const LOAD_ANYWAY_MS = 1_500;

const store = new Store();
const overview = new Overview(store);
const cards = new Cards(store);
const chart = new Chart(store);
const today = new Today();
const evidence = new Evidence(store);
const device = new DevicePage(store);
const devices = new DevicesPage(store, device);
const reports = new ReportPage(store);
const forecast = new ForecastPage(store);
const live = {
  shown: false,
  show() {
    this.shown = true;
    today.refresh();
    return 'Live';
  },
  hide() {
    this.shown = false;
  },
};

let frame = 0;
function redraw() {
  frame ||= requestAnimationFrame(() => {
    frame = 0;
    evidence.draw();
    devices.draw();
    if (!live.shown) return;
    overview.draw();
    chart.draw();
    cards.draw();
  });
}

let syncs = 0;
let retryTimer = 0;
/** Readings stored since then may be missing here; null when none are. Server time, 0 for all. */
let behindSince = 0;

/** Brings the page up to date by REST and repeats until it succeeds or a newer call takes over. */
async function sync(attempt = 0) {
  const mine = ++syncs;
  clearTimeout(retryTimer);
  try {
    // Status first: it carries the server's time, which all ages are counted from.
    const [status, { devices: list }, { sites }] = await Promise.all([get('status'), get('devices'), get('sites')]);
    store.setServerTime(status.now);
    evidence.applyStatus(status);
    store.applySites(sites);
    store.applyDevices(list);
    reports.refresh();
    forecast.refresh();
    redraw();
    // The sample before the window's start holds into it.
    const from = Math.max(behindSince, store.now() - WINDOW_MS - FRESH_MS);
    const [readings] = await Promise.all([readingsSince(from), evidence.load()]);
    store.applyReadings(readings);
    if (mine !== syncs) return;
    behindSince = null;
    element('main').dataset.phase = 'ready';
    element('notice').hidden = true;
  } catch (error) {
    if (mine !== syncs) return;
    if (!(error instanceof ApiError)) console.error(error);
    element('notice').textContent = `Readings could not be loaded: ${error.message}. Trying again.`;
    element('notice').hidden = false;
    if (element('main').dataset.phase === 'loading') element('main').dataset.phase = 'failed';
    retryTimer = setTimeout(() => sync(attempt + 1), backoff(attempt + 2));
  }
  redraw();
}

// Before the event bus is there: each page needs the names, the live page its cards.
store.known = Promise.all([get('devices'), get('sites')])
  .then(([{ devices: list }, { sites }]) => {
    store.applySites(sites);
    store.applyDevices(list);
    redraw();
  })
  .catch(() => {}); // sync says so, and tries again

// Where the event bus is slow or blocked, the page still shows what REST has.
const loadAnyway = setTimeout(sync, LOAD_ANYWAY_MS);

const bus = new EventBus(
  new URL('eventbus', document.baseURI).href,
  {
    'live.readings': ({ readings }) => {
      store.applyReadings(readings);
      device.noticeNewer();
      redraw();
    },
    'live.checkpoints': (event) => {
      evidence.applyCheckpointEvent(event);
      redraw();
    },
    'live.audit': (run) => {
      evidence.applyAudit(run);
      redraw();
    },
    'live.status': (status) => {
      store.setServerTime(status.now);
      evidence.applyStatus(status);
      redraw();
    },
  },
  (connection) => {
    showConnection(connection);
    if (connection.state === 'connected') {
      clearTimeout(loadAnyway);
      behindSince ??= store.fromBrowserTime(connection.since) - CATCH_UP_MARGIN_MS;
      // Registered first, then loaded: nothing falls between the two.
      sync();
    }
    redraw();
  },
);

element('retry').addEventListener('click', () => bus.retryNow());
downloadReceipts(document.body);
setInterval(() => {
  if (live.shown && !document.hidden) today.refresh();
  redraw();
}, TICK_MS);
new Navigation({ live, reports, forecast, devices, evidence: new EvidenceLists(store, evidence) }).start();
bus.start();
