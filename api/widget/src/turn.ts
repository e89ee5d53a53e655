/** One question and what came of it: the wait, the sources, the text as it arrives, the finished answer, or why there is none. */

import { answerText, furtherParts, headline, lines, type Room } from './answer';
import { ask, type Failure, type Question } from './client';
import type { Answer, Exchange, Source } from './documents';
import { fill, h } from './dom';
import { button } from './links';
import { lightUp, sourceList } from './sources';

const SLOW = 4000; // milliseconds until the wait is explained

export interface Turn extends Exchange {
  readonly element: HTMLElement;
  /** Ask until there is an answer, a failure, or somebody cancels. Resolves with the answer, else with nothing. */
  run(body: Question): Promise<Answer | void>;
  /** Give up what is under way; the server notices. */
  cancel(): void;
}

/** A turn for `question`, still without anything below it. `retry` asks the same once more. */
export function turn(room: Room, question: string, retry: () => void): Turn {
  const { context } = room;
  const { announce } = context;
  const title = h('h2 question', { tabindex: '0', dir: 'auto' }, question);
  const lead = h('div');
  const places = h('div  strip');
  const text = h('div answer', { dir: 'auto' });
  const rest = h('div');
  const element = h('section turn', {}, title, lead, places, text, rest);
  let attempt: AbortController | undefined;
  let known: Pick<Answer, 'id' | 'question'>;
  let sources: readonly Source[] = [];
  let streamed = '';
  let drawn = '';
  let countdown = 0;
  lightUp(element);
  const made: Turn = { question, answer: null, element, run, cancel: () => attempt?.abort() };
  return made;

  async function run(body: Question): Promise<Answer | void> {
    const own = (attempt = new AbortController());
    begin('');
    fill(text);
    const wait = h('span', {}, T.looking);
    fill(rest, h('p  row', {}, wait, button('stop', T.stop, () => own.abort())));
    const slow = setTimeout(() => announce((wait.textContent = T.still_looking)), SLOW);
    try {
      const answer = await ask(context, body, own.signal, {
        created(begun) {
          known = begun;
          streamed = '';
        },
        sources(found) {
          sources = found;
          drawSources();
        },
        delta(words) {
          wait.textContent = '';
          clearTimeout(slow);
          fill(text, lines((streamed += words)));
        },
      });
      show((made.answer = answer));
      return answer;
    } catch (error) {
      const { said = T.fail_failed, seconds } = error as Partial<Failure>;
      if (own.signal.aborted) fail('stopped', T.fail_stopped);
      else fail('error', said, seconds);
    } finally {
      clearTimeout(slow);
    }
  }

  function drawSources(): void {
    // What is there already stays: it may have the focus.
    if (drawn === (drawn = sources.map(({ quote }) => quote).join())) return;
    fill(places, sources[0] && sourceList(context, sources, known.question.lang, (source) => room.opening(known.id, source)));
  }

  function show(answer: Answer): void {
    begin(answer.outcome);
    known = answer;
    sources = answer.citations;
    drawSources();
    fill(lead, ...headline(answer));
    text.lang = answer.lang;
    fill(text, answerText(context, answer, (n) => places.querySelector<HTMLElement>(`[data-n="${n}"] a`)?.focus()));
    for (const wide of text.querySelectorAll<HTMLElement>('.wide')) if (wide.scrollWidth > wide.clientWidth) wide.tabIndex = 0;
    fill(rest, ...furtherParts(room, answer));
    // The first sentence is enough to know whether to read on.
    const [first] = /^.+?([.!?](?=\s)|[。！？\n]|$)/.exec(answer.answer?.text ?? '') ?? [];
    announce(first ? T.ready.replace('{n}', `${sources.length}`).replace('{text}', () => first) : lead.innerText);
  }

  function fail(outcome: string, said: string, seconds = 0): void {
    begin(outcome);
    const again = button('retry', '', retry);
    const tick = (): void => {
      again.textContent = T.retry + (seconds > 0 ? ` (${seconds})` : '');
      again.disabled = seconds > 0;
      if (seconds-- > 0) countdown = setTimeout(tick, 1000);
    };
    tick();
    fill(text);
    fill(rest, h('div error row', {}, h('p', {}, said), again));
    announce(said);
  }

  /** From one state to the next; a control that goes away with the old one leaves the focus to the question. */
  function begin(outcome: string): void {
    clearTimeout(countdown);
    element.dataset['outcome'] = outcome;
    element.ariaBusy = `${!outcome}`;
    if (rest.matches(':focus-within')) title.focus();
  }
}
