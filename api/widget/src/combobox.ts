/**
 * The question field with suggestions: a combobox with list autocomplete (WAI-ARIA Authoring Practices, "Combobox").
 * The focus stays in the field; `aria-activedescendant` names the option that the arrows are at.
 */

import type { Context } from './context';
import { h } from './dom';
import { link } from './links';
import { safeHtml } from './safe-html';

interface Result {
  readonly title: string;
  readonly title_html: string;
  readonly url: string;
  readonly snippet_html: string;
  readonly headings: readonly { readonly text: string; readonly html: string; readonly url: string }[];
}

const WAIT_MS = 90;
const MOST_ARTICLES = 5;
const MOST_HEADINGS = 2;
const LONGEST_QUERY = 200;

/**
 * Let `input` suggest articles in `list`. `ask`: what Enter does where the arrows point at no option. Gives what closes
 * the list and gives up what it is waiting for.
 */
export function combobox(input: HTMLInputElement, list: HTMLElement, context: Context, ask: (question: string) => void): () => void {
  const { call, filters } = context;
  let options: HTMLElement[] = [];
  let active = -1;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let request: AbortController | undefined;

  const show = (open: boolean): void => {
    list.hidden = !open;
    input.ariaExpanded = `${open}`;
  };

  const hide = (): void => {
    clearTimeout(timer);
    request?.abort();
    point(-1);
    show(false);
  };

  const point = (index: number): void => {
    active = index;
    options.forEach((option, i) => (option.ariaSelected = `${i === index}`));
    options[index]?.scrollIntoView({ block: 'nearest' });
    input.setAttribute('aria-activedescendant', options[index]?.id ?? '');
  };

  const typed = (event?: Event): void => {
    clearTimeout(timer);
    // What an input method still composes is no word yet.
    if ((event as InputEvent | undefined)?.isComposing) return;
    const query = input.value.trim();
    if (query) timer = setTimeout(() => void suggest(query), WAIT_MS);
    else hide();
  };

  const suggest = async (query: string): Promise<void> => {
    request?.abort();
    const { signal } = (request = new AbortController());
    const asked = new URLSearchParams({ mode: 'typeahead', limit: `${MOST_ARTICLES}`, q: query.slice(0, LONGEST_QUERY) });
    for (const value of filters.category) asked.append('category', value);
    for (const value of filters.tags) asked.append('tag', value);
    // Without suggestions a question can still be asked; asking says what is wrong.
    const { data = [] } = await call(`/v1/search?${asked}`, { signal }).then((response) => response.json()).catch(() => ({}));
    if (!signal.aborted) draw(query, data);
  };

  const draw = (query: string, results: readonly Result[]): void => {
    options = [];
    list.replaceChildren(
      option(h('div  asking', { onclick: () => ask(query) }, h('span  title', {}, T.ask_option.replace('{q}', () => query)), h('kbd', {}, '↵'))),
      ...results.map(({ title, title_html, url, snippet_html, headings }) =>
        h('div', { role: 'group', ariaLabel: title },
          row(url, 'title', title_html, h('span  snippet', {}, safeHtml(context, snippet_html))),
          ...headings.filter(({ text }) => text !== title).slice(0, MOST_HEADINGS).map(({ url, html }) => row(url, 'heading', html)),
        ),
      ),
    );
    list.scrollTop = 0;
    point(-1);
    show(true);
    context.announce(`${T.suggestions}: ${results.length}`);
  };

  const row = (url: string, kind: string, html: string, more?: Node): HTMLElement =>
    option(link(context, '', url, h(`span  ${kind}` as 'span', {}, safeHtml(context, html)), more));

  const option = (element: HTMLElement): HTMLElement => {
    element.setAttribute('part', 'suggestion');
    element.tabIndex = -1;
    return Object.assign(element, { id: `option-${options.push(element)}`, role: 'option' });
  };

  input.addEventListener('keydown', (event) => {
    // Safari ends the composition before it reports the Enter that ended it; 229 still marks that key.
    if (event.isComposing || event.keyCode === 229) return;
    const { key } = event;
    const by = +(key === 'ArrowDown') - +(key === 'ArrowUp');
    const places = options.length + 1; // the options and the field itself, which is -1
    if (by && list.hidden) typed();
    else if (by) point(((active + 1 + by + places) % places) - 1);
    else if (key === 'Enter') list.hidden || active < 0 ? ask(input.value) : options[active]!.click();
    else if (key === 'Escape' && !list.hidden) hide();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  input.addEventListener('input', typed);
  input.addEventListener('compositionend', typed);
  input.addEventListener('blur', hide);
  // A pressed option must not take the focus, or the list would be gone before the click arrives.
  list.addEventListener('mousedown', (event) => event.preventDefault());
  return hide;
}
