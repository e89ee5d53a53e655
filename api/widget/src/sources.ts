/** The quoted places of an answer as cards, and the light between a piece of the answer and its card. */

import type { Context } from './context';
import type { Source } from './documents';
import { h } from './dom';
import { link } from './links';

/**
 * A list of `sources`. `asked`: language of the question, so that a card in another one says so. `open` is called when a
 * place is about to be opened and returns false where the site does that itself.
 */
export function sourceList(context: Context, sources: readonly Source[], asked: string, open: (source: Source) => boolean): HTMLElement {
  return h('ol', { part: 'sources', 'aria-label': context.t('sources') }, ...sources.map((source) => card(context, source, asked, open)));
}

function card(context: Context, source: Source, asked: string, open: (source: Source) => boolean): HTMLElement {
  const { t } = context;
  const section = source.heading_path.at(-1) ?? '';
  const title = link(
    context,
    'source-link',
    source.highlight_url,
    h('b', { class: 'n', 'aria-hidden': 'true' }, `${source.n}`),
    h('span', { lang: source.lang }, source.title, section !== source.title && section && ` › ${section}`),
  );
  title.onclick = (event) => {
    if (!open(source)) event.preventDefault();
  };
  return h(
    'li',
    { part: 'source', 'data-n': source.n },
    title,
    h('blockquote', { part: 'quote', lang: source.lang, dir: 'auto' }, readable(source.quote)),
    h(
      'p',
      { class: 'facts' },
      source.last_reviewed_on && h('span', {}, t('reviewed', { date: day(source.last_reviewed_on, context.lang) })),
      source.stale && h('span', { part: 'badge', class: 'warn' }, t('overdue')),
      source.lang !== asked && h('span', { part: 'badge' }, t(source.lang === 'zh' ? 'only_zh' : 'only_en')),
    ),
  );
}

function day(date: string, lang: string): string {
  return new Intl.DateTimeFormat(lang, { dateStyle: 'medium', timeZone: 'UTC' }).format(new Date(date));
}

/** A Markdown quote without the marks that only a renderer needs. */
export function readable(quote: string): string {
  return quote
    .replace(/^[ |:-]*\|[ |:-]*$\n?/gm, '')
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/^\s*(#+ |> |\| ?)|\s*\|\s*$|\*\*|__|`/gm, '')
    .replace(/ +\| +/g, ' · ')
    .replace(/\n{2,}/g, '\n');
}

/** Let pieces, their numbers and their cards inside `turn` light each other up while one is pointed at or has the focus. */
export function lightUp(turn: HTMLElement): void {
  let focused = '';
  const show = (names: string): void => {
    const wanted = names.split(' ');
    for (const element of turn.querySelectorAll<HTMLElement>('[data-n]')) {
      element.toggleAttribute('data-active', !!names && element.dataset['n']!.split(' ').some((n) => wanted.includes(n)));
    }
  };
  turn.addEventListener('focusin', (event) => show((focused = numbersAt(event))));
  turn.addEventListener('focusout', () => show((focused = '')));
  turn.addEventListener('mouseover', (event) => show(numbersAt(event) || focused));
  turn.addEventListener('mouseleave', () => show(focused));
}

function numbersAt(event: Event): string {
  const found = (event.target as Element).closest<HTMLElement>('[part=number],[data-n]');
  return found instanceof HTMLButtonElement ? found.value : (found?.dataset['n'] ?? '');
}
