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
  const card = (source: Source): HTMLElement => {
    const { n, lang, title, last_reviewed_on: date } = source;
    const section = source.heading_path.at(-1);
    const opener = link(context, 'source-link', source.highlight_url,
      h('b  n', { ariaHidden: 'true' }, `${n}`),
      h('span', { lang }, title, section !== title && ` › ${section}`),
    );
    opener.onclick = () => open(source);
    return h('li source', { 'data-n': n },
      opener,
      h('blockquote quote', { lang, dir: 'auto' }, readable(source.quote)),
      h('p  facts', {},
        date && T.reviewed.replace('{date}', new Date(date).toLocaleDateString(LANG, { dateStyle: 'medium', timeZone: 'UTC' })),
        source.stale && h('span badge warn', {}, T.overdue),
        lang !== asked && h('span badge', {}, lang === 'en' ? T.only_en : T.only_zh),
      ),
    );
  };
  return h('ol sources', { ariaLabel: T.sources }, ...sources.map(card));
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
