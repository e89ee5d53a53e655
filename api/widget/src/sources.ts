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
  const { t, lang } = context;
  const card = (source: Source): HTMLElement => {
    const section = source.heading_path.at(-1);
    const title = h('span', { lang: source.lang }, source.title, section !== source.title && ` › ${section}`);
    const date = source.last_reviewed_on;
    const opener = link(context, 'source-link', source.highlight_url, h('b', { class: 'n', 'aria-hidden': 'true' }, `${source.n}`), title);
    opener.onclick = () => open(source);
    return h('li source', { 'data-n': source.n },
      opener,
      h('blockquote quote', { lang: source.lang, dir: 'auto' }, readable(source.quote)),
      h('p', { class: 'facts' },
        date && t('reviewed', { date: new Intl.DateTimeFormat(lang, { dateStyle: 'medium', timeZone: 'UTC' }).format(new Date(date)) }),
        source.stale && h('span badge', { class: 'warn' }, t('overdue')),
        source.lang !== asked && h('span badge', {}, t(source.lang === 'en' ? 'only_en' : 'only_zh')),
      ),
    );
  };
  return h('ol sources', { 'aria-label': t('sources') }, ...sources.map(card));
}

/** A Markdown quote without the marks that only a renderer needs. */
export function readable(quote: string): string {
  return quote
    .replace(/^[ |:-]*\|[ |:-]*$\n?/gm, '')
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/^\s*(#+ |> |\| ?)|\s*\|\s*$|\*\*|__|`|\[!\w+\]\n?/gm, '')
    .replace(/ +\| +/g, ' · ')
    .replace(/\n{2,}/g, '\n');
}

/** Let pieces, their numbers and their cards inside `turn` light each other up while one is pointed at or has the focus. */
export function lightUp(turn: HTMLElement): void {
  for (const type of ['focusin', 'mouseover', 'focusout', 'mouseleave']) {
    turn.addEventListener(type, ({ target }) => {
      const found = (target as Element).closest<HTMLElement>('[part=number],[data-n]');
      const names = /[nr]$/.test(type) ? (found?.dataset['n'] ?? found?.textContent ?? '') : '';
      for (const element of turn.querySelectorAll<HTMLElement>('[data-n]')) {
        element.toggleAttribute('data-active', names.split(' ').some((n) => element.dataset['n']!.split(' ').includes(n)));
      }
      // Along the strip only: the page must not move under the pointer.
      const card = turn.querySelector<HTMLElement>('li[data-active]');
      if (card && !card.contains(found)) card.parentElement!.scrollLeft = card.offsetLeft - 20;
    });
  }
}
