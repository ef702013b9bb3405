// Writes verify.html: one file with its style and its script inside, because browsers load no modules from file:.
// The modules are joined in the order in which they need each other; an import of another module of ours is dropped.
//
//   node verify/build.mjs OUTPUT

import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

const MODULES = ['canonical.js', 'log.js', 'record.js', 'counter.js', 'day.js', 'report.js', 'verifier.js', 'page.js'];
const OWN_IMPORT = /^import \{[^}]*\} from '\.\/[a-z]+\.js';\n/gm;

const read = (name) => readFileSync(new URL(name, import.meta.url), 'utf8');
const source = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

const script = `\n${MODULES.map((name) => read(name).replace(OWN_IMPORT, '')).join('\n')}`;
const style = `\n${read('page.css')}`;
if (/^import\b/m.test(script) || /<\/(script|style)/i.test(script + style)) {
  throw new Error('a module imports something else, or would end its element');
}
// Nothing is loaded from anywhere; only the log's key is asked for, of the server that the page comes from.
const policy = `default-src 'none'; script-src ${source(script)}; style-src ${source(style)}; img-src data:; ` +
  "connect-src 'self'; base-uri 'none'; form-action 'none'";
const parts = { policy, style, script };
const page = read('page.html').replace(/\{\{(\w+)\}\}/g, (all, name) => parts[name]);

const output = process.argv[2];
mkdirSync(dirname(output), { recursive: true });
writeFileSync(output, page);
