/** A finished answer as elements: each outcome says what it is, and none is a dead end. */

import type { Context, StringKey } from './context';
import type { Answer, Option, Source } from './documents';
import { h } from './dom';
import { button, link, safeUrl } from './links';
import { piecesOf, wrapPieces } from './quotes';
import { safeHtml } from './safe-html';
import { sourceList } from './sources';
import { asText, copyText } from './transcript';
import { voting } from './vote';

/** What an answer needs of the conversation that it stands in. */
export interface Room {
  readonly context: Context;
  /** Ask what the visitor chose among the options of a `clarify`. */
  choose(option: Option): void;
  /** Let a person take over, because the visitor asked for it or an answer does. */
  person(trigger: 'visitor' | 'answer'): void;
  /** A place is about to be opened; false when the site does it. */
  opening(answerId: string, source: Source): boolean;
}

/** The text of an answer by its HTML, its pieces wrapped, a number behind each. `jump`: go to the card of a number. */
export function answerText(context: Context, answer: Answer, jump: (n: number) => void): Node {
  const { html, text } = answer.answer!;
  const root = safeHtml(html, context);
  const shown = new Set<number>();
  const numbers = (list: readonly number[]): HTMLElement[] =>
    list.map((n) => {
      shown.add(n);
      const mark = button('number', `${n}`, () => jump(n));
      mark.value = `${n}`;
      mark.setAttribute('aria-label', context.t('source', { n }));
      return mark;
    });
  wrapPieces(root, text, piecesOf(answer.citations), (piece, last) => last.append(...numbers(piece.numbers)));
  const missed = answer.citations.map(({ n }) => n).filter((n) => !shown.has(n));
  if (missed.length) root.append(h('p', {}, ...numbers(missed)));
  return root;
}

/** What stands above the sources and the text: what kind of answer this is, unless it is a plain one. */
export function headline(context: Context, answer: Answer): Node[] {
  const { t } = context;
  const masked = answer.question.redactions ? [h('p', { class: 'note' }, t('redacted'))] : [];
  if (answer.outcome === 'answered') return masked;
  const [title, lead] = words(answer);
  const text = (answer.outcome === 'handoff' && answer.handoff.message) || t(lead);
  return [...masked, h('h4', { part: 'headline' }, t(title)), h('p', { part: 'lead', dir: 'auto' }, text)];
}

function words({ outcome, reason, gap_id }: Answer): [StringKey, StringKey] {
  if (outcome === 'suggested') return ['suggested', 'suggested_lead'];
  if (outcome === 'clarify') return ['clarify', 'clarify_lead'];
  if (outcome === 'handoff') return ['handoff', 'handoff_lead'];
  if (reason?.code === 'unclear_question') return ['unclear', 'unclear_lead'];
  return ['no_answer', gap_id ? 'no_answer_recorded' : 'no_answer_lead'];
}

/** What stands below the text: what to do next, how sure this is, other places, the vote. */
export function furtherParts(room: Room, answer: Answer, spot: HTMLElement): Node[] {
  const { context } = room;
  const { t } = context;
  const { outcome, options, suggestions, actions, related } = answer;
  const unanswered = outcome === 'no_answer' || outcome === 'suggested';
  return [
    options.length &&
      h('div', { part: 'options' }, ...options.map((option) => button('option', option.label, () => room.choose(option)))),
    outcome === 'no_answer' && suggestions.length && h('h5', {}, t('nearest')),
    suggestions.length && sourceList(context, suggestions, answer.question.lang, (source) => room.opening(answer.id, source)),
    actions.length &&
      h('div', { class: 'row' }, ...actions.map(({ label, url }) => link(context, 'action', url, label))),
    unanswered &&
      h(
        'div',
        { class: 'row' },
        button('reword', t('reword'), () => context.edit(answer.question.text)),
        outcome === 'no_answer' && button('person-here', t('person'), () => room.person('visitor')),
      ),
    outcome === 'answered' && tools(context, answer, spot),
    related.length &&
      h(
        'nav',
        { part: 'related', 'aria-label': t('related') },
        h('h5', {}, t('related')),
        h('ul', {}, ...related.map(({ title, url }) => h('li', { dir: 'auto' }, link(context, 'related-link', url, title)))),
      ),
    (outcome === 'answered' || outcome === 'suggested') && voting(context, answer),
  ].filter((part) => !!part);
}

function tools(context: Context, answer: Answer, spot: HTMLElement): HTMLElement {
  const { t } = context;
  const { level } = answer.confidence;
  const copy = button('copy', t('copy'), async () => {
    const done = t((await copyText(asText(answer, context), spot)) ? 'copied' : 'not_copied');
    context.announce((copy.textContent = done));
    setTimeout(() => (copy.textContent = t('copy')), 3000);
  });
  return h(
    'div',
    { class: 'row facts' },
    h('span', { part: 'confidence', 'data-level': level }, h('i', { class: 'meter', 'aria-hidden': 'true' }, h('i'), h('i'), h('i')), t(`level_${level}`)),
    copy,
    h('a', { part: 'permalink', href: safeUrl(`/a/${answer.id}`, context.server), target: '_blank', rel: 'noopener', title: t('new_tab') }, t('permalink')),
  );
}
