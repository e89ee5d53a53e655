/** The parts that a reader sees around the conversation. */

import { h, icon } from './dom';
import { button } from './links';

const LOOK = 'M11 4a7 7 0 1 1 0 14a7 7 0 1 1 0-14m5 12l4 4';
const SPEECH = 'M5 5h14v11h-8l-4 4v-4h-2zM9 9h6M9 12h4';
const CROSS = 'M6 6l12 12M18 6l-12 12';
const SEND = 'M12 19v-14m-6 6l6-6l6 6';
const LONGEST_QUESTION = 1000; // as POST /v1/ask has it

/** The field, a combobox; what it suggests is in `list`. */
export const field = (placeholder: string): HTMLInputElement =>
  h('input input', {
    role: 'combobox', ariaLabel: placeholder, placeholder, 'aria-autocomplete': 'list', ariaExpanded: 'false',
    'aria-controls': 'list', autocomplete: 'off', enterKeyHint: 'send', dir: 'auto',
    maxLength: LONGEST_QUESTION,
  });

/** The line with the field. `close`: only where something closes. */
export const bar = (input: HTMLElement, ask: () => void, close: (() => void) | false): HTMLElement =>
  h('div bar', { role: 'search' }, icon(LOOK), input, iconButton('submit', T.ask, SEND, ask), close && iconButton('close', T.close, CROSS, close));

function iconButton(part: string, label: string, path: string, act: () => void): HTMLElement {
  const made = button(part, '', act, icon(path));
  made.title = made.ariaLabel = label;
  return made;
}

export function launcher(open: () => void): HTMLElement {
  const made = button('launcher', T.open, () => {
    made.focus(); // Safari does not by itself, and the focus comes back to here
    open();
  }, icon(SPEECH));
  made.ariaHasPopup = 'dialog';
  return made;
}

/** What stands where the conversation will be: what this is, and questions to begin with. */
export const welcome = (examples: readonly string[], ask: (question: string) => void): HTMLElement =>
  h('div welcome', {}, h('h2', {}, T.welcome), h('p', {}, T.welcome_lead), ...examples.map((text) => button('example', text, () => ask(text))));

/** The way to a person, and a new beginning. */
export const foot = (person: HTMLElement, fresh: () => void): HTMLElement => h('div foot', {}, person, button('fresh', T.fresh, fresh));
