// What proves the readings: the latest checkpoint, the latest anchor, the state of the audit.

import { get } from './api.js';
import { age, count, fullTime, shortHash, when } from './format.js';

const FINDINGS_SHOWN = 50;

const element = (id) => document.getElementById(id);

export class Evidence {
  #now;
  #checkpoint = null;
  #anchor = null;
  #anchoring = false;
  #latest = null;
  #inForce = null;
  #findingsOf = null;
  #loaded = false;

  constructor(now) {
    this.#now = now;
  }

  async load() {
    const [{ checkpoints }, { anchors }] = await Promise.all([
      get('checkpoints', { limit: 1 }),
      get('anchors', { limit: 10 }),
    ]);
    if (checkpoints.length > 0) this.#newCheckpoint(checkpoints[0]);
    const anchored = anchors.find(({ state }) => state === 'anchored');
    if (anchored) this.#newAnchor(anchored);
    this.#anchoring = anchors.length > 0 && anchors[0].state !== 'anchored';
    this.#loaded = true;
  }

  /** The server knows which findings are in force, however long ago they were found. */
  applyStatus({ audit, openFindings }) {
    if (audit) this.#newRun(audit);
    this.#inForce = openFindings ?? null;
    this.#loadFindings();
  }

  applyCheckpointEvent(event) {
    if (event.type === 'anchor') {
      this.#anchoring = false;
      this.#newAnchor(event);
    } else {
      this.#newCheckpoint(event);
    }
  }

  /**
   * A finding stays in force until a later full audit has not found it any more: a continuous audit
   * looks only at what is new and does not clear it.
   */
  applyAudit(run) {
    if (!run.id) return;
    this.#newRun(run);
    if (run.findings > 0) {
      if (!this.#inForce || run.id >= this.#inForce.id) this.#inForce = run;
    } else if (run.kind === 'full' && run.state === 'completed' && run.id > (this.#inForce?.id ?? '')) {
      this.#inForce = null;
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

  /** What the page shows is a run's outcome: a continuous one runs every few minutes. */
  #newRun(run) {
    if (run.state === 'running' && run.kind !== 'full' && this.#latest) return;
    const older = this.#latest && run.id < this.#latest.id;
    // A status drawn up before the end of a run may arrive after it.
    const late = this.#latest?.id === run.id && this.#latest.state !== 'running' && run.state === 'running';
    if (!older && !late) this.#latest = run;
  }

  async #loadFindings() {
    const run = this.#inForce;
    if (!run) {
      this.#findingsOf = null;
      return;
    }
    const key = `${run.id} ${run.findings}`;
    if (key === this.#findingsOf) return;
    this.#findingsOf = key;
    try {
      const path = `audits/${encodeURIComponent(run.id)}/findings`;
      const { findings } = await get(path, { limit: FINDINGS_SHOWN });
      if (key === this.#findingsOf) this.#drawFindings(findings, run.findings);
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
    const latest = this.#latest;
    const found = this.#inForce?.findings ?? 0;
    const state = element('audit-state');
    const kind =
      found > 0
        ? 'findings'
        : latest
          ? { running: 'running', failed: 'failed', completed: 'clean' }[latest.state]
          : this.#loaded
            ? 'never'
            : 'unknown';
    state.dataset.state = kind;
    set(
      state,
      {
        unknown: () => '–',
        never: () => 'Not run yet',
        findings: () => `${count(found)} ${found === 1 ? 'finding' : 'findings'}`,
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

  #drawFindings(findings, all) {
    const items = findings.map(({ type, subject, detail }) => {
      const item = document.createElement('li');
      const name = document.createElement('strong');
      name.textContent = type;
      const id = document.createElement('code');
      id.textContent = subject;
      item.append(name, ' ', id);
      if (detail) item.title = detail;
      return item;
    });
    if (all > findings.length) {
      const more = document.createElement('li');
      more.textContent = `and ${count(all - findings.length)} more`;
      items.push(more);
    }
    element('audit-findings').replaceChildren(...items);
  }
}

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
