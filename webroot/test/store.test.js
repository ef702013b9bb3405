import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Ring } from '../js/ring.js';
import { FRESH_MS, SLOTS, Store, sampleAndHold } from '../js/store.js';

let next = 0;
const reading = (device, time, powerW) => ({
  id: `bridge.00000000.${++next}`,
  device,
  site: 'home',
  measuredAt: new Date(time).toISOString(),
  quantities: powerW === undefined ? {} : { powerW },
});

test('the total is the sum of the latest readings that are fresh', () => {
  const store = new Store();
  const now = Date.now();
  store.applyReadings([
    reading('boiler', now - 1000, 1200),
    reading('boiler', now - 5000, 7),
    reading('plug7', now - FRESH_MS + 1000, 169),
    reading('silent', now - FRESH_MS - 1000, 5000),
    reading('thermometer', now),
  ]);
  assert.deepEqual(store.total(now), { watts: 1369, reporting: 2 });
});

test('a sub-meter reports but is not summed once more', () => {
  const store = new Store();
  store.applyDevices([
    { id: 'house', latest: reading('house', Date.now(), 1000) },
    { id: 'oven', counted: false, latest: reading('oven', Date.now(), 700) },
  ]);
  assert.deepEqual(store.total(), { watts: 1000, reporting: 2 });
});

test('people give devices names, and may take them back', () => {
  const store = new Store();
  store.applyDevices([{ id: 'plug7', name: 'Boiler' }]);
  assert.equal(store.name('plug7'), 'Boiler');
  store.rename('plug7', null);
  assert.equal(store.name('plug7'), 'plug7');
  assert.equal(store.name('unknown'), 'unknown');
});

test('sites share a time zone or none is theirs all', () => {
  const store = new Store();
  assert.equal(store.zone(), undefined);
  store.applySites([{ id: 'home', zone: 'Europe/Skopje' }]);
  assert.equal(store.zone(), 'Europe/Skopje');
  store.applySites([
    { id: 'home', zone: 'Europe/Skopje' },
    { id: 'cabin', zone: 'Asia/Kathmandu' },
  ]);
  assert.equal(store.zone(), undefined);
  assert.equal(store.zone('cabin'), 'Asia/Kathmandu');
});

test('power stays when the next message carries energy only', () => {
  const store = new Store();
  const now = Date.now();
  store.applyReadings([reading('meter', now - 2000, 169)]);
  store.applyReadings([{ ...reading('meter', now - 1000), quantities: { energyImportKwh: 12.5 } }]);
  assert.deepEqual(store.devices.get('meter').latest.quantities, { powerW: 169, energyImportKwh: 12.5 });
  assert.deepEqual(store.total(now), { watts: 169, reporting: 1 });
});

test('no fresh reading is not zero watts', () => {
  const store = new Store();
  store.applyReadings([reading('plug7', 0, 169)]);
  assert.deepEqual(store.total(), { watts: null, reporting: 0 });
});

test('a repeated or malformed reading changes nothing', () => {
  const store = new Store();
  const once = reading('plug7', Date.now(), 169);
  store.applyReadings([once, once, {}, { ...once, measuredAt: 'yesterday' }, { ...once, quantities: null }]);
  assert.equal(store.devices.size, 1);
  assert.equal(store.devices.get('plug7').power.size, 1);
});

test('when there are too many devices the largest get the colours', () => {
  const store = new Store();
  const list = Array.from({ length: SLOTS + 2 }, (_, i) => ({
    id: `meter-${i}`,
    site: 'campus',
    latest: reading(`meter-${i}`, Date.now(), i * 100),
  }));
  store.applyDevices(list);
  assert.equal(store.devices.get('meter-0').slot, 0);
  assert.equal(store.devices.get('meter-1').slot, 0);
  assert.equal(store.devices.get(`meter-${SLOTS + 1}`).slot, 1);
});

test('a wrong clock in the browser does not age the readings', () => {
  const store = new Store();
  const server = Date.now() + 3_600_000;
  store.setServerTime(new Date(server).toISOString());
  assert.ok(Math.abs(store.now() - server) < 100);
  store.setServerTime('nonsense');
  assert.ok(Math.abs(store.now() - server) < 100);
});

test('a sample holds until the next, but not longer than it is fresh', () => {
  const ring = new Ring(8);
  ring.insert(1000, 5);
  ring.insert(3000, 7);
  const grid = [0, 1000, 2999, 3000, 3000 + FRESH_MS, 3001 + FRESH_MS];
  assert.deepEqual(sampleAndHold(ring, grid), [null, 5, 5, 7, 7, null]);
});
