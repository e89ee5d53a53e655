/** Everything around the conversation: reads the element's attributes, draws it, opens and closes it. */

import { combobox } from './combobox';
import type { Context } from './context';
import { conversation } from './conversation';
import conversationCss from './conversation.css';
import { h } from './dom';
import { bar, field, foot, launcher, welcome } from './parts';
import shellCss from './shell.css';
import { watchTheme } from './theme';

/** What the element does with what is drawn. */
export interface Shell {
  open(): void;
  close(): void;
  toggle(): void;
  ask(question: string): Promise<void>;
  /** The element stands in the page, again or for the first time. */
  enter(): void;
  /** The element left the page, perhaps only for another place in it. */
  leave(): void;
  /** The theme may have changed. */
  look(): void;
}

const sheet = new CSSStyleSheet();
sheet.replaceSync(shellCss + conversationCss);

/** Draw `host` by its attributes. */
export function shell(host: HTMLElement): Shell {
  const bridge = window.kbAsk!.bridge!;
  const option = (name: string): string | undefined => bridge.option(host, name);
  const many = (name: string, separator: string): string[] =>
    (option(name) ?? '').split(separator).map((part) => part.trim()).filter(Boolean);

  const tell = (name: string, detail: unknown): boolean =>
    host.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true, cancelable: true }));

  const mode = option('mode') ?? 'inline';
  const isSearch = mode === 'search';
  const opens = !isSearch && mode !== 'inline';
  const server = (option('server') ?? bridge.server).replace(/\/+$/, '');
  const key = option('key');

  const status = h('div  unseen', { role: 'status' });
  const list = h('div suggestions', { id: 'list', role: 'listbox', ariaLabel: T.suggestions, hidden: true });
  const region = h('div conversation', { ariaLive: 'off', tabindex: '-1' });
  const person = h('div  person');
  const input = field(isSearch ? T.placeholder_search : T.placeholder);

  const context: Context = {
    server,
    channel: option('channel') ?? 'widget',
    filters: { category: many('category', ','), tags: many('tag', ',') },
    foot: person,
    emit: tell,
    pageUrl: () => location.origin + location.pathname,
    // New nodes are read again, even with the same words.
    announce: (text) => status.replaceChildren(h('p', {}, text)),
    call: (path, init = {}) =>
      fetch(server + path, {
        ...init, headers: { ...init.headers, ...(key && { Authorization: `Bearer ${key}` }) },
        credentials: 'omit', referrerPolicy: 'no-referrer',
      }),
    edit: (text) => {
      input.value = text;
      open();
    },
  };

  const open = (): void => {
    if (dialog && !dialog.open) {
      if (mode === 'panel') dialog.show();
      else dialog.showModal();
      tell('kb:open', {});
    }
    input.focus();
    if (list.hidden) input.select();
  };

  const close = (): void => dialog?.close();

  const ask = async (question: string): Promise<void> => {
    const text = (question || '').trim();
    open();
    if (!text) return;
    hideSuggestions();
    if (!talk) {
      location.assign(`${server}/ask?${new URLSearchParams({ q: text })}`);
      return;
    }
    input.value = '';
    input.placeholder = T.placeholder_next;
    const answered = talk.ask(text);
    // A site that takes the question over leaves nothing to show.
    root.classList.toggle('asked', !!region.firstChild);
    // A keyboard on the screen would cover the answer.
    if (matchMedia('(pointer: coarse)').matches) region.focus({ preventScroll: true });
    await answered;
  };

  const fresh = (): void => {
    talk!.clear();
    root.classList.remove('asked');
    input.placeholder = input.ariaLabel!;
    input.focus();
  };

  const box = h('div box', {},
    bar(input, () => void ask(input.value), opens && close),
    h('div  body', {}, !isSearch && welcome(many('examples', '|'), ask), !isSearch && region, list),
    !isSearch && foot(person, fresh),
    status,
  );
  const dialog = opens ? h('dialog dialog', {
    ariaLabel: T.open,
    // On the backdrop.
    onpointerdown: (event) => event.target === dialog && close(),
    // The browser does this for what is modal.
    onkeydown: (event) => event.key === 'Escape' && !event.isComposing && mode === 'panel' && close(),
    onclose: () => {
      hideSuggestions();
      tell('kb:close', {});
    },
  }, box) : undefined;
  const opener = mode === 'button' || (mode === 'panel' && !option('trigger')) ? launcher(open) : undefined;
  const root = h(`div root root ${mode}` as 'div', { lang: LANG, 'data-position': option('position') }, dialog ?? box, opener);
  const hideSuggestions = combobox(input, list, context, ask);
  const talk = isSearch ? undefined : conversation(region, context);

  const plain = host.querySelector<HTMLInputElement>('[name=q]');
  const hadFocus = plain && plain === document.activeElement;
  const shadow = host.shadowRoot ?? host.attachShadow({ mode: 'open' });
  shadow.adoptedStyleSheets = [sheet];
  shadow.replaceChildren(root);
  // What somebody has typed into the plain form meanwhile goes on here.
  input.value = plain?.value ?? '';
  if (hadFocus) open();

  let pageTheme = '';
  let unwatch: () => void;
  const look = (): void => {
    const theme = option('theme');
    root.dataset['theme'] = theme && theme !== 'auto' ? theme : pageTheme;
  };
  bridge.ready = true;
  tell('kb:ready', {});

  return {
    open, close, ask, look,
    toggle: () => (dialog?.open ? close() : open()),
    enter: () => {
      unwatch?.();
      unwatch = watchTheme((theme) => {
        pageTheme = theme;
        look();
      });
    },
    leave: () => {
      unwatch?.();
      if (mode !== 'panel') close();
      bridge.lost();
      // Moved within the page, it goes on; gone from it, nobody reads the rest of the answer.
      setTimeout(() => host.isConnected || talk?.cancel());
    },
  };
}
