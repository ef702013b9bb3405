// Checks receipts and bundles of Block of Energy, docs/formats.md, with nothing but the log's key. Written apart from
// the verifier in Java; both are held against the vectors in webroot/test/vectors.

import { Fault, canonical, fail, hex, member, onlyMembers, base64, parseCanonical, sha256, utf8, utf8Text } from './canonical.js';
import { sinceOf } from './counter.js';
import { verifyDay } from './day.js';
import { verifyReport } from './report.js';
import { FIRST_LINE, isIncluded, parseLogKey, parseProof, parseWitnessKey, verifyCheckpoint } from './log.js';
import { carriedBy } from './record.js';

const OPENING_BRACE = 0x7b;
const MAX_INPUTS = 10_000;

/** The keys, name+hash+key each, to check files by; throws a Fault when one is not of that form. */
export async function readKeys(logKey, witnessKeys = []) {
  return { log: await parseLogKey(logKey), witnesses: await Promise.all(witnessKeys.map(parseWitnessKey)) };
}

const BRIDGE_NOT_CHECKED = 'Whether the bridge sent it so: its signature is not in the file; the audit checks that.';

/**
 * Checks a file's bytes: `{verdict, headline, steps, notChecked, fault}`. The verdict is `valid`, `invalid`, or
 * `unshown` when its inputs are logged but not all that it states could be computed from them.
 */
export async function verify(file, keys) {
  const result = { verdict: 'invalid', headline: '', steps: [], notChecked: [], fault: null };
  try {
    if (file.length === 0) fail('the file is empty');
    const outcome = await (file[0] === OPENING_BRACE ? verifyBundle : verifyReceipt)(file, keys, result);
    Object.assign(result, outcome);
  } catch (error) {
    // Other errors are the browser's: it lacks a cipher, say. These come from what the file has in it.
    if (![Fault, RangeError, TypeError, SyntaxError].some((kind) => error instanceof kind)) throw error;
    result.fault = error instanceof Fault ? error.message : `the file has something in it that cannot be: ${error.message}`;
  }
  return result;
}

async function verifyReceipt(file, keys, { steps, notChecked }) {
  const text = utf8Text(file, 'the receipt');
  if (!text.startsWith(`${FIRST_LINE}\n`)) {
    fail(`this is neither a receipt, whose first line is ${FIRST_LINE}, nor a bundle, which begins with {`);
  }
  const proof = parseProof(text);
  const extra = parseCanonical(utf8Text(proof.extra, "the receipt's extra line"), "the receipt's extra line");
  onlyMembers(extra, ['anchor', 'fileSha256', 'reading', 'act'], "the receipt's extra line");
  const entry = await carriedBy(extra, 'the receipt');
  steps.push(`The receipt carries ${entry.words}, in canonical form.`);
  steps.push(`Its SHA-256 is ${hex(entry.hash)}.`);
  const head = await verifyHead(proof.checkpoint, keys, steps);
  await checkIncluded(entry, proof.index, proof.path, head);
  steps.push(`The ${entry.kind}'s hash is entry ${proof.index} of that log.`);
  checkAnchor(extra, head, "the receipt's extra line", notChecked);
  const rest = text.slice(text.indexOf('\n', FIRST_LINE.length + 1) + 1);
  await checkFile(extra, rest);
  if (entry.kind === 'reading') {
    notChecked.push(BRIDGE_NOT_CHECKED);
    notChecked.push('Whether the sensor measured rightly, and whether it is the sensor that you mean: a receipt shows ' +
      'that nothing was changed since it was logged.');
  }
  const subject = entry.kind === 'reading' ? 'Reading' : 'Act';
  return { verdict: 'valid', headline: `${subject} ${entry.id} is in the log, unchanged since it was logged` };
}

async function verifyBundle(file, keys, { steps, notChecked }) {
  const bundle = parseCanonical(utf8Text(file, 'the bundle'), 'the bundle');
  if (member(bundle, 'schema', 'string', 'the bundle') !== 'boe.bundle.v1') {
    fail("the bundle's schema is not boe.bundle.v1");
  }
  onlyMembers(bundle, ['anchor', 'checkpoint', 'fileSha256', 'inputs', 'schema', 'statement'], 'the bundle');
  const inputs = await parseInputs(bundle);
  const head = await verifyHead(member(bundle, 'checkpoint', 'string', 'the bundle'), keys, steps);
  const readings = new Map();
  for (const { entry, index, path } of inputs) {
    await checkIncluded(entry, index, path, head);
    if (entry.kind === 'reading') readings.set(entry.id, entry.value);
    steps.push(`Entry ${index} of that log is ${entry.words}.`);
  }
  const outcome = await checkStatement(member(bundle, 'statement', 'object', 'the bundle'), inputs, readings, steps, notChecked);
  checkAnchor(bundle, head, 'the bundle', notChecked);
  await checkFile(bundle, '');
  return outcome;
}

async function parseInputs(bundle) {
  const objects = member(bundle, 'inputs', 'array', 'the bundle');
  if (objects.length === 0 || objects.length > MAX_INPUTS) fail('the bundle has none or more than 10,000 inputs');
  const inputs = [];
  let before = -1;
  for (const object of objects) {
    const what = `input ${inputs.length}`;
    if (typeof object !== 'object' || Array.isArray(object)) fail('the bundle has something else than objects in inputs');
    onlyMembers(object, ['index', 'path', 'reading', 'act'], what);
    const index = member(object, 'index', 'integer', what);
    const path = member(object, 'path', 'array', what).map((hash) => {
      const bytes = typeof hash === 'string' ? base64(hash) : null;
      return bytes?.length === 32 ? bytes : fail(`${what} has a hash that is not 32 bytes in base64`);
    });
    if (path.length > 63) fail(`${what} has more than 63 hashes`);
    if (index <= before) fail("the bundle's inputs are not by rising index");
    before = index;
    inputs.push({ entry: await carriedBy(object, what), index: BigInt(index), path });
  }
  return inputs;
}

async function verifyHead(note, keys, steps) {
  const head = await verifyCheckpoint(note, keys.log, keys.witnesses);
  steps.push(`The checkpoint of ${head.size} entries is signed by ${keys.log.name}.`);
  for (const { name, at } of head.cosigned) {
    steps.push(`It is cosigned by the witness ${name}, at ${at.toISOString()}.`);
  }
  return head;
}

async function checkIncluded(entry, index, path, head) {
  if (!(await isIncluded(entry.hash, index, path, head))) {
    fail(`${entry.kind} ${entry.id} is not at index ${index} of the log that the checkpoint commits to`);
  }
}

async function checkStatement(statement, inputs, readings, steps, notChecked) {
  const schema = member(statement, 'schema', 'string', 'the statement');
  const isReport = schema === 'boe.report.v1';
  if (!isReport && schema !== 'boe.day.v1') fail(`the statement is of a kind that is not known: ${schema}`);
  const noun = isReport ? 'report' : 'day';
  if (readings.size !== inputs.length) fail(`the ${noun} is stated from something else than readings`);
  let outcome;
  if (isReport) {
    outcome = await verifyReport(statement, readings, steps, notChecked);
  } else {
    steps.push(...verifyDay(statement, readings));
    const headline = `${statement.device} took ${statement.energyImportKwh} kWh on ${statement.date}` +
      sinceOf(Date.parse(statement.from), readings.values());
    outcome = { verdict: 'valid', headline };
  }
  notChecked.push(`Whether readings were left out: a later one that ${isReport ? 'period' : 'day'}, or an earlier one ` +
    'before it, would change the figure, and the bundle cannot show that there is none. An audit of the whole log can.');
  notChecked.push(BRIDGE_NOT_CHECKED);
  notChecked.push('Whether the meter measured rightly, and whether it is the meter you mean.');
  return outcome;
}

/** The chain is not asked here: without a network this is what can be said of the anchor. */
function checkAnchor(holder, head, what, notChecked) {
  if (!Object.hasOwn(holder, 'anchor')) {
    notChecked.push("Whether the log's state is on the chain: the receipt names no anchor. A receipt asked for some " +
      'seconds later does.');
    return;
  }
  const anchor = member(holder, 'anchor', 'object', what);
  const its = "the receipt's anchor";
  onlyMembers(anchor, ['chainId', 'contract', 'transaction', 'block', 'index', 'treeSize'], its);
  if (!/^0x[0-9a-f]{40}$/.test(member(anchor, 'contract', 'string', its))) fail(`${its} does not name a contract's address`);
  if (Object.hasOwn(anchor, 'transaction') || Object.hasOwn(anchor, 'block')) {
    if (!/^0x[0-9a-f]{64}$/.test(member(anchor, 'transaction', 'string', its))) {
      fail(`${its} does not name a transaction's hash`);
    }
    member(anchor, 'block', 'integer', its);
  }
  for (const name of ['chainId', 'index', 'treeSize']) member(anchor, name, 'integer', its);
  if (BigInt(anchor.treeSize) !== head.size) {
    fail(`the anchor is of ${anchor.treeSize} entries, the checkpoint of ${head.size}`);
  }
  notChecked.push(`Whether the log's state is on the chain: the receipt says so, on chain ${anchor.chainId} in contract ` +
    `${anchor.contract}. This page asks nobody; the command-line verifier does, with --rpc.`);
}

/** What no signature covers (the anchor, a witness's line, a report's figures) must be as it was written. */
async function checkFile(members, rest) {
  const { fileSha256, ...others } = members;
  if (typeof fileSha256 !== 'string') fail('the file lacks "fileSha256"');
  if (hex(await sha256(utf8(canonical(others, 'the file')), utf8(rest))) !== fileSha256) {
    fail('the file was changed since it was written: its SHA-256 is not the one in fileSha256');
  }
}
