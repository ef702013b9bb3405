// What proves the readings: the latest checkpoint, the latest anchor, the state of the audit.

import { get, post } from './api.js';
import { age, count, fullTime, percent, shortHash, when } from './format.js';

const FINDINGS_SHOWN = 50;

const element = (id) => document.getElementById(id);

export class Evidence {
  #now;
  #checkpoint = null;
  #anchor = null;
  #anchoring = false;
  #latest = null;
  #progress = null;
  #open = 0;
  #cleared = '';
  #findingsOf = null;
  #loaded = false;

  constructor(now) {
    this.#now = now;
    element('acknowledge-form').addEventListener('submit', (event) => {
      event.preventDefault();
      this.#acknowledge();
    });
    element('acknowledge-cancel').addEventListener('click', () => element('acknowledge').close());
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

  /** The server knows which findings are open, however long ago they were found. */
  applyStatus({ audit, openFindings }) {
    if (audit) this.#newRun(audit);
    this.#open = openFindings ? (openFindings.open ?? openFindings.findings) : 0;
    this.#loadFindings(openFindings ? `${openFindings.id} ${this.#open}` : null, this.#open);
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
      this.#loadFindings(`${run.id} ${run.findings}`);
    } else if (run.kind === 'full' && run.state === 'completed') {
      this.#cleared = run.id;
      this.#open = 0;
      this.#loadFindings(null);
    }
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

  /**
   * @param key names what is open: the list is asked for again only when that has changed
   * @param known how many are open, when the server has said so
   */
  async #loadFindings(key, known = null) {
    if (key === this.#findingsOf) return;
    this.#findingsOf = key;
    if (!key) return;
    try {
      const { findings, nextCursor } = await get('findings', { state: 'open', limit: FINDINGS_SHOWN });
      if (key !== this.#findingsOf) return;
      this.#open = known ?? (nextCursor ? Math.max(this.#open, findings.length) : this.#countOpen(findings));
      this.#drawFindings(findings, this.#open);
    } catch (error) {
      console.error(error);
      if (key === this.#findingsOf) this.#findingsOf = null;
    }
  }

  /** What several runs have found alike counts once, as the server counts it. */
  #countOpen(findings) {
    const same = ({ type, subject, detail }) => JSON.stringify([type, subject, detail]);
    return new Set(findings.map(same)).size;
  }

  async #acknowledge() {
    const form = element('acknowledge-form');
    const { run, ref } = form.dataset;
    const body = { by: form.elements.by.value.trim(), reason: form.elements.reason.value.trim() };
    const send = element('acknowledge-send');
    send.disabled = true;
    try {
      await post(`audits/${encodeURIComponent(run)}/findings/${encodeURIComponent(ref)}/acknowledgement`, body);
      element('acknowledge').close();
      form.elements.reason.value = '';
      this.#open = 0;
      await this.#loadFindings(`acknowledged ${run} ${ref}`);
      this.draw();
    } catch (error) {
      element('acknowledge-error').textContent = `Not acknowledged: ${error.message}.`;
    } finally {
      send.disabled = false;
    }
  }

  #ask({ run, ref, type, subject }) {
    const form = element('acknowledge-form');
    form.dataset.run = run;
    form.dataset.ref = ref;
    element('acknowledge-what').textContent = `${type} ${subject}`;
    element('acknowledge-error').textContent = '';
    element('acknowledge').showModal();
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
    const found = this.#open;
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
    this.#drawProgress();
    const at = Date.parse(latest?.finishedAt ?? latest?.startedAt);
    set(element('audit-time'), latest ? `${latest.kind}, ${age(at, now)}` : '–');
    element('audit-time').title = latest ? fullTime(at) : '';
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

  #drawFindings(findings, all) {
    const now = this.#now();
    const items = findings.map((finding) => {
      const { type, subject, detail, foundAt, ref } = finding;
      const item = document.createElement('li');
      const what = document.createElement('p');
      what.className = 'what';
      const name = document.createElement('strong');
      name.textContent = type;
      const id = document.createElement('code');
      id.textContent = subject;
      what.append(name, ' ', id);
      item.append(what);
      if (detail) {
        const said = document.createElement('p');
        said.textContent = detail;
        item.append(said);
      }
      const foot = document.createElement('p');
      foot.className = 'finding-foot';
      if (foundAt) {
        const time = document.createElement('time');
        time.className = 'muted';
        time.dateTime = foundAt;
        time.title = fullTime(Date.parse(foundAt));
        time.textContent = when(Date.parse(foundAt), now);
        foot.append(time);
      }
      if (ref) {
        const button = document.createElement('button');
        button.type = 'button';
        button.className = 'quiet';
        button.textContent = 'Acknowledge';
        button.setAttribute('aria-label', `Acknowledge ${type} ${subject}`);
        button.setAttribute('aria-haspopup', 'dialog');
        button.addEventListener('click', () => this.#ask(finding));
        foot.append(button);
      }
      if (foot.hasChildNodes()) item.append(foot);
      return item;
    });
    if (all > findings.length) {
      const more = document.createElement('li');
      more.className = 'what';
      more.textContent = `and ${count(all - findings.length)} more`;
      items.push(more);
    }
    element('audit-findings').replaceChildren(...items);
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

function drawTime(id, iso, now) {
  const time = Date.parse(iso);
  set(element(id), when(time, now));
  if (iso) element(id).dateTime = iso;
}

function set(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
