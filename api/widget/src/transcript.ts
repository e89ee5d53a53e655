/** The conversation as text and as data, for the clipboard, for a person who takes over, and for the site. */

import type { Context } from './context';
import type { Answer, Exchange } from './documents';
import { h } from './dom';

/** The answer with the places it comes from, for a letter or a ticket. */
export function asText({ answer, citations }: Answer): string {
  const places = citations.map(({ n, title, heading_path, url }) => `[${n}] ${[...new Set([title, ...heading_path])].join(' › ')}\n${url}`);
  return [answer!.text, T.sources, ...places].join('\n\n');
}

/** What a person who takes over should know, in the names of `POST /v1/handoffs`. */
export function packet({ channel, pageUrl }: Context, exchanges: readonly Exchange[]): Record<string, unknown> {
  const answer = lastAnswer(exchanges);
  return {
    conversation_id: answer?.conversation_id,
    answer_id: answer?.id,
    question: exchanges.at(-1)?.question,
    // The service takes 20,000 code points of all lines together.
    transcript: exchanges.slice(-9).flatMap(({ question, answer }) =>
      [question, answer?.answer?.text ?? answer?.outcome ?? ''].map((text, i) => ({
        role: i ? 'assistant' : 'visitor', text: [...text].slice(0, 1000).join(''),
      })),
    ),
    lang: ASKED_IN,
    channel,
    page_url: pageUrl(),
  };
}

export function lastAnswer(exchanges: readonly Exchange[]): Answer | null | undefined {
  return exchanges.findLast(({ answer }) => answer)?.answer;
}

/** Put `text` on the clipboard; false when the browser does not let us. `near`: an element of the same dialog. */
export async function copyText(text: string, near: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Without HTTPS, or where the page's policy forbids it, the old way still works.
    const field = h('textarea  unseen', { value: text });
    near.after(field);
    field.select();
    const done = document.execCommand('copy');
    field.remove();
    near.focus();
    return done;
  }
}
