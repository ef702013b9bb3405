// What the page knows: sites, devices, their latest readings and the last minutes of power.

import { Ring } from './ring.js';

export const WINDOW_MS = 15 * 60_000;
/**
 * A reading older than this says nothing about the power that flows now. A plug as it comes speaks
 * every five minutes; one message of it may be missed.
 */
export const FRESH_MS = 11 * 60_000;
/** Colours of their own for that many devices; more would not be told apart. */
export const SLOTS = 8;
const SAMPLES = 2048;

export const byName = new Intl.Collator(undefined, { numeric: true }).compare;

export class Store {
  devices = new Map();
  sites = [];
  /** Settled once sites and devices were asked for: names, colours and zones are known, or never will be. */
  known = Promise.resolve();
  changed = new Set();
  #clockOffset = 0;
  #slotsUsed = 0;

  /** The server's time, so that a browser with a wrong clock shows right ages. */
  now() {
    return Date.now() + this.#clockOffset;
  }

  fromBrowserTime(ms) {
    return ms + this.#clockOffset;
  }

  setServerTime(iso) {
    const offset = Date.parse(iso) - Date.now();
    if (Number.isFinite(offset)) this.#clockOffset = Math.abs(offset) < 2000 ? 0 : offset;
  }

  /** The list of GET /sites. */
  applySites(list) {
    this.sites = [...list].sort((a, b) => byName(a.id, b.id));
  }

  /** The time zone of a site, or the one that all sites have; undefined for the browser's own. */
  zone(site) {
    const zones = new Set(this.sites.filter(({ id }) => !site || id === site).map(({ zone }) => zone));
    return zones.size === 1 ? [...zones][0] : undefined;
  }

  /** What people call a device. */
  name(id) {
    return this.devices.get(id)?.name || id;
  }

  /** The list of GET /devices. The largest consumers get the colours when there are too many. */
  applyDevices(list) {
    const unknown = list.filter((entry) => !this.devices.has(entry.id));
    const watts = (entry) => entry.latest?.quantities?.powerW ?? 0;
    unknown.sort((a, b) => (list.length > SLOTS && watts(b) - watts(a)) || byName(a.id, b.id));
    for (const entry of unknown) this.#device(entry.id);
    for (const { id, site, name, counted, latest } of list) {
      const device = this.#device(id);
      device.site = site ?? '';
      if (counted !== undefined) device.counted = counted;
      if (name !== undefined) this.rename(id, name);
      if (latest) this.#apply({ ...latest, device: id, site });
    }
  }

  rename(id, name) {
    const device = this.devices.get(id);
    if (!device || device.name === (name ?? '')) return;
    device.name = name ?? '';
    this.changed.add(device);
  }

  applyReadings(list) {
    for (const reading of list) this.#apply(reading);
  }

  isFresh(device, now = this.now()) {
    return device.latest !== null && Math.abs(now - device.latest.time) <= FRESH_MS;
  }

  /**
   * Sum of the latest power of the devices that report, but for those that another counts already;
   * watts is null when none does.
   */
  total(now = this.now()) {
    let watts = null;
    let reporting = 0;
    for (const device of this.devices.values()) {
      const value = device.latest?.quantities.powerW;
      if (!Number.isFinite(value) || !this.isFresh(device, now)) continue;
      if (device.counted) watts = (watts ?? 0) + value;
      reporting++;
    }
    return { watts, reporting };
  }

  #device(id) {
    let device = this.devices.get(id);
    if (!device) {
      const slot = this.#slotsUsed < SLOTS ? ++this.#slotsUsed : 0;
      device = { id, name: '', site: '', counted: true, slot, latest: null, power: new Ring(SAMPLES) };
      this.devices.set(id, device);
      this.changed.add(device);
    }
    return device;
  }

  #apply({ id, device: name, site, measuredAt, quantities }) {
    const time = Date.parse(measuredAt);
    if (!name || !id || !Number.isFinite(time) || !quantities) return;
    const device = this.#device(name);
    if (Number.isFinite(quantities.powerW)) device.power.insert(time, quantities.powerW);
    if (device.latest && device.latest.time > time) return;
    // Some sensors say power in one message and energy in another: the newest of each counts.
    device.latest = { id, time, quantities: { ...device.latest?.quantities, ...quantities } };
    if (site) device.site = site;
    this.changed.add(device);
  }
}

/**
 * Power at each time of the grid: the sample before it holds until the next, for at most FRESH_MS;
 * null where nothing is known.
 */
export function sampleAndHold(ring, grid) {
  const values = new Array(grid.length).fill(null);
  let i = ring.indexAt(grid[0]);
  for (let g = 0; g < grid.length; g++) {
    while (i + 1 < ring.size && ring.time(i + 1) <= grid[g]) i++;
    if (i >= 0 && grid[g] - ring.time(i) <= FRESH_MS) values[g] = ring.value(i);
  }
  return values;
}
