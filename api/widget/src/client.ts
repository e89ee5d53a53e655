/** Asking the server: the answer as a stream of events, or in one piece where a stream does not come through. */

import type { Context } from './context';
import type { Answer, Source } from './documents';
import { eventReader } from './stream';

/** Why a call failed, as far as the visitor can do something about it. */
export interface Failure {
  /** What can be said of it; nothing where only what failed can. */
  readonly said: string | undefined;
  /** How long the server asks to wait before the next try; 0: it does not say. */
  readonly seconds: number;
  /** Of the response; 0: there was none. */
  readonly status: number;
}

/** What comes before the whole answer. */
export interface Progress {
  created(answer: Pick<Answer, 'id' | 'question'>): void;
  sources(citations: readonly Source[]): void;
  delta(text: string): void;
}

export interface Question {
  readonly question: string;
  readonly option_id: string | undefined;
  readonly conversation_id: string | null;
  readonly filters: object;
  readonly context: object;
}

// Milliseconds without an event, after which the same is asked in one piece: proxies hold streams back. A model may take
// longer between two sentences than any server to begin.
const FIRST_EVENT = 12_000;
const NEXT_EVENT = 45_000;
const WHOLE = 30_000;

/**
 * Ask, and resolve with the whole answer. Rejects with a `Failure`, or with the reason of `signal`.
 *
 * When no event arrives, or the stream breaks off, the question goes once more to `POST /v1/ask`. An option that is gone,
 * because its article changed meanwhile, is asked as a question.
 */
export async function ask(context: Context, body: Question, signal: AbortSignal, progress: Progress): Promise<Answer> {
  const silence = new AbortController();
  const hush = (): void => silence.abort();
  let timer = setTimeout(hush, FIRST_EVENT);
  try {
    const response = await post(context, '/v1/ask/stream', body, AbortSignal.any([signal, silence.signal]));
    const reader = response.body!.getReader();
    let answer: Answer | undefined;
    const read = eventReader((name, data) => {
      const value = JSON.parse(data);
      if (name === 'answer.created') progress.created(value);
      if (name === 'answer.sources') progress.sources(value.citations);
      if (name === 'answer.delta') progress.delta(value.text);
      if (name === 'answer.completed') answer = value;
      if (name === 'error') throw failure(value.status);
    });
    while (!answer) {
      const { value } = await reader.read();
      if (!value) throw failure(0);
      clearTimeout(timer);
      timer = setTimeout(hush, NEXT_EVENT);
      read(value);
    }
    return answer;
  } catch (error) {
    signal.throwIfAborted();
    const { status } = error as Partial<Failure>;
    if (status === 404 && body.option_id) return ask(context, { ...body, option_id: undefined }, signal, progress);
    if (status) throw error;
    return (await post(context, '/v1/ask', body, AbortSignal.any([signal, AbortSignal.timeout(WHOLE)]))).json();
  } finally {
    clearTimeout(timer);
  }
}

/** POST `body` as JSON; resolves with a response of success only, rejects with a `Failure`. */
export async function post(
  { call }: Context,
  path: string,
  body: object,
  signal: AbortSignal = AbortSignal.timeout(WHOLE),
  headers?: Readonly<Record<string, string>>,
): Promise<Response> {
  const sent = { method: 'POST', body: JSON.stringify(body), headers: { 'Content-Type': 'application/json', ...headers }, signal };
  const response = await call(path, sent).catch(() => {
    throw failure(0);
  });
  if (response.ok) return response;
  throw failure(response.status, +response.headers.get('retry-after')! || 0);
}

function failure(status: number, seconds = 0): Failure {
  const busy = status === 429 || (status > 501 && status < 505);
  return { said: busy ? T.fail_busy : navigator.onLine ? undefined : T.fail_offline, seconds, status };
}
