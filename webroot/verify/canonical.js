// Bytes, and JSON that must be in the canonical form of RFC 8785.

const MAX_DEPTH = 16;

/** What is wrong with a file, in words for its reader. */
export class Fault extends Error {}

export function fail(message) {
  throw new Fault(message);
}

export const utf8 = (text) => new TextEncoder().encode(text);

/** The text of strict UTF-8. */
export function utf8Text(bytes, what) {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return fail(`${what} is not UTF-8 text`);
  }
}

export function concat(...parts) {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

export const sha256 = async (...parts) =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', concat(...parts)));

export const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

export const sameBytes = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]);

/** The bytes of base64 with padding, written in the one canonical way; else null. */
export function base64(text) {
  try {
    const binary = atob(text);
    return btoa(binary) === text ? Uint8Array.from(binary, (c) => c.charCodeAt(0)) : null;
  } catch {
    return null;
  }
}

/** The canonical text of a value; strings and numbers are written as ECMAScript does. */
export function canonical(value, what, depth = 0) {
  if (depth > MAX_DEPTH) fail(`${what} is nested too deeply`);
  if (value === null) fail(`${what} has null in it`);
  if (typeof value === 'number' && !Number.isFinite(value)) fail(`${what} has a number that is too large`);
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item, what, depth + 1)).join()}]`;
  if (typeof value === 'object') {
    const members = Object.keys(value).sort();
    return `{${members.map((name) => `${string(name, what)}:${canonical(value[name], what, depth + 1)}`).join()}}`;
  }
  return typeof value === 'string' ? string(value, what) : JSON.stringify(value);
}

function string(text, what) {
  // Lone surrogates have no UTF-8.
  if (/[\uD800-\uDFFF]/u.test(text)) fail(`${what} has a lone surrogate in a text`);
  return JSON.stringify(text);
}

/** The object that the text is the canonical form of. */
export function parseCanonical(text, what) {
  let value;
  try {
    value = JSON.parse(text);
  } catch (error) {
    fail(`${what} is not JSON: ${error.message}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) fail(`${what} is not a JSON object`);
  const again = canonical(value, what);
  if (again !== text) {
    let at = 0;
    while (again[at] === text[at]) at++;
    fail(`${what} is not in canonical form (RFC 8785) from byte ${utf8(text.slice(0, at)).length} on`);
  }
  return value;
}

export function onlyMembers(object, known, what) {
  for (const name of Object.keys(object)) {
    if (!known.includes(name)) fail(`${what} has an unknown member "${name}"`);
  }
}

/** A member that must be there and of this type: string, number, integer, object or array. */
export function member(object, name, type, what) {
  if (!Object.hasOwn(object, name)) fail(`${what} lacks "${name}"`);
  const value = object[name];
  const is = Array.isArray(value) ? 'array' : typeof value;
  // Larger integers are not exact, and no log has as many entries.
  const fits = type === 'integer' ? Number.isInteger(value) && Math.abs(value) < 1e15 : is === type;
  if (!fits) fail(`${what} has an odd "${name}"`);
  return value;
}
