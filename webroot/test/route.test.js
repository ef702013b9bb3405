import assert from 'node:assert/strict';
import { test } from 'node:test';

import { href, parse } from '../js/route.js';

test('no hash leads to the live page', () => {
  for (const hash of ['', '#', '#/']) assert.equal(parse(hash).page, 'live');
});

test('an address and what it leads to are the same thing', () => {
  const hash = '#/reports/monthly/2026-11?site=home&device=boiler';
  const route = { page: 'reports', path: ['monthly', '2026-11'], query: { site: 'home', device: 'boiler' } };
  assert.deepEqual(parse(hash), route);
  assert.equal(href(route.page, route.path, route.query), hash);
});

test('names with any characters come through', () => {
  const name = 'kitchen/oven? #1 & 50 % ü';
  assert.deepEqual(parse(href('devices', [name], { site: name })), {
    page: 'devices',
    path: [name],
    query: { site: name },
  });
});

test('empty filters are left out', () => {
  assert.equal(href('forecast', [], { hours: 24, site: '', device: null }), '#/forecast?hours=24');
});

test('what is no address of this page leads nowhere', () => {
  for (const hash of ['#main', '#/nonsense', '#/devices/%E0%A4%A', '#/..']) assert.equal(parse(hash), null, hash);
});
