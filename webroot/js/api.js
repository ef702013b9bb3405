// Requests to /api/v1, with a time limit and errors that say something.

const TIMEOUT_MS = 15_000;
const TOO_MANY = 429;
const PATIENCE_MS = 5_000;

export class ApiError extends Error {
  constructor(message, status, retryAfterMs) {
    super(message);
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

export const url = (path) => new URL(`api/v1/${path}`, document.baseURI);

export const receiptUrl = (id) => url(`readings/${encodeURIComponent(id)}/receipt`);

export function dayReceiptUrl(device, date, zone) {
  const target = url(`devices/${encodeURIComponent(device)}/receipt`);
  target.searchParams.set('date', date);
  target.searchParams.set('zone', zone);
  return target;
}

/**
 * Fails with an ApiError. Asked to come back in a moment (429), it does so by itself: nothing was
 * done yet.
 */
export async function request(target, options = {}, attempts = 3) {
  let response;
  try {
    response = await fetch(target, { signal: AbortSignal.timeout(TIMEOUT_MS), cache: 'no-store', ...options });
  } catch (error) {
    throw new ApiError(
      error.name === 'TimeoutError' ? 'the server did not answer in time' : 'the server cannot be reached',
      0,
    );
  }
  if (response.ok) return response;
  const retryAfterMs = 1000 * Number(response.headers.get('Retry-After')) || 0;
  if (response.status === TOO_MANY && attempts > 1 && retryAfterMs <= PATIENCE_MS) {
    await new Promise((resolve) => setTimeout(resolve, Math.max(retryAfterMs, 500)));
    return request(target, options, attempts - 1);
  }
  // Errors are RFC 9457 problem+json; anything else comes from a proxy in between.
  const problem = await response.json().catch(() => ({}));
  throw new ApiError(
    problem.detail ?? problem.title ?? `the server answered ${response.status}`,
    response.status,
    retryAfterMs,
  );
}

function withQuery(path, parameters) {
  const target = url(path);
  for (const [key, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== null && value !== '') target.searchParams.set(key, value);
  }
  return target;
}

/** The address of a report as CSV or of its receipt, for a link. */
export const link = (path, parameters) => withQuery(path, parameters).href;

export async function get(path, parameters = {}) {
  return (await request(withQuery(path, parameters))).json();
}

/** What can be changed, with the tag that says which state of it this is: {body, etag}. */
export async function getTagged(path) {
  const response = await request(url(path));
  return { body: await response.json(), etag: response.headers.get('ETag') };
}

/** Fails with status 412 when somebody has changed it since the tag was read. */
export async function put(path, body, etag) {
  const headers = { 'Content-Type': 'application/json', ...(etag && { 'If-Match': etag }) };
  await request(url(path), { method: 'PUT', headers, body: JSON.stringify(body) });
}

export async function post(path, body) {
  const headers = { 'Content-Type': 'application/json' };
  return (await request(url(path), { method: 'POST', headers, body: JSON.stringify(body) })).json();
}

/** The readings since the instant, oldest first; the newest `pages` thousand where there are more. */
export async function readingsSince(ms, pages = 20) {
  const from = new Date(ms).toISOString();
  const newestFirst = [];
  let cursor = null;
  for (let page = 0; page < pages; page++) {
    const answer = await get('readings', { from, limit: 1000, cursor });
    newestFirst.push(...answer.readings);
    cursor = answer.nextCursor;
    if (!cursor) break;
  }
  return newestFirst.reverse();
}
