/** A finished answer as elements: each outcome says what it is, and none is a dead end. */

import type { Context, StringKey } from './context';
import type { Answer, Option, Source } from './documents';
import { type Child, h } from './dom';
import { button, link } from './links';
import { wrapPieces } from './quotes';
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

/** Plain text, a paragraph for each of its lines. */
export function lines(text: string): DocumentFragment {
  const root = document.createDocumentFragment();
  root.append(...text.split(/\n+/).map((line) => h('p', {}, line)));
  return root;
}

/** The text of an answer by its HTML, its pieces wrapped, a number behind each. `jump`: go to the card of a number. */
export function answerText(context: Context, { answer, citations }: Answer, jump: (n: string) => void): Child {
  if (!answer) return;
  let root: DocumentFragment;
  try {
    root = safeHtml(context, answer.html);
  } catch {
    // A page whose Trusted Types let nobody parse HTML gets the text.
    root = lines(answer.text);
  }
  wrapPieces(root, answer.text, citations, (names) =>
    names.split(' ').map((n) => {
      const mark = button('number', n, () => jump(n));
      mark.ariaLabel = context.t('source', { n });
      return mark;
    }),
  );
  return root;
}

/** What stands above the sources and the text: what kind of answer this is, unless it is a plain one. */
export function headline({ t }: Context, answer: Answer): Child[] {
  const { outcome, handoff, gap_id } = answer;
  const kind = outcome === 'no_answer' && answer.reason?.code === 'unclear_question' ? 'unclear' : outcome;
  const lead = { suggested: t('suggested_lead'), unclear: t('unclear_lead'), no_answer: t('no_answer_lead'), handoff: handoff.message };
  return [
    kind !== 'answered' && h('h3 headline', {}, t(kind)),
    kind in lead && h('p lead', { dir: 'auto' }, lead[kind as keyof typeof lead]),
    gap_id && kind === 'no_answer' && h('p recorded', {}, t('recorded')),
    answer.question.redactions && h('p', { class: 'facts' }, t('redacted')),
  ];
}

/** What stands below the text: what to do next, how sure this is, other places, the vote. */
export function furtherParts(room: Room, answer: Answer): Child[] {
  const { context } = room;
  const { t } = context;
  const { outcome, options, suggestions, actions, related } = answer;
  const answered = outcome === 'answered';
  const buttons = [
    ...actions.map(({ label, url }) => link(context, 'action', url, label)),
    ...(/^(no|sug)/.test(outcome) ? [button('reword', t('reword'), () => context.edit(answer.question.text))] : []),
    ...(outcome === 'no_answer' ? [button('call', t('person'), () => room.person('visitor'))] : []),
  ];
  return [
    options.length && h('div', { class: 'options' }, ...options.map((option) => button('option', option.label, () => room.choose(option)))),
    suggestions.length && outcome === 'no_answer' && h('h3 aside', {}, t('nearest')),
    suggestions.length && sourceList(context, suggestions, answer.question.lang, (source) => room.opening(answer.id, source)),
    buttons.length && h('div', { class: 'row' }, ...buttons),
    answered && tools(context, answer),
    related.length && h('h3 aside', {}, t('related')),
    related.length && h('ul related', { 'aria-label': t('related') }, ...related.map(({ title, url }) => h('li', { dir: 'auto' }, link(context, 'related-link', url, title)))),
    (answered || outcome === 'suggested') && voting(context, answer),
  ];
}

function tools(context: Context, answer: Answer): HTMLElement {
  const { t } = context;
  const { level } = answer.confidence;
  const copy = button('copy', t('copy'), async () => {
    if (await copyText(asText(answer, context), copy)) context.announce((copy.textContent = t('copied')));
  });
  return h('div', { class: 'row facts' },
    h('span confidence', { 'data-level': level }, h('i'), h('i'), h('i'), t(`level_${level}` as StringKey)),
    copy,
    link(context, 'permalink', `/a/${answer.id}`, t('permalink')),
  );
}
