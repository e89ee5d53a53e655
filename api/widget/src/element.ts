/** `<kb-ask>`: reads its attributes, draws itself into a shadow root, opens and closes, and takes commands. */

import type { Bridge, Commands, Texts } from './bridge';
import { combobox, type Combobox } from './combobox';
import type { Context, Filters, StringKey } from './context';
import { Conversation } from './conversation';
import conversationCss from './conversation.css';
import { h } from './dom';
import shellCss from './shell.css';
import en from './strings/en.json';
import { siteTexts } from './texts';
import { watchTheme, type Theme } from './theme';
import { draw, MODES, type Mode, type View } from './view';

const sheet = new CSSStyleSheet();
sheet.replaceSync(shellCss + conversationCss);

export class KbAsk extends HTMLElement implements Commands {
  static readonly observedAttributes = ['theme', 'position'];
  private static bridge: Bridge;

  private readonly bridge = (KbAsk.bridge = window.kbAsk?.bridge ?? KbAsk.bridge);
  private mode: Mode = 'inline';
  private texts: Texts = en;
  private view: View | undefined;
  private drawn: Promise<View> | undefined;
  private combobox: Combobox | undefined;
  private conversation: Conversation | undefined;
  private pageTheme: Theme = '';
  private stopTheme: (() => void) | undefined;
  private focused: Element | null = null;

  connectedCallback(): void {
    this.stopTheme = watchTheme((theme) => {
      this.pageTheme = theme;
      this.attributeChangedCallback();
    });
    void this.whenDrawn();
  }

  disconnectedCallback(): void {
    this.stopTheme?.();
    if (this.mode !== 'panel') this.view?.dialog?.close();
    this.bridge.lost();
    // Moved within the page, it goes on; gone from it, nobody reads the rest of the answer.
    setTimeout(() => {
      if (this.isConnected) return;
      this.bridge.ready.delete(this);
      this.conversation?.cancel();
    });
  }

  attributeChangedCallback(): void {
    const root = this.view?.root;
    if (!root) return;
    const theme = this.option('theme');
    root.dataset['theme'] = theme === 'light' || theme === 'dark' ? theme : this.pageTheme;
    root.dataset['position'] = this.option('position') ?? '';
  }

  async open(): Promise<void> {
    const { dialog, input, list } = await this.whenDrawn();
    if (dialog && !dialog.open) {
      this.focused = activeElement();
      if (this.mode === 'panel') dialog.show();
      else dialog.showModal();
      this.shown(true);
    }
    input.focus();
    if (list.hidden) input.select();
  }

  async close(): Promise<void> {
    (await this.whenDrawn()).dialog?.close();
  }

  async toggle(): Promise<void> {
    return this.view?.dialog?.open ? this.close() : this.open();
  }

  /** Open and ask `question`; in the mode `search`, on the page of answers. Ends when the answer is there. */
  async ask(question: string): Promise<void> {
    const text = `${question ?? ''}`.trim();
    await this.open();
    if (!text) return;
    this.combobox!.hide();
    const { root, input, region } = this.view!;
    if (!this.conversation) {
      location.assign(`${this.server}/ask?${new URLSearchParams({ q: text })}`);
      return;
    }
    input.value = '';
    input.placeholder = this.text('placeholder_next');
    // A keyboard on the screen would cover the answer.
    if (matchMedia('(pointer: coarse)').matches) region.focus({ preventScroll: true });
    root.classList.add('asked');
    const answered = this.conversation.ask(text);
    // A site that takes the question over leaves nothing to show.
    root.classList.toggle('asked', region.childElementCount > 0);
    await answered;
  }

  private whenDrawn(): Promise<View> {
    return (this.drawn ??= this.draw());
  }

  private async draw(): Promise<View> {
    const lang = this.bridge.language(this);
    await this.bridge.fetchTexts(lang);
    const own = this.bridge.texts[lang]?.split('\n') ?? [];
    const known = Object.entries(en).map(([name, text], i) => [name, own[i] ?? text]);
    this.texts = { ...Object.fromEntries(known), ...(await siteTexts(this.option('strings'), lang)) };
    const chosen = this.option('mode');
    this.mode = MODES.find((mode) => mode === chosen) ?? 'inline';
    const foot = h('div', { class: 'person' });
    const context = this.context(lang, foot);
    const view = draw(this.mode, context.t, foot, {
      examples: this.list('examples', '|'),
      hasLauncher: this.mode === 'button' || (this.mode === 'panel' && !this.bridge.data['trigger']),
      ask: (question) => void this.ask(question),
      open: () => void this.open(),
      close: () => void this.close(),
      fresh: () => this.fresh(),
    });
    this.view = view;
    view.root.lang = lang;
    this.combobox = combobox(view.input, view.list, context, (question) => void this.ask(question));
    if (this.mode !== 'search') this.conversation = new Conversation(view.region, context);
    if (view.dialog) this.listenTo(view.dialog);
    const plain = this.querySelector<HTMLInputElement>('input[name=q]');
    const hadFocus = plain && plain === document.activeElement;
    const shadow = this.shadowRoot ?? this.attachShadow({ mode: 'open' });
    shadow.adoptedStyleSheets = [sheet];
    shadow.replaceChildren(view.root);
    // What somebody has typed into the plain form meanwhile goes on here.
    view.input.value = plain?.value ?? '';
    if (hadFocus) view.input.focus();
    this.attributeChangedCallback();
    this.bridge.ready.add(this);
    this.tell('kb:ready', {});
    return view;
  }

  private context(lang: string, foot: HTMLElement): Context {
    const key = this.option('key');
    const { server } = this;
    return {
      server, lang, foot,
      ...(key && { key }),
      channel: this.option('channel') ?? 'widget',
      filters: this.filters(),
      t: (name, values) => this.text(name, values),
      emit: (name, detail) => this.tell(name, detail),
      pageUrl: () => location.origin + location.pathname,
      announce: (text) => this.announce(text),
      call: (path, init = {}) => {
        const headers = new Headers(init.headers);
        if (key) headers.set('Authorization', `Bearer ${key}`);
        return fetch(server + path, { ...init, headers, credentials: 'omit', referrerPolicy: 'no-referrer' });
      },
      edit: (text) => {
        const { input } = this.view!;
        input.value = text;
        void this.open();
      },
      isHere: (url) => new URL(url, location.href).origin === location.origin,
    };
  }

  private filters(): Filters {
    const category = this.list('category', ',');
    const tags = this.list('tag', ',');
    return { ...(category.length && { category }), ...(tags.length && { tags }) };
  }

  private listenTo(dialog: HTMLDialogElement): void {
    let pressed: EventTarget | null = null;
    dialog.addEventListener('pointerdown', (event) => (pressed = event.target));
    // On the backdrop, not at the end of a selection that began inside.
    dialog.addEventListener('click', (event) => event.target === dialog && pressed === dialog && dialog.close());
    dialog.addEventListener('cancel', (event) => this.combobox!.isComposing() && event.preventDefault());
    dialog.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || event.isComposing || this.mode !== 'panel') return;
      event.preventDefault();
      dialog.close();
    });
    dialog.addEventListener('close', () => {
      this.combobox!.hide();
      this.shown(false);
      if (this.focused instanceof HTMLElement && this.focused.isConnected) this.focused.focus({ preventScroll: true });
    });
  }

  private shown(open: boolean): void {
    this.view!.launcher?.setAttribute('aria-expanded', `${open}`);
    this.tell(open ? 'kb:open' : 'kb:close', {});
  }

  private fresh(): void {
    const { root, input } = this.view!;
    this.conversation!.clear();
    root.classList.remove('asked');
    input.placeholder = this.text('placeholder');
    input.focus();
  }

  private announce(text: string): void {
    const { status } = this.view!;
    // A region that is emptied first is read again, even with the same words.
    status.textContent = '';
    setTimeout(() => (status.textContent = text), 60);
  }

  private tell(name: string, detail: unknown): boolean {
    return this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true, cancelable: true }));
  }

  private text(key: StringKey, values: Readonly<Record<string, string | number>> = {}): string {
    return (this.texts[key] ?? key).replace(/\{(\w+)\}/g, (whole, name: string) => `${values[name] ?? whole}`);
  }

  private get server(): string {
    return (this.option('server') ?? this.bridge.server).replace(/\/+$/, '');
  }

  /** An attribute of this element, with or without `data-`, else of the script tag. */
  private option(name: string): string | undefined {
    return this.getAttribute(name) ?? this.dataset[name] ?? this.bridge.data[name];
  }

  private list(name: string, separator: string): string[] {
    const parts = (this.option(name) ?? '').split(separator);
    return parts.map((part) => part.trim()).filter(Boolean);
  }
}

/** The element with the focus, through open shadow roots. */
function activeElement(): Element | null {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  return element;
}
