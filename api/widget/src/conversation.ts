/** A conversation: its questions in order, one of them under way at most, and the thread that joins follow-ups. */

import type { Room } from './answer';
import type { Context } from './context';
import conversationCss from './conversation.css';
import type { Exchange, Option } from './documents';
import { type Person, person } from './person';
import { lastAnswer } from './transcript';
import { type Turn, turn } from './turn';

export { conversationCss };

export class Conversation {
  private turns: Turn[] = [];
  private readonly person: Person;
  private readonly room: Room;

  /** `region` gets the turns, `context.foot` the way to a person. */
  constructor(
    private readonly region: HTMLElement,
    private readonly context: Context,
  ) {
    this.person = person(region, context, () => this.transcript);
    this.room = {
      context,
      choose: (option) => void this.ask(option.label, option),
      person: this.person.offer,
      opening: (answer_id, citation) => context.emit('kb:citation', { answer_id, n: citation.n, url: citation.highlight_url, citation }),
    };
  }

  /** Questions and answers so far, the oldest first. */
  get transcript(): readonly Exchange[] {
    return this.turns.map(({ exchange }) => exchange);
  }

  /** Ask `text`; a question under way is given up. `option`: what was chosen of a `clarify`. Never rejects. */
  async ask(text: string, option?: Option): Promise<void> {
    const { context } = this;
    const question = text.trim();
    const option_id = option?.id;
    if (!question || !context.emit('kb:ask', { question, option_id, conversation_id: this.thread() })) return;
    this.cancel();
    this.person.clear();
    const run = async (): Promise<void> => {
      const answer = await made.run({
        question,
        option_id,
        conversation_id: this.thread(),
        filters: context.filters,
        context: { page_url: context.pageUrl().slice(0, 2000), channel: context.channel },
      });
      if (!answer || !this.turns.includes(made)) return;
      this.thread(answer.conversation_id);
      context.emit('kb:answer', answer);
      if (answer.outcome === 'handoff') this.person.offer('answer');
    };
    const made = turn(this.room, question, () => void run());
    this.turns.push(made);
    this.region.append(made.element);
    made.element.scrollIntoView();
    await run();
  }

  /** Give up the question under way, if there is one. */
  cancel(): void {
    this.turns.at(-1)?.cancel();
  }

  /** Forget everything and begin a new conversation. */
  clear(): void {
    this.destroy();
    this.turns = [];
    this.thread('');
  }

  /** Give up what is under way and take away what was drawn. */
  destroy(): void {
    this.cancel();
    this.person.clear();
    for (const { element } of this.turns) element.remove();
  }

  /**
   * Id of the conversation, kept for this tab and server; null at its beginning. `id` sets it, '' ends it. Storage may be
   * switched off or forbidden in this frame: then the last answer knows it.
   */
  private thread(id?: string): string | null {
    const shelf = `kb-ask ${this.context.server}`;
    try {
      if (id != null) sessionStorage.setItem(shelf, id);
      return sessionStorage.getItem(shelf) || null;
    } catch {
      return lastAnswer(this.transcript)?.conversation_id ?? null;
    }
  }
}
