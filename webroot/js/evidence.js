// What proves the readings: the latest checkpoint, the latest anchor, the state of the audit.

import { get } from './api.js';
import { age, count, fullTime, shortHash, when } from './format.js';

const FINDINGS_SHOWN = 50;
const RUNS_KEPT = 50;

const element = (id) => document.getElementById(id);

export class Evidence {
  #now;
  #checkpoint = null;
  #anchor = null;
  #anchoring = false;
  #runs = new Map();
  #findingsOf = null;
  #loaded = false;

  constructor(now) {
    this.#now = now;
  }

  async load() {
    const [{ checkpoints }, { anchors }, audits] = await Promise.all([
      get('checkpoints', { limit: 1 }),
      get('anchors', { limit: 10 }),
      get('audits'),
    ]);
    if (checkpoints.length > 0) this.#newCheckpoint(checkpoints[0]);
    const anchored = anchors.find(({ state }) => state === 'anchored');
    if (anchored) this.#newAnchor(anchored);
    this.#anchoring = anchors.length > 0 && anchors[0].state !== 'anchored';
    for (const run of audits.audits ?? []) this.applyAudit(run);
    this.#loaded = true;
  }

  applyStatus({ audit }) {
    if (audit) this.applyAudit(audit);
  }

  applyCheckpointEvent(event) {
    if (event.type === 'anchor') {
      this.#anchoring = false;
      this.#newAnchor(event);
    } else {
      this.#newCheckpoint(event);
    }
  }

  applyAudit(run) {
    if (!run.id) return;
    const before = this.#runs.get(run.id);
    // A status drawn up before the end of a run may arrive after it.
    if (before && before.state !== 'running' && run.state === 'running') return;
    this.#runs.set(run.id, run);
    if (this.#runs.size > RUNS_KEPT) {
      const oldest = [...this.#runs.values()].filter((r) => r !== this.#verdict()).sort(byStart).at(-1);
      this.#runs.delete(oldest.id);
    }
    this.#loadFindings();
  }

  draw() {
    const now = this.#now();
    this.#drawCheckpoint(now);
    this.#drawAnchor(now);
    this.#drawAudit(now);
  }

  #newCheckpoint(checkpoint) {
    if (!this.#checkpoint || checkpoint.treeSize >= this.#checkpoint.treeSize) this.#checkpoint = checkpoint;
  }

  #newAnchor(anchor) {
    if (!this.#anchor || anchor.treeSize >= this.#anchor.treeSize) this.#anchor = anchor;
  }

  /**
   * The run that decides. A finding stays in force until a later full audit has not found it any
   * more: a continuous audit looks only at what is new and does not clear it.
   */
  #verdict() {
    const runs = [...this.#runs.values()].sort(byStart);
    const full = runs.findIndex((run) => run.kind === 'full' && run.state === 'completed');
    const inForce = full < 0 ? runs : runs.slice(0, full + 1);
    return inForce.find((run) => run.findings > 0) ?? runs[0] ?? null;
  }

  async #loadFindings() {
    const run = this.#verdict();
    if (!run || !(run.findings > 0)) {
      this.#findingsOf = null;
      return;
    }
    const key = `${run.id} ${run.findings}`;
    if (key === this.#findingsOf) return;
    this.#findingsOf = key;
    try {
      const { findings } = await get(`audits/${encodeURIComponent(run.id)}/findings`);
      if (key === this.#findingsOf) this.#drawFindings(findings);
    } catch (error) {
      console.error(error);
      this.#findingsOf = null;
    }
  }

  #drawCheckpoint(now) {
    const checkpoint = this.#checkpoint;
    const size = element('checkpoint-size');
    set(size, count(checkpoint?.treeSize));
    size.value = checkpoint?.treeSize ?? '';
    drawHash('checkpoint-root', checkpoint?.rootHash);
    drawTime('checkpoint-time', checkpoint?.createdAt, now);
  }

  #drawAnchor(now) {
    const anchor = this.#anchor;
    const block = element('anchor-block');
    set(block, count(anchor?.block));
    block.value = anchor?.block ?? '';
    drawHash('anchor-transaction', anchor?.transaction);
    drawTime('anchor-time', anchor?.anchoredAt, now);
    set(element('anchor-size'), anchor ? entries(anchor.treeSize) : '–');
    const known = this.#checkpoint && (anchor || this.#loaded);
    const pending = known ? this.#checkpoint.treeSize - (anchor?.treeSize ?? 0) : NaN;
    const suffix = this.#anchoring && pending > 0 ? ', under way' : '';
    set(element('anchor-pending'), Number.isFinite(pending) ? entries(Math.max(0, pending)) + suffix : '–');
  }

  #drawAudit(now) {
    const runs = [...this.#runs.values()].sort(byStart);
    // A continuous audit runs every few minutes; what it shows is its outcome, not its start.
    const latest = runs.find((run) => run.state !== 'running' || run.kind === 'full') ?? runs[0];
    const verdict = this.#verdict();
    const state = element('audit-state');
    const kind = !latest
      ? this.#loaded
        ? 'never'
        : 'unknown'
      : verdict.findings > 0
        ? 'findings'
        : { running: 'running', failed: 'failed', completed: 'clean' }[latest.state];
    state.dataset.state = kind;
    set(
      state,
      {
        unknown: () => '–',
        never: () => 'Not run yet',
        findings: () => `${count(verdict.findings)} ${verdict.findings === 1 ? 'finding' : 'findings'}`,
        running: () => 'Checking…',
        failed: () => 'Did not complete',
        clean: () => 'No findings',
      }[kind](),
    );
    element('audit-findings').hidden = kind !== 'findings';
    const at = Date.parse(latest?.finishedAt ?? latest?.startedAt);
    set(element('audit-time'), latest ? `${latest.kind}, ${age(at, now)}` : '–');
    element('audit-time').title = latest ? fullTime(at) : '';
    set(element('audit-checked'), latest ? entries(latest.checked) : '–');
  }

  #drawFindings(findings) {
    const items = findings.slice(0, FINDINGS_SHOWN).map(({ type, subject, detail }) => {
      const item = document.createElement('li');
      const name = document.createElement('strong');
      name.textContent = type;
      const id = document.createElement('code');
      id.textContent = subject;
      item.append(name, ' ', id);
      if (detail) item.title = detail;
      return item;
    });
    if (findings.length > FINDINGS_SHOWN) {
      const more = document.createElement('li');
      more.textContent = `and ${count(findings.length - FINDINGS_SHOWN)} more`;
      items.push(more);
    }
    element('audit-findings').replaceChildren(...items);
  }
}

const byStart = (a, b) => (a.startedAt < b.startedAt ? 1 : a.startedAt > b.startedAt ? -1 : 0);

const entries = (n) => `${count(n)} ${n === 1 ? 'entry' : 'entries'}`;

function drawHash(id, hex) {
  set(element(id), shortHash(hex));
  element(id).title = hex ?? '';
}

function drawTime(id, iso, now) {
  const time = Date.parse(iso);
  set(element(id), when(time, now));
  if (iso) element(id).dateTime = iso;
}

function set(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
