/** A conversation: its questions in order, one of them under way at most, and the thread that joins follow-ups. */

import type { Room } from './answer';
import type { Context } from './context';
import type { Option } from './documents';
import { fill } from './dom';
import { person } from './person';
import { lastAnswer } from './transcript';
import { type Turn, turn } from './turn';

export interface Conversation {
  /** Ask `text`; a question under way is given up. `option`: what was chosen of a `clarify`. Never rejects. */
  ask(text: string, option?: Option): Promise<void>;
  /** Give up the question under way, if there is one. */
  cancel(): void;
  /** Forget everything and begin a new conversation. */
  clear(): void;
}

/** An empty conversation. `region` gets the turns, `context.foot` the way to a person. */
export function conversation(region: HTMLElement, context: Context): Conversation {
  const { emit, server } = context;
  let turns: Turn[] = [];
  const human = person(region, context, () => turns);
  const room: Room = {
    context,
    choose: (option) => void ask(option.label, option),
    person: human.offer,
    opening: (answer_id, citation) => emit('kb:citation', { answer_id, n: citation.n, url: citation.highlight_url, citation }),
  };
  return { ask, cancel, clear };

  async function ask(question: string, option?: Option): Promise<void> {
    const option_id = option?.id;
    if (!emit('kb:ask', { question, option_id, conversation_id: thread() })) return;
    cancel();
    human.clear();
    const run = async (): Promise<void> => {
      const answer = await made.run({
        question,
        option_id,
        conversation_id: thread(),
        filters: context.filters,
        context: { page_url: context.pageUrl().slice(0, 2000), channel: context.channel },
      });
      if (!answer || !turns.includes(made)) return;
      thread(answer.conversation_id);
      emit('kb:answer', answer);
      if (answer.outcome === 'handoff') human.offer('answer');
    };
    const made = turn(room, question, run);
    turns.push(made);
    region.append(made.element);
    made.element.scrollIntoView();
    await run();
  }

  function cancel(): void {
    turns.at(-1)?.cancel();
  }

  function clear(): void {
    cancel();
    turns = [];
    fill(region);
    thread('');
  }

  /**
   * Id of the conversation, kept for this tab and server; null at its beginning. `id` sets it, '' ends it. Storage may be
   * switched off or forbidden in this frame: then the last answer knows it.
   */
  function thread(id?: string): string | null {
    const shelf = `kb-ask ${server}`;
    try {
      if (id != null) sessionStorage.setItem(shelf, id);
      return sessionStorage.getItem(shelf) || null;
    } catch {
      return lastAnswer(turns)?.conversation_id ?? null;
    }
  }
}
