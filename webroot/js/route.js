// Addresses within the page: #/reports/monthly/2026-11?site=home

export const PAGES = ['live', 'reports', 'forecast', 'devices', 'evidence'];

/**
 * What a hash leads to: {page, path, query}; null when it is no address of this page. None at all
 * leads to the live page.
 */
export function parse(hash) {
  if (hash === '' || hash === '#' || hash === '#/') return { page: 'live', path: [], query: {} };
  if (!hash.startsWith('#/')) return null;
  const [before, ...after] = hash.slice(2).split('?');
  let path;
  try {
    path = before.split('/').filter(Boolean).map(decodeURIComponent);
  } catch {
    return null; // not a percent-encoding
  }
  const page = path.shift();
  if (!PAGES.includes(page)) return null;
  return { page, path, query: Object.fromEntries(new URLSearchParams(after.join('?'))) };
}

/** The hash that leads there; members of the query that are null or empty are left out. */
export function href(page, path = [], query = {}) {
  const known = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== '');
  const search = new URLSearchParams(known).toString();
  return `#/${[page, ...path].map(encodeURIComponent).join('/')}${search && `?${search}`}`;
}
