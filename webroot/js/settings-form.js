// A form for settings that others may change meanwhile: what is saved is only what was changed
// knowingly, by the tag (ETag) of what was loaded.

import { getTagged, put } from './api.js';
import { h } from './dom.js';

const CHANGED_MEANWHILE = 412;

export class SettingsForm {
  #form;
  #fill;
  #collect;
  #describe;
  #onSaved;
  #path = null;
  #etag = null;
  #said = h('p', { class: 'said', role: 'status' });

  /**
   * @param fill puts the settings into the fields
   * @param collect the settings that the fields hold; throws an Error that says what is wrong
   * @param describe settings in words, to show what somebody else has set
   * @param onSaved called with the settings once they are stored
   */
  constructor(form, { fill, collect, describe, onSaved }) {
    this.#form = form;
    this.#fill = fill;
    this.#collect = collect;
    this.#describe = describe;
    this.#onSaved = onSaved;
    form.append(this.#said);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#save();
    });
    form.addEventListener('input', () => this.#say());
  }

  /** Loads what is set now. Fails as `get` does. */
  async load(path) {
    this.#path = path;
    this.#say();
    const { body, etag } = await getTagged(path);
    if (path !== this.#path) return null;
    this.#etag = etag;
    this.#fill(body);
    return body;
  }

  async #save() {
    let settings;
    try {
      settings = this.#collect();
    } catch (error) {
      this.#say('bad', error.message);
      return;
    }
    const button = this.#form.querySelector('button:not([type="button"])');
    const path = this.#path;
    button.disabled = true;
    try {
      await put(path, settings, this.#etag);
      const { body, etag } = await getTagged(path);
      if (path !== this.#path) return;
      this.#etag = etag;
      this.#fill(body);
      this.#say('good', 'Saved');
      this.#onSaved(body);
    } catch (error) {
      if (path !== this.#path) return;
      if (error.status === CHANGED_MEANWHILE) await this.#conflict(path);
      else this.#say('bad', `Not saved: ${error.message}.`);
    } finally {
      button.disabled = false;
    }
  }

  /** Nothing is overwritten: the two ways out are offered. */
  async #conflict(path) {
    let theirs;
    try {
      theirs = await getTagged(path);
    } catch (error) {
      this.#say('bad', `Not saved: somebody else has changed this meanwhile, and ${error.message}.`);
      return;
    }
    if (path !== this.#path) return;
    const take = () => {
      this.#etag = theirs.etag;
      this.#fill(theirs.body);
      this.#say('good', 'Their settings are shown');
    };
    const keep = () => {
      this.#etag = theirs.etag;
      this.#save();
    };
    this.#say(
      'bad',
      h('strong', {}, 'Not saved: somebody else has changed this meanwhile.'),
      ` It is now: ${this.#describe(theirs.body)}. `,
      h('button', { type: 'button', class: 'quiet', onclick: take }, 'Show theirs'),
      ' ',
      h('button', { type: 'button', class: 'quiet', onclick: keep }, 'Save mine instead'),
    );
  }

  #say(mark = '', ...content) {
    this.#said.dataset.mark = mark;
    this.#said.replaceChildren(...content);
  }
}
