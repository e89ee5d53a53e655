/** The parts that a reader sees around the conversation, made once for each element. */

import type { Context } from './context';
import { h, icon } from './dom';

export const MODES = ['button', 'modal', 'panel', 'inline', 'search'] as const;
export type Mode = (typeof MODES)[number];

const LOOK = 'M11 4a7 7 0 1 1 0 14a7 7 0 1 1 0-14m5 12l4.5 4.5';
const SPEECH = 'M5 4h14a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2h-7l-5 4v-4H5a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2zM8 9h8M8 12.500h5';
const CROSS = 'M6 6l12 12M18 6L6 18';
const SEND = 'M12 19V5m-6 6l6-6l6 6';
const LONGEST_QUESTION = 1000;

export interface View {
  readonly root: HTMLElement;
  /** Only in modes that open. */
  readonly dialog: HTMLDialogElement | undefined;
  readonly launcher: HTMLButtonElement | undefined;
  readonly box: HTMLElement;
  readonly input: HTMLInputElement;
  readonly list: HTMLElement;
  readonly region: HTMLElement;
  readonly foot: HTMLElement;
  readonly status: HTMLElement;
}

export interface Options {
  /** Questions to begin with. */
  readonly examples: readonly string[];
  /** False when the site has its own button. */
  readonly hasLauncher: boolean;
  ask(question: string): void;
  open(): void;
  close(): void;
  /** Forget the conversation and begin again. */
  fresh(): void;
}

/** Everything in place, with what is pressed leading to `options`. `foot`: what the conversation keeps visible. */
export function draw(mode: Mode, t: Context['t'], foot: HTMLElement, options: Options): View {
  const input = h('input', {
    part: 'input', type: 'text', role: 'combobox', 'aria-label': t('label'), 'aria-autocomplete': 'list',
    'aria-expanded': 'false', 'aria-controls': 'list', autocomplete: 'off', autocapitalize: 'off', spellcheck: 'false',
    enterkeyhint: 'send', dir: 'auto', maxlength: LONGEST_QUESTION, autofocus: mode !== 'inline' && mode !== 'search',
    placeholder: t(mode === 'search' ? 'placeholder_search' : 'placeholder'),
  });
  const list = h('div', { part: 'suggestions', id: 'list', role: 'listbox', 'aria-label': t('suggestions'), hidden: true });
  const region = h('div', { part: 'conversation', 'aria-live': 'off', tabindex: '-1' });
  const status = h('div', { role: 'status', class: 'unseen' });
  const opens = mode !== 'inline' && mode !== 'search';
  const bar = h('div', { class: 'bar', part: 'bar', role: 'search' },
    icon(LOOK),
    input,
    h('button', { part: 'submit', type: 'button', 'aria-label': t('ask'), title: t('ask'), onclick: () => options.ask(input.value) }, icon(SEND)),
    opens && h('button', { part: 'close', type: 'button', 'aria-label': t('close'), title: t('close'), onclick: options.close }, icon(CROSS)),
  );
  const box = h('div', { class: 'box', part: 'box' },
    bar,
    h('div', { class: 'body' }, mode !== 'search' && welcome(t, options), mode !== 'search' && region, list),
    mode !== 'search' && h('div', { class: 'foot', part: 'foot' },
      foot,
      h('button', { class: 'fresh', part: 'fresh', type: 'button', onclick: options.fresh }, t('fresh')),
      h('div', { class: 'hints', 'aria-hidden': 'true' }, ...hint('↑↓', t('hint_move')), ...hint('↵', t('hint_ask')),
        ...(opens ? hint('Esc', t('hint_close')) : [])),
    ),
    status,
  );
  const launcher = opens && options.hasLauncher
    ? h('button', { part: 'launcher', type: 'button', 'aria-haspopup': 'dialog', 'aria-expanded': 'false', onclick: options.open },
        icon(SPEECH), h('span', {}, t('open')))
    : undefined;
  const dialog = opens ? h('dialog', { part: 'dialog', 'aria-label': t('title') }, box) : undefined;
  const root = h('div', { class: `root ${mode}`, part: 'root' }, launcher, dialog ?? box);
  return { root, dialog, launcher, box, input, list, region, foot, status };
}

function welcome(t: Context['t'], { examples, ask }: Options): HTMLElement {
  return h('div', { class: 'welcome', part: 'welcome' },
    h('h2', {}, t('welcome')),
    h('p', {}, t('welcome_lead')),
    examples.length > 0 && h('h3', { id: 'examples' }, t('examples')),
    examples.length > 0 && h('ul', { 'aria-labelledby': 'examples' },
      ...examples.map((text) => h('li', {}, h('button', { part: 'example', type: 'button', dir: 'auto', onclick: () => ask(text) }, text)))),
  );
}

const hint = (key: string, meaning: string) => [h('kbd', {}, key), h('span', {}, meaning)];
