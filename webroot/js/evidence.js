// What proves the readings: the latest checkpoint, the latest anchor, the state of the audit.

import { get } from './api.js';
import { element, set } from './dom.js';
import { Findings } from './findings.js';
import { age, count, percent, shortHash } from './format.js';
import { times } from './times.js';

export class Evidence {
  #store;
  #findings;
  #checkpoint = null;
  #anchor = null;
  #anchoring = false;
  #latest = null;
  #progress = null;
  #cleared = '';
  #loaded = false;

  constructor(store) {
    this.#store = store;
    this.#findings = new Findings(store, () => this.draw());
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

  /**
   * The server knows which findings are open, however long ago they were found.
   *
   * @return settled once they are listed
   */
  applyStatus({ audit, openFindings }) {
    if (audit) this.#newRun(audit);
    const open = openFindings ? (openFindings.open ?? openFindings.findings) : 0;
    return this.#findings.load(openFindings ? `${openFindings.id} ${open}` : null, open);
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
   * A finding stays open until somebody has acknowledged it or a later full audit has not found it
   * any more: a continuous audit looks only at what is new and does not clear it.
   */
  applyAudit(run) {
    if (!run.id) return;
    this.#newRun(run);
    if (run.findings > 0 && run.id >= this.#cleared) {
      this.#findings.load(`${run.id} ${run.findings}`);
    } else if (run.kind === 'full' && run.state === 'completed') {
      this.#cleared = run.id;
      this.#findings.load(null, 0);
    }
  }

  draw() {
    const now = this.#store.now();
    this.#drawCheckpoint(now);
    this.#drawAnchor(now);
    this.#drawAudit(now);
    set(element('brief-log'), this.#checkpoint ? entries(this.#checkpoint.treeSize) : '–');
    set(element('brief-anchor'), count(this.#anchor?.block));
    set(element('brief-audit'), element('audit-state').textContent);
    element('brief-audit').dataset.state = element('audit-state').dataset.state;
  }

  #newCheckpoint(checkpoint) {
    if (!this.#checkpoint || checkpoint.treeSize >= this.#checkpoint.treeSize) this.#checkpoint = checkpoint;
  }

  #newAnchor(anchor) {
    if (!this.#anchor || anchor.treeSize >= this.#anchor.treeSize) this.#anchor = anchor;
  }

  /** What the page shows is a run's outcome: a continuous one runs every few minutes. */
  #newRun(run) {
    if (run.state === 'running') {
      if (run.id > (this.#latest?.id ?? '') || run.id === this.#progress?.id || !this.#latest) this.#progress = run;
    } else if (!this.#progress || run.id >= this.#progress.id) {
      this.#progress = null;
    }
    if (run.state === 'running' && run.kind !== 'full' && this.#latest) return;
    const older = this.#latest && run.id < this.#latest.id;
    // A status drawn up before the end of a run may arrive after it.
    const late = this.#latest?.id === run.id && this.#latest.state !== 'running' && run.state === 'running';
    if (!older && !late) this.#latest = run;
  }

  #drawCheckpoint(now) {
    const checkpoint = this.#checkpoint;
    const size = element('checkpoint-size');
    set(size, count(checkpoint?.treeSize));
    size.value = checkpoint?.treeSize ?? '';
    drawHash('checkpoint-root', checkpoint?.rootHash);
    this.#drawTime('checkpoint-time', checkpoint?.createdAt, now);
  }

  #drawAnchor(now) {
    const anchor = this.#anchor;
    const block = element('anchor-block');
    set(block, count(anchor?.block));
    block.value = anchor?.block ?? '';
    drawHash('anchor-transaction', anchor?.transaction);
    this.#drawTime('anchor-time', anchor?.anchoredAt, now);
    set(element('anchor-size'), anchor ? entries(anchor.treeSize) : '–');
    const known = this.#checkpoint && (anchor || this.#loaded);
    const pending = known ? this.#checkpoint.treeSize - (anchor?.treeSize ?? 0) : NaN;
    const suffix = this.#anchoring && pending > 0 ? ', under way' : '';
    set(element('anchor-pending'), Number.isFinite(pending) ? entries(Math.max(0, pending)) + suffix : '–');
  }

  #drawAudit(now) {
    const latest = this.#latest;
    const found = this.#findings.open;
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
    element('findings').hidden = kind !== 'findings';
    this.#drawProgress();
    const at = Date.parse(latest?.finishedAt ?? latest?.startedAt);
    set(element('audit-time'), latest ? `${latest.kind}, ${age(at, now)}` : '–');
    element('audit-time').title = latest ? this.#times().full(at) : '';
    set(element('audit-checked'), latest ? entries(latest.checked) : '–');
  }

  /** A continuous audit is over before anybody has read how far it is, unless it takes long. */
  #drawProgress() {
    const run = this.#progress;
    const left = run?.remainingSeconds ?? null;
    const shown = Boolean(run) && run.total > 0 && (run.kind === 'full' || left !== null);
    element('audit-progress').hidden = !shown;
    if (!shown) return;
    const bar = element('audit-bar');
    bar.max = run.total;
    bar.value = Math.min(run.checked, run.total);
    const parts = [percent(Math.min(1, run.checked / run.total)), run.phase];
    if (left !== null) parts.push(`about ${duration(left)} left`);
    if (run.findings > 0) parts.push(`${count(run.findings)} found so far`);
    set(element('audit-bar-text'), parts.filter(Boolean).join(', '));
  }

  #drawTime(id, iso, now) {
    const time = Date.parse(iso);
    set(element(id), this.#times().when(time, now));
    if (iso) element(id).dateTime = iso;
  }

  #times() {
    return times(this.#store.zone());
  }
}

function duration(seconds) {
  if (seconds < 90) return `${count(seconds)} s`;
  if (seconds < 5400) return `${count(Math.round(seconds / 60))} min`;
  return `${count(Math.round(seconds / 3600))} h`;
}

const entries = (n) => `${count(n)} ${n === 1 ? 'entry' : 'entries'}`;

function drawHash(id, hex) {
  set(element(id), shortHash(hex));
  element(id).title = hex ?? '';
}
