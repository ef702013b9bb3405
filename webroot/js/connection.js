// The state of the live connection, in the masthead.

import { element, set } from './dom.js';
import { times } from './times.js';

/** Shows a state of the event bus; since is the browser's own time. */
export function showConnection({ state, since }) {
  const text = {
    connecting: () => 'Connecting…',
    connected: () => 'Live',
    lost: () => `Connection lost since ${times().when(since, Date.now())}`,
  };
  element('connection').dataset.state = state;
  set(element('connection-text'), text[state]());
  element('retry').hidden = state !== 'lost';
}
