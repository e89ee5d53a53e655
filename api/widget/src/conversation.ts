/** A conversation: its questions in order, one of them under way at most, and the thread that joins follow-ups. */

import type { Room } from './answer';
import type { Context } from './context';
import conversationCss from './conversation.css';
import type { Exchange, Option } from './documents';
import { Person } from './person';
import { Turn } from './turn';

export { conversationCss };

export class Conversation {
  private turns: Turn[] = [];
  private readonly person: Person;
  private readonly room: Room;
  private readonly shelf: string;
  private destroyed = false;

  /** `region` gets the turns, `context.foot` the way to a person. */
  constructor(
    private readonly region: HTMLElement,
    private readonly context: Context,
  ) {
    this.shelf = `kb-ask ${context.server}`;
    this.person = new Person(region, context, () => this.transcript);
    this.room = {
      context,
      choose: (option) => void this.ask(option.label, option),
      person: (trigger) => this.person.ask(trigger),
      opening: (answer_id, source) => context.emit('kb:citation', { answer_id, n: source.n, url: source.highlight_url, citation: source }),
    };
  }

  /** Questions and answers so far, the oldest first. */
  get transcript(): readonly Exchange[] {
    return this.turns.map(({ exchange }) => exchange);
  }

  /** Ask `text`; a question under way is given up. `option`: what was chosen of a `clarify`. Never rejects. */
  async ask(text: string, option?: Option): Promise<void> {
    const question = text.trim();
    if (!question || this.destroyed) return;
    const detail = { question, option_id: option?.id ?? null, conversation_id: this.thread, page_url: this.context.pageUrl(), lang: this.context.lang };
    if (!this.context.emit('kb:ask', detail)) return;
    this.cancel();
    this.person.clear();
    const turn: Turn = new Turn(this.room, question, () => void this.run(turn, option));
    this.turns.push(turn);
    this.region.append(turn.element);
    turn.element.scrollIntoView({ block: 'start' });
    await this.run(turn, option);
  }

  /** Give up the question under way, if there is one. */
  cancel(): void {
    this.turns.at(-1)?.cancel();
  }

  /** Forget everything and begin a new conversation. */
  clear(): void {
    this.cancel();
    this.person.clear();
    for (const { element } of this.turns) element.remove();
    this.turns = [];
    this.thread = null;
  }

  /** Leave the page: nothing arrives any more. */
  destroy(): void {
    this.destroyed = true;
    this.cancel();
    this.person.destroy();
  }

  private async run(turn: Turn, option?: Option): Promise<void> {
    const { context } = this;
    const answer = await turn.run({
      question: turn.exchange.question,
      ...(option && { option_id: option.id }),
      conversation_id: this.thread,
      filters: context.filters,
      context: { page_url: context.pageUrl().slice(0, 2048), channel: context.channel },
    });
    if (!answer || !this.turns.includes(turn)) return;
    this.thread = answer.conversation_id;
    context.emit('kb:answer', answer);
    if (answer.outcome === 'handoff') this.person.ask('answer');
  }

  /** Id of the conversation on this server, kept for the tab; null at its beginning. Without storage it lasts for the page. */
  private get thread(): string | null {
    return this.latest() ?? stored(() => sessionStorage.getItem(this.shelf));
  }

  private set thread(id: string | null) {
    stored(() => (id ? sessionStorage.setItem(this.shelf, id) : sessionStorage.removeItem(this.shelf)));
  }

  private latest(): string | undefined {
    return this.transcript.findLast(({ answer }) => answer)?.answer?.conversation_id;
  }
}

/** Storage may be switched off, full, or forbidden in this frame; a conversation goes on without it. */
function stored<T>(access: () => T): T | null {
  try {
    return access();
  } catch {
    return null;
  }
}
