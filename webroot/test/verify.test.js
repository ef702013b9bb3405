import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { canonical } from '../verify/canonical.js';
import { startOfDay } from '../verify/day.js';
import { carriedBy } from '../verify/record.js';
import { readKeys, verify } from '../verify/verifier.js';

// The same files that ReceiptVerifierTest holds the verifier in Java against.
const read = (name) => new Uint8Array(readFileSync(new URL(`vectors/${name}`, import.meta.url)));
const text = (name) => new TextDecoder().decode(read(name));
const good = ['reading.tlog-proof', 'act.tlog-proof', 'unanchored.tlog-proof', 'day.boe-bundle.json',
  'report.boe-bundle.json', 'week.boe-bundle.json', 'part.boe-bundle.json',
  'early.boe-bundle.json', 'early-day.boe-bundle.json'];
const keys = await readKeys(text('log.pub'), [text('witness.pub')]);
const withoutWitness = await readKeys(text('log.pub'));

test('good files hold and say what was not checked', async () => {
  for (const name of good) {
    const result = await verify(read(name), keys);
    assert.equal(result.fault, null, name);
    assert.equal(result.verdict, name.startsWith('part') ? 'unshown' : 'valid', name);
    assert.ok(result.headline && result.notChecked.length > 0, name);
  }
  const day = await verify(read('day.boe-bundle.json'), keys);
  assert.ok(day.steps.includes('So plug7 took 8.73 kWh on 2026-10-25.'));
  assert.ok(day.steps.some((step) => step.startsWith('It is cosigned by the witness witness.example, at 2026-')));
});

test('false files with a right checksum fail with what is wrong', async () => {
  for (const [name, says] of Object.entries(JSON.parse(text('faults.json')))) {
    const result = await verify(read(name), withoutWitness);
    assert.equal(result.verdict, 'invalid', name);
    assert.ok(result.fault.includes(says), `${name}: ${result.fault}`);
  }
});

test('a report says what its energy is, that its cost is not checked, and what is estimated', async () => {
  const report = await verify(read('report.boe-bundle.json'), keys);
  assert.equal(report.headline, 'the site home took 15.980000001 kWh in the day 2026-10-25. The cost is not checked');
  assert.ok(report.steps.includes('So the site home took 15.980000001 kWh in the day, as stated.'));
  assert.ok(report.steps.some((step) => step.startsWith('Then it fell to 2.25 kWh, at 2026-10-25T10:10')));
  assert.ok(report.notChecked.some((limit) => limit.startsWith('THE COST, 70.91 MKD: ')));
  const part = await verify(read('part.boe-bundle.json'), keys);
  assert.equal(part.headline,
    'Of 16.480000001 kWh, 15.980000001 kWh are shown by logged readings and 0.5 kWh are not');
  assert.ok(part.notChecked.includes(
    'The 0.5 kWh of lamp: some of it is estimated from its power, which no counter shows.'));
});

test('of a meter that was silent before the period some energy may be of that time', async () => {
  assert.equal((await verify(read('early.boe-bundle.json'), keys)).headline,
    'the site home took 15.980000001 kWh in the day 2026-10-25, of which some may be of the time since ' +
    '2026-10-24T21:50:00.000Z. The cost is not checked');
  assert.equal((await verify(read('early-day.boe-bundle.json'), keys)).headline,
    'plug7 took 8.73 kWh on 2026-10-25, of which some may be of the time since 2026-10-24T21:59:50.000Z');
});

// A report is larger than the others: of it one bit of each byte is changed.
for (const [name, kinds] of [['reading.tlog-proof', 7], ['day.boe-bundle.json', 7], ['report.boe-bundle.json', 1]]) {
  test(`${name} altered in any single byte fails with what is wrong`, async () => {
    const file = read(name);
    for (let i = 0; i < file.length; i++) {
      for (const altered of [...alterations(file, i)].slice(0, kinds)) {
        const result = await verify(altered, withoutWitness);
        assert.equal(result.verdict, 'invalid', `byte ${i}`);
        assert.ok(result.fault.length > 15, `byte ${i}: ${result.fault}`);
      }
    }
  });
}

/** A bit, the top bit, the case of a letter, one byte less, one more, and cut off here. */
function* alterations(file, i) {
  for (const bit of [0x01, 0x80, 0x20]) {
    const flipped = file.slice();
    flipped[i] ^= bit;
    yield flipped;
  }
  const join = (...between) => Uint8Array.from([...file.subarray(0, i), ...between]);
  yield join(...file.subarray(i + 1));
  yield join(file[i], ...file.subarray(i));
  yield join(0x20, ...file.subarray(i));
  yield file.slice(0, i);
}

test('a witness that did not cosign, or whose key is another, is missed', async () => {
  const [name, , key] = text('witness.pub').split('+');
  await assert.rejects(readKeys(text('log.pub'), [`${name}+00000000+${key}`]), /does not fit/);
  await assert.rejects(readKeys(text('witness.pub')), /not an Ed25519 key of a log/);
  await assert.rejects(readKeys('nonsense'), /name\+hash\+key/);
  const result = await verify(read('false-signer.tlog-proof'), keys);
  assert.equal(result.verdict, 'invalid');
});

test('canonical JSON sorts by UTF-16 code units and writes numbers as ECMAScript', () => {
  const value = { '\uFB33': 1e21, '\u{1F600}': -0, a: [true, 1.50, '\u00e9\n'] };
  assert.equal(canonical(value, 'x'), '{"a":[true,1.5,"\u00e9\\n"],"\u{1F600}":0,"\uFB33":1e+21}');
  assert.throws(() => canonical(['\uD800'], 'x'), /lone surrogate/);
});

test('days begin where the clocks of their zone say so', () => {
  for (const [zone, date, begin] of [
    ['UTC', '2026-11-23', '2026-11-23T00:00:00.000Z'],
    ['Europe/Skopje', '2025-10-26', '2025-10-25T22:00:00.000Z'],
    ['Asia/Kathmandu', '2026-11-23', '2026-11-22T18:15:00.000Z'],
    ['America/Sao_Paulo', '2018-11-04', '2018-11-04T03:00:00.000Z'], // clocks went from 0 to 1
    ['America/Havana', '2023-11-05', '2023-11-05T04:00:00.000Z'], // the first of two midnights
    ['Australia/Lord_Howe', '2024-04-08', '2024-04-07T13:30:00.000Z'],
    ['Pacific/Apia', '2011-12-30', '2011-12-30T10:00:00.000Z'], // a day that was left out
  ]) {
    assert.equal(new Date(startOfDay(date, zone)).toISOString(), begin, `${zone} ${date}`);
  }
});

test('names of zones are known in their own case only', () => {
  for (const zone of ['America/Port-au-Prince', 'Africa/Dar_es_Salaam', 'Antarctica/DumontDUrville', 'Etc/GMT+5', 'Japan']) {
    startOfDay('2026-11-23', zone);
  }
  for (const zone of ['EST', 'utc', 'europe/Skopje', 'Europe/SKOPJE', 'Antarctica/Dumontdurville', '+01:00', 'Europe/']) {
    assert.throws(() => startOfDay('2026-11-23', zone), /zone is not known/, zone);
  }
});

test('a name is blank when Java says so', async () => {
  const reading = JSON.parse(text('day.boe-bundle.json')).inputs[0].reading;
  for (const device of ['\u00a0', '\ufeff', '\u2007']) await carriedBy({ reading: { ...reading, device } }, 'x');
  for (const device of ['\u001c', '\u3000', ' \n']) {
    await assert.rejects(carriedBy({ reading: { ...reading, device } }, 'x'), /device is not valid/);
  }
});

test('every line of a witness must be its signature, and name a time', async () => {
  const receipt = text('reading.tlog-proof');
  const line = receipt.trimEnd().split('\n').at(-1);
  const bytes = Buffer.from(line.split(' ')[2], 'base64');
  const check = (more) => verify(new TextEncoder().encode(`${receipt}${more}\n`), keys);
  const stamped = (seconds) => {
    const changed = Buffer.from(bytes);
    changed.writeBigUInt64BE(seconds, 4);
    return line.replace(/\S+$/, changed.toString('base64'));
  };
  assert.match((await check(stamped(1n))).fault, /does not verify/);
  for (const seconds of [0n, 253402300800n, 2n ** 63n]) {
    assert.match((await check(stamped(seconds))).fault, /has no time/);
  }
});
