/** One question and what came of it: the wait, the sources, the text as it arrives, the finished answer, or why there is none. */

import { answerText, furtherParts, headline, type Room } from './answer';
import { askServer, Failed, type Failure } from './client';
import type { Answer, Exchange, Source } from './documents';
import { h } from './dom';
import { button } from './links';
import { lightUp, sourceList } from './sources';

const SLOW = 4000; // milliseconds until the wait is explained
const LISTED = /^(\d+\.|-) /;

export class Turn {
  readonly exchange: Exchange;
  readonly element: HTMLElement;
  private readonly title: HTMLElement;
  private readonly lead = h('div');
  private readonly places = h('div');
  private readonly text = h('div', { part: 'answer', dir: 'auto' });
  private readonly rest = h('div');
  private known: Pick<Answer, 'id' | 'question'> | undefined;
  private sources: readonly Source[] = [];
  private drawn = '';
  private streamed = '';
  private frame = 0;
  private attempt: AbortController | undefined;
  private countdown: ReturnType<typeof setInterval> | undefined;

  /** `retry` asks the same once more. */
  constructor(
    private readonly room: Room,
    question: string,
    private readonly retry: () => void,
  ) {
    this.exchange = { question, asked_at: new Date().toISOString(), answer: null };
    this.title = h('h3', { part: 'question', tabindex: 0, dir: 'auto' }, question);
    this.element = h('section', { part: 'turn' }, this.title, this.lead, this.places, this.text, this.rest);
    lightUp(this.element);
  }

  /** Ask `body` until there is an answer, a failure, or somebody cancels. Resolves with the answer, else null. */
  async run(body: object): Promise<Answer | null> {
    const own = (this.attempt = new AbortController());
    this.wait();
    const slow = setTimeout(() => this.explainWait(), SLOW);
    try {
      const answer = await askServer(this.room.context, body, own.signal, {
        created: (known) => (this.known = known),
        sources: (citations) => this.draw(() => (this.sources = citations)),
        delta: (text) => this.draw(() => (this.streamed += text)),
      });
      this.show((this.exchange.answer = answer));
      return answer;
    } catch (error) {
      const failed = error instanceof Failed ? error : new Failed('failed');
      this.fail(own.signal.aborted ? 'stopped' : failed.kind, failed.seconds);
      return null;
    } finally {
      clearTimeout(slow);
      this.attempt = undefined;
    }
  }

  /** Give up what is under way; the server notices. */
  cancel(): void {
    this.attempt?.abort();
  }

  private wait(): void {
    const { t } = this.room.context;
    clearInterval(this.countdown);
    this.streamed = '';
    this.begin('');
    this.text.replaceChildren(h('div', { class: 'skeleton', 'aria-hidden': 'true' }, h('i'), h('i'), h('i')));
    this.rest.replaceChildren(
      h('p', { class: 'row facts' }, h('span', {}, t('looking')), button('stop', t('stop'), () => this.cancel())),
    );
  }

  private explainWait(): void {
    const { t, announce } = this.room.context;
    this.rest.querySelector('span')?.replaceChildren(t('still_looking'));
    announce(t('still_looking'));
  }

  /** Take `news` in and show it with the next picture: what arrives together is drawn together. */
  private draw(news: () => void): void {
    news();
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.drawSources();
      const lines = this.streamed.split(/\n+/).map((line) => h('p', { class: LISTED.test(line) && 'item' }, line));
      if (this.streamed) this.text.replaceChildren(...lines);
    });
  }

  private drawSources(): void {
    const { sources, known } = this;
    const drawn = JSON.stringify(sources.map(({ n, quote }) => [n, quote]));
    // What is there already stays: it may have the focus.
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    const open = (source: Source): boolean => this.room.opening(known!.id, source);
    this.places.replaceChildren(...(sources.length ? [sourceList(this.room.context, sources, known!.question.lang, open)] : []));
  }

  private show(answer: Answer): void {
    const { context } = this.room;
    this.begin(answer.outcome);
    this.known = answer;
    this.sources = answer.citations;
    this.drawSources();
    this.lead.replaceChildren(...headline(context, answer));
    this.text.replaceChildren(...(answer.answer ? [answerText(context, answer, (n) => this.jump(n))] : []));
    this.text.lang = answer.lang;
    this.rest.replaceChildren(...furtherParts(this.room, answer, this.rest));
    for (const wide of this.text.querySelectorAll<HTMLElement>('.wide')) wide.tabIndex = wide.scrollWidth > wide.clientWidth ? 0 : -1;
    const text = answer.answer?.text ?? [...this.lead.children].map((part) => part.textContent).join('. ');
    const first = /^.+?(?:[.!?](?=\s)|[。！？\n]|$)/s.exec(text)![0].trim();
    const n = answer.citations.length || answer.suggestions.length;
    context.announce(context.t(n === 1 ? 'ready_one' : 'ready', { text: first, n }));
  }

  private fail(why: Failure | 'stopped', seconds: number): void {
    const { t, announce } = this.room.context;
    this.begin(why === 'stopped' ? why : 'error');
    const again = button('retry', t('retry'), () => this.retry());
    const said = t(`fail_${why}`);
    this.text.replaceChildren();
    this.rest.replaceChildren(h('div', { part: 'error', class: 'row' }, h('p', {}, said), again));
    const left = (): void => {
      again.disabled = seconds > 0;
      again.textContent = seconds > 0 ? t('retry_in', { n: seconds }) : t('retry');
      if (seconds-- <= 0) clearInterval(this.countdown);
    };
    if (seconds) {
      this.countdown = setInterval(left, 1000);
      left();
    }
    announce(said);
  }

  /** From one state to the next; a control that goes away with the old one leaves the focus to the question. */
  private begin(outcome: string): void {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.element.dataset['outcome'] = outcome;
    this.element.setAttribute('aria-busy', `${!outcome}`);
    const focused = (this.element.getRootNode() as ShadowRoot).activeElement;
    if (focused && (this.rest.contains(focused) || this.text.contains(focused))) this.title.focus();
  }

  private jump(n: number): void {
    const link = this.places.querySelector<HTMLElement>(`[data-n="${n}"] a`);
    link?.focus();
  }
}
