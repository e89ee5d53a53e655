/** A finished answer as elements: each outcome says what it is, and none is a dead end. */

import type { Context } from './context';
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
  person(trigger: 'visitor' | 'answer'): Promise<void>;
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
  const root = safeHtml(context, answer.html);
  wrapPieces(root, answer.text, citations, (names) =>
    names.split(' ').map((n) => {
      const mark = button('number', n, () => jump(n));
      mark.ariaLabel = T.source.replace('{n}', n);
      return mark;
    }),
  );
  return root;
}

/** What stands above the sources and the text: what kind of answer this is, unless it is a plain one. */
export function headline({ outcome, reason, preface, handoff, gap_id, question }: Answer): Child[] {
  const unclear = reason?.code === 'unclear_question';
  const [kind, lead] = {
    answered: [],
    suggested: [T.suggested, T.suggested_lead],
    clarify: [T.clarify],
    no_answer: unclear ? [T.unclear, T.unclear_lead] : [T.no_answer, T.no_answer_lead],
    handoff: [T.handoff, handoff.message],
  }[outcome] ?? [];
  return [
    preface && h('p preface', { dir: 'auto' }, preface),
    kind && h('h3 headline', {}, kind),
    lead && h('p lead', { dir: 'auto' }, lead),
    gap_id && !unclear && outcome === 'no_answer' && h('p recorded', {}, T.recorded),
    question.redactions && h('p  facts', {}, T.redacted),
  ];
}

/** What stands below the text: what to do next, how sure this is, other places, the vote. */
export function furtherParts(room: Room, answer: Answer): Child[] {
  const { context } = room;
  const { outcome, options, suggestions, actions, related, question } = answer;
  const answered = outcome === 'answered';
  const unknown = outcome === 'no_answer';
  const unsure = unknown || outcome === 'suggested';
  const buttons = [
    ...actions.map(({ label, url }) => link(context, 'action', url, label)),
    unsure && button('reword', T.reword, () => context.edit(question.text)),
    unknown && button('call', T.person, () => room.person('visitor')),
  ];
  return [
    options[0] && h('div  options', {}, ...options.map((option) => button('option', option.label, () => room.choose(option)))),
    suggestions[0] && unknown && h('h3 aside', {}, T.nearest),
    suggestions[0] && sourceList(context, suggestions, question.lang, (source) => room.opening(answer.id, source)),
    buttons.some(Boolean) && h('div  row', {}, ...buttons),
    answered && tools(context, answer),
    related[0] && h('h3 aside', {}, T.related),
    related[0] && h('ul related', { ariaLabel: T.related }, ...related.map(({ title, url }) => h('li', { dir: 'auto' }, link(context, 'related-link', url, title)))),
    (answered || outcome === 'suggested') && voting(context, answer),
  ];
}

function tools(context: Context, answer: Answer): HTMLElement {
  const { level } = answer.confidence;
  const copy = button('copy', T.copy, async () => {
    if (await copyText(asText(answer), copy)) context.announce((copy.textContent = T.copied));
  });
  return h('div  row facts', {},
    h('span confidence', {}, level === 'high' ? T.level_high : level === 'medium' ? T.level_medium : T.level_low),
    copy,
    link(context, 'permalink', `/a/${answer.id}`, T.permalink),
  );
}
