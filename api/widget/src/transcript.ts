/** The conversation as text and as data, for the clipboard, for a person who takes over, and for the site. */

import type { Context } from './context';
import type { Answer, Exchange } from './documents';
import { h } from './dom';

/** The answer with the places it comes from, for a letter or a ticket. */
export function asText(answer: Answer, context: Context): string {
  const places = answer.citations.map(({ n, title, heading_path, url }) => `[${n}] ${[...new Set([title, ...heading_path])].join(' › ')}\n${url}`);
  return [answer.answer?.text, context.t('sources'), ...places].join('\n\n');
}

/** What `kb:handoff` carries. `trigger`: the visitor pressed the button, or an answer called for a person. */
export function packet(context: Context, exchanges: readonly Exchange[], trigger: 'visitor' | 'answer'): Record<string, unknown> {
  const last = exchanges.at(-1);
  return {
    trigger,
    conversation_id: last?.answer?.conversation_id ?? null,
    question: last?.question ?? null,
    answer: last?.answer ?? null,
    transcript: exchanges.map((exchange) => ({ ...exchange })),
    page_url: context.pageUrl(),
    lang: context.lang,
    channel: context.channel,
  };
}

/** Put `text` on the clipboard; false when the browser does not let us. `near`: an element of the same dialog. */
export async function copyText(text: string, near: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Without HTTPS, or where the page's policy forbids it, the old way still works.
    const field = h('textarea', { class: 'away', 'aria-hidden': 'true', tabindex: -1 });
    field.value = text;
    const focused = (near.getRootNode() as ShadowRoot).activeElement as HTMLElement | null;
    near.append(field);
    field.select();
    const done = document.execCommand('copy');
    field.remove();
    focused?.focus();
    return done;
  }
}

/** The last exchanges as lines of a hand-over: together at most 20,000 code points, which is what the service takes. */
export function lines(exchanges: readonly Exchange[]): { role: 'visitor' | 'assistant'; text: string }[] {
  return exchanges
    .slice(-9)
    .flatMap(({ question, answer }) => [
      { role: 'visitor' as const, text: question },
      { role: 'assistant' as const, text: answer?.answer?.text ?? answer?.outcome ?? '' },
    ])
    .filter(({ text }) => text)
    .map(({ role, text }) => ({ role, text: Array.from(text).slice(0, 1000).join('') }));
}
