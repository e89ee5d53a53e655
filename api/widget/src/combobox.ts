/**
 * The question field with suggestions: a combobox with list autocomplete (WAI-ARIA Authoring Practices, "Combobox").
 * The focus stays in the field; `aria-activedescendant` names the option that the arrows are at.
 */

import type { Context } from './context';
import { h, marked } from './dom';

interface Result {
  readonly title: string;
  readonly url: string;
  readonly snippet_html: string;
  readonly headings: readonly { readonly text: string; readonly url: string }[];
}

const WAIT_MS = 90;
const MOST_ARTICLES = 5;
const MOST_HEADINGS = 2;
const LONGEST_QUERY = 200;

export class Combobox {
  private options: HTMLElement[] = [];
  private active = -1;
  private timer = 0;
  private request: AbortController | undefined;
  private composing = false;

  constructor(
    private readonly input: HTMLInputElement,
    private readonly list: HTMLElement,
    private readonly context: Context,
    private readonly ask: (question: string) => void,
  ) {
    input.addEventListener('keydown', (event) => this.key(event));
    input.addEventListener('input', () => this.typed());
    input.addEventListener('compositionstart', () => (this.composing = true));
    input.addEventListener('compositionend', () => {
      this.composing = false;
      this.typed();
    });
    input.addEventListener('blur', () => this.hide());
    // A pressed option must not take the focus, or the list would be gone before the click arrives.
    list.addEventListener('mousedown', (event) => event.preventDefault());
  }

  /** True while an input method is open: its Enter and Escape are not ours. */
  get isComposing(): boolean {
    return this.composing;
  }

  hide(): void {
    clearTimeout(this.timer);
    this.request?.abort();
    this.point(-1);
    this.show(false);
  }

  private show(open: boolean): void {
    this.list.hidden = !open;
    this.input.setAttribute('aria-expanded', `${open}`);
  }

  private typed(): void {
    clearTimeout(this.timer);
    if (this.composing) return;
    const query = this.input.value.trim();
    if (query) this.timer = window.setTimeout(() => void this.suggest(query), WAIT_MS);
    else this.hide();
  }

  private async suggest(query: string): Promise<void> {
    this.request?.abort();
    const { signal } = (this.request = new AbortController());
    let results: readonly Result[] = [];
    try {
      const response = await this.context.call(`/v1/search?${this.parameters(query)}`, { signal });
      if (response.ok) results = (await response.json()).data;
    } catch {
      // Without suggestions a question can still be asked; asking says what is wrong.
    }
    if (!signal.aborted) this.draw(query, results);
  }

  private parameters(query: string): URLSearchParams {
    const { category = [], tags = [] } = this.context.filters;
    const found = new URLSearchParams({ mode: 'typeahead', limit: `${MOST_ARTICLES}`, q: query.slice(0, LONGEST_QUERY) });
    const lang = /^(en|zh)\b/.exec(this.context.lang)?.[0];
    if (lang) found.set('lang', lang);
    category.forEach((value) => found.append('category', value));
    tags.forEach((value) => found.append('tag', value));
    return found;
  }

  private draw(query: string, results: readonly Result[]): void {
    const { t, announce } = this.context;
    this.options = [];
    const ask = this.option(h('div', { onclick: () => this.ask(query) }, h('span', { class: 'title' }, t('ask_option', { q: query }))));
    ask.classList.add('asking');
    const groups = results.map((result) => {
      const article = this.link(result.url, h('span', { class: 'title' }, ...highlighted(result.title, query)));
      article.append(h('span', { class: 'snippet' }, ...marked(result.snippet_html)));
      const headings = result.headings
        .filter(({ text }) => text !== result.title)
        .slice(0, MOST_HEADINGS)
        .map(({ text, url }) => this.link(url, h('span', { class: 'heading' }, ...highlighted(text, query))));
      return h('div', { role: 'group', 'aria-label': result.title }, article, ...headings);
    });
    this.list.replaceChildren(ask, ...groups);
    this.list.scrollTop = 0;
    this.point(-1);
    this.show(true);
    const n = results.length;
    announce(n ? t(n === 1 ? 'found_one' : 'found', { n }) : t('found_none'));
  }

  private link(url: string, label: HTMLElement): HTMLElement {
    const elsewhere = !this.context.isHere(url);
    return this.option(
      h('a', { href: /^https?:/.test(url) ? url : '#', target: elsewhere && '_blank', rel: elsewhere && 'noopener' }, label),
    );
  }

  private option(element: HTMLElement): HTMLElement {
    const number = this.options.push(element);
    const given = { id: `option-${number}`, role: 'option', part: 'suggestion', tabindex: '-1', 'aria-selected': 'false' };
    for (const [name, value] of Object.entries(given)) element.setAttribute(name, value);
    return element;
  }

  private point(index: number): void {
    this.options[this.active]?.setAttribute('aria-selected', 'false');
    this.active = index;
    const option = this.options[index];
    option?.setAttribute('aria-selected', 'true');
    option?.scrollIntoView({ block: 'nearest' });
    if (option) this.input.setAttribute('aria-activedescendant', option.id);
    else this.input.removeAttribute('aria-activedescendant');
  }

  private key(event: KeyboardEvent): void {
    // Safari ends the composition before it reports the Enter that ended it; 229 still marks that key.
    if (event.isComposing || event.keyCode === 229) return;
    const { key } = event;
    const open = !this.list.hidden;
    if (key === 'ArrowDown' || key === 'ArrowUp') {
      if (open) this.point(moved(this.active, key === 'ArrowDown' ? 1 : -1, this.options.length));
      else this.typed();
    } else if (key === 'Enter') {
      const chosen = open ? this.options[this.active] : undefined;
      if (chosen) chosen.click();
      else this.ask(this.input.value);
    } else if (key === 'Escape' && open) {
      this.hide();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }
}

/** The next place among `count` options and the field itself, which is -1. */
function moved(from: number, by: number, count: number): number {
  const places = count + 1;
  return ((from + 1 + by + places) % places) - 1;
}

/** `text` with what was typed marked: whole words from their start, Chinese anywhere. */
function highlighted(text: string, query: string): ReturnType<typeof marked> {
  const words = query.split(/[\s\p{P}]+/u).filter(Boolean);
  if (!words.length) return [text];
  const pattern = words.map((word) => (/^[\p{sc=Latn}\p{N}]/u.test(word) ? '(?<![\\p{L}\\p{N}])' : '') + word.replace(/\W/g, (c) => (/\p{L}/u.test(c) ? c : `\\${c}`)));
  return text.split(new RegExp(`(${pattern.join('|')})`, 'iu')).map((part, i) => (i % 2 ? h('mark', { part: 'mark' }, part) : part));
}
