/** One question and what came of it: the wait, the sources, the text as it arrives, the finished answer, or why there is none. */

import { answerText, furtherParts, headline, lines, type Room } from './answer';
import { ask, type Failure, type Question } from './client';
import type { Answer, Exchange, Source } from './documents';
import { fill, h } from './dom';
import { button } from './links';
import { lightUp, sourceList } from './sources';

const SLOW = 4000; // milliseconds until the wait is explained

export interface Turn {
  readonly exchange: Exchange;
  readonly element: HTMLElement;
  /** Ask until there is an answer, a failure, or somebody cancels. Resolves with the answer, else null. */
  run(body: Question): Promise<Answer | null>;
  /** Give up what is under way; the server notices. */
  cancel(): void;
}

/** A turn for `question`, still without anything below it. `retry` asks the same once more. */
export function turn(room: Room, question: string, retry: () => void): Turn {
  const { context } = room;
  const { t, announce } = context;
  const exchange: Exchange = { question, answer: null };
  const title = h('h2 question', { tabindex: 0, dir: 'auto' }, question);
  const lead = h('div');
  const places = h('div', { class: 'strip' });
  const text = h('div answer', { dir: 'auto' });
  const rest = h('div');
  const element = h('section turn', {}, title, lead, places, text, rest);
  let attempt: AbortController | undefined;
  let known: Pick<Answer, 'id' | 'question'>;
  let sources: readonly Source[] = [];
  let streamed = '';
  let drawn = '';
  let frame = 0;
  let countdown = 0;
  lightUp(element);
  return { exchange, element, run, cancel: () => attempt?.abort() };

  async function run(body: Question): Promise<Answer | null> {
    const own = (attempt = new AbortController());
    begin('');
    fill(text, h('div', { class: 'skeleton' }, h('i'), h('i'), h('i')));
    const wait = h('span', {}, t('looking'));
    fill(rest, h('p', { class: 'row' }, wait, button('stop', t('stop'), () => own.abort())));
    const slow = setTimeout(() => announce((wait.textContent = t('still_looking'))), SLOW);
    try {
      const answer = await ask(context, body, own.signal, {
        created(begun) {
          known = begun;
          streamed = '';
        },
        sources(found) {
          sources = found;
          soon();
        },
        delta(words) {
          streamed += words;
          wait.textContent = '';
          clearTimeout(slow);
          soon();
        },
      });
      show((exchange.answer = answer));
      return answer;
    } catch (error) {
      const { kind, seconds } = error as Failure;
      fail(own.signal.aborted ? 'stopped' : (kind ?? 'failed'), seconds);
      return null;
    } finally {
      clearTimeout(slow);
    }
  }

  /** What arrives together is drawn together, with the next picture. */
  function soon(): void {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      drawSources();
      if (streamed) fill(text, lines(streamed));
    });
  }

  function drawSources(): void {
    // What is there already stays: it may have the focus.
    if (drawn === (drawn = sources.map(({ quote }) => quote).join())) return;
    fill(places, sources.length && sourceList(context, sources, known.question.lang, (source) => room.opening(known.id, source)));
  }

  function show(answer: Answer): void {
    begin(answer.outcome);
    known = answer;
    sources = answer.citations;
    drawSources();
    fill(lead, ...headline(context, answer));
    text.lang = answer.lang;
    fill(text, answerText(context, answer, (n) => places.querySelector<HTMLElement>(`[data-n="${n}"] a`)?.focus()));
    for (const wide of text.querySelectorAll<HTMLElement>('.wide')) if (wide.scrollWidth > wide.clientWidth) wide.tabIndex = 0;
    fill(rest, ...furtherParts(room, answer));
    // The first sentence is enough to know whether to read on.
    const [first] = /^.+?([.!?](?=\s)|[。！？\n]|$)/.exec(answer.answer?.text ?? '') ?? [];
    announce(first ? t('ready', { text: first, n: sources.length }) : lead.innerText);
  }

  function fail(why: Failure['kind'] | 'stopped', seconds: number): void {
    begin(why === 'stopped' ? why : 'error');
    const said = t(`fail_${why}`);
    const again = button('retry', '', retry);
    const tick = (): void => {
      fill(again, t('retry'), seconds > 0 && ` (${seconds})`);
      again.disabled = seconds > 0;
      if (seconds-- > 0) countdown = setTimeout(tick, 1000);
    };
    tick();
    fill(text);
    fill(rest, h('div error', { class: 'row' }, h('p', {}, said), again));
    announce(said);
  }

  /** From one state to the next; a control that goes away with the old one leaves the focus to the question. */
  function begin(outcome: string): void {
    cancelAnimationFrame(frame);
    clearTimeout(countdown);
    frame = 0;
    element.dataset['outcome'] = outcome;
    element.ariaBusy = `${!outcome}`;
    if (rest.matches(':focus-within')) title.focus();
  }
}
