// The transparency log's formats: c2sp.org/signed-note, tlog-checkpoint, tlog-cosignature, tlog-proof, and the
// inclusion proofs of RFC 9162.

import { base64, concat, fail, hex, sameBytes, sha256, utf8 } from './canonical.js';

export const FIRST_LINE = 'c2sp.org/tlog-proof@v1';

const LOG_KEY = 1;
const WITNESS_KEY = 4;
const MAX_HASHES = 63;
// The end of the year 9999.
const LAST_SECOND = 253_402_300_799n;

/** A verifier key, name+hash+key: of a log, or of a witness. */
async function parseKey(text, type, kind) {
  const parts = text.trim().split('+');
  const [name, hash] = parts;
  const typed = parts.length < 3 ? fail('a verifier key has the form name+hash+key') : base64(parts.slice(2).join('+'));
  if (!name || /\s/.test(name)) fail(`not a key name: "${name}"`);
  if (!typed) fail('the verifier key is not base64');
  if (typed.length !== 33 || typed[0] !== type) fail(`the verifier key is not an Ed25519 key of a ${kind}`);
  const id = (await sha256(utf8(`${name}\n`), typed)).slice(0, 4);
  if (hex(id) !== hash) fail("the verifier key's hash does not fit its name and key");
  return { name, id, raw: typed.slice(1) };
}

export const parseLogKey = (text) => parseKey(text, LOG_KEY, 'log');
export const parseWitnessKey = (text) => parseKey(text, WITNESS_KEY, 'witness');

async function signedBy(key, signature, message) {
  if (signature.length !== 64) return false;
  const imported = await crypto.subtle.importKey('raw', key.raw, { name: 'Ed25519' }, false, ['verify']);
  return crypto.subtle.verify({ name: 'Ed25519' }, imported, signature, message);
}

/** The checkpoint of a note that the log signed, and which witnesses cosigned when; others are passed over. */
export async function verifyCheckpoint(note, key, witnesses) {
  const split = note.lastIndexOf('\n\n');
  if (split < 0 || split + 2 === note.length || !note.endsWith('\n')) fail('the checkpoint is not a signed note');
  const text = note.slice(0, split + 1);
  const signatures = note.slice(split + 2, -1).split('\n').map(signature);
  const of = (signer) => signatures.filter((each) => each.name === signer.name && sameBytes(each.id, signer.id));
  const own = of(key);
  if (own.length === 0) fail(`the checkpoint is not signed by ${key.name}`);
  for (const each of own) {
    if (!(await signedBy(key, each.bytes, utf8(text)))) fail("the log's signature of the checkpoint does not verify");
  }
  const head = parseCheckpoint(text);
  if (head.origin !== key.name) fail(`the checkpoint is of another log, ${head.origin}`);
  const cosigned = [];
  for (const witness of witnesses) cosigned.push(await cosignature(of(witness), witness, text));
  return { ...head, cosigned };
}

function signature(line) {
  const parts = line.split(' ');
  if (parts.length !== 3 || parts[0] !== '—' || !parts[1]) {
    fail('a signature line of the checkpoint is not of its form');
  }
  const bytes = base64(parts[2]);
  if (!bytes) fail('a signature of the checkpoint is not canonical base64');
  if (bytes.length < 5) fail('a signature of the checkpoint is too short');
  return { name: parts[1], id: bytes.slice(0, 4), bytes: bytes.slice(4) };
}

/** When the witness signed: all lines that bear its name and hash must verify, the first counts. */
async function cosignature(lines, witness, text) {
  if (lines.length === 0) fail(`the checkpoint is not cosigned by ${witness.name}`);
  const times = [];
  for (const line of lines) times.push(await timeOf(line, witness, text));
  return { name: witness.name, at: times[0] };
}

async function timeOf(line, witness, text) {
  if (line.bytes.length !== 72) fail(`the cosignature of ${witness.name} is not of its form`);
  const seconds = new DataView(line.bytes.buffer).getBigUint64(0);
  if (seconds === 0n || seconds > LAST_SECOND) fail(`the cosignature of ${witness.name} has no time`);
  const message = utf8(`cosignature/v1\ntime ${seconds}\n${text}`);
  if (!(await signedBy(witness, line.bytes.slice(8), message))) {
    fail(`the cosignature of ${witness.name} does not verify`);
  }
  return new Date(Number(seconds) * 1000);
}

function parseCheckpoint(text) {
  const lines = text.split('\n');
  if (lines.length !== 4 || !lines[0] || lines[3]) fail('the checkpoint does not have three lines');
  if (!/^(0|[1-9][0-9]{0,17})$/.test(lines[1])) fail("the checkpoint's size is not a number");
  return { origin: lines[0], size: BigInt(lines[1]), root: hash(lines[2]) };
}

function hash(text) {
  const bytes = base64(text);
  if (bytes?.length !== 32) fail('a hash is not 32 bytes in canonical base64');
  return bytes;
}

/** The parts of a c2sp.org/tlog-proof text; nothing is verified. */
export function parseProof(text) {
  const split = text.indexOf('\n\n');
  if (split < 0) fail('the proof has no checkpoint');
  const lines = text.slice(0, split).split('\n').slice(1);
  if (!lines[0]?.startsWith('extra ')) fail('the receipt has no extra line, so it carries no reading');
  const extra = base64(lines[0].slice('extra '.length));
  if (!extra) fail('the extra line is not canonical base64');
  if (!/^index (0|[1-9][0-9]{0,17})$/.test(lines[1] ?? '')) fail('the index line is missing or not of its form');
  const path = lines.slice(2);
  if (path.length > MAX_HASHES) fail(`the proof has more than ${MAX_HASHES} hashes`);
  return {
    extra,
    index: BigInt(lines[1].slice('index '.length)),
    path: path.map(hash),
    checkpoint: text.slice(split + 2),
  };
}

/** Whether the path leads from the entry at the index to the head's root, RFC 9162 section 2.1.3.2. */
export async function isIncluded(entry, index, path, head) {
  if (index < 0n || index >= head.size) return false;
  let node = index;
  let last = head.size - 1n;
  let found = await sha256(Uint8Array.of(0), entry);
  for (const sibling of path) {
    if (last === 0n) return false;
    if ((node & 1n) === 1n || node === last) {
      found = await sha256(Uint8Array.of(1), sibling, found);
      while ((node & 1n) === 0n && node !== 0n) {
        node >>= 1n;
        last >>= 1n;
      }
    } else {
      found = await sha256(Uint8Array.of(1), found, sibling);
    }
    node >>= 1n;
    last >>= 1n;
  }
  return last === 0n && sameBytes(found, head.root);
}
