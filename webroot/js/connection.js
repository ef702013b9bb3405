// The state of the live connection, in the masthead.

import { when } from './format.js';

const element = (id) => document.getElementById(id);

/** Shows a state of the event bus; since is the browser's own time. */
export function showConnection({ state, since }) {
  const text = {
    connecting: () => 'Connecting…',
    connected: () => 'Live',
    lost: () => `Connection lost since ${when(since, Date.now())}`,
  };
  element('connection').dataset.state = state;
  // Written only when it differs: screen readers announce each write to a status.
  const line = text[state]();
  if (element('connection-text').textContent !== line) element('connection-text').textContent = line;
  element('retry').hidden = state !== 'lost';
}
