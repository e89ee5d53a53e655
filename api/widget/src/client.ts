/** Asking the server: the answer as a stream of events, or in one piece where a stream does not come through. */

import type { Context } from './context';
import type { Answer, Source } from './documents';
import { eventReader } from './stream';

/** Why there is no answer, as far as the visitor can do something about it. */
export type Failure = 'offline' | 'unreachable' | 'slow' | 'limited' | 'busy' | 'refused' | 'failed';

/** `seconds`: how long the server asks to wait before the next try, else 0. `status`: of the response, else 0. */
export class Failed extends Error {
  constructor(
    readonly kind: Failure,
    readonly seconds = 0,
    readonly status = 0,
  ) {
    super(kind);
  }
}

/** What comes before the whole answer. */
export interface Progress {
  created(answer: Pick<Answer, 'id' | 'question'>): void;
  sources(citations: readonly Source[]): void;
  delta(text: string): void;
}

// A stream that a proxy holds back shows nothing; then the same is asked in one piece. Milliseconds.
const FIRST_EVENT = 12_000;
const NEXT_EVENT = 45_000;
const WHOLE = 30_000;

/**
 * Ask `body` and resolve with the whole answer. Rejects with `Failed`, or with the reason of `signal` when that was aborted.
 *
 * When no event arrives, or the stream breaks off, the question goes once more to `POST /v1/ask`.
 */
export async function askServer(context: Context, body: object, signal: AbortSignal, progress: Progress): Promise<Answer> {
  try {
    return await streamed(context, body, signal, progress);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Failed && error.kind !== 'slow') throw error;
    return (await send(context, '/v1/ask', body, { signal })).json();
  }
}

async function streamed(context: Context, body: object, signal: AbortSignal, progress: Progress): Promise<Answer> {
  const attempt = new AbortController();
  const stop = (): void => attempt.abort();
  signal.addEventListener('abort', stop);
  let timer = setTimeout(stop, FIRST_EVENT);
  try {
    const headers = { Accept: 'text/event-stream, application/json' };
    const response = await send(context, '/v1/ask/stream', body, { signal: attempt.signal, patience: 0, headers });
    if (!response.body || !/event-stream/.test(response.headers.get('content-type') ?? '')) return await response.json();
    let answer: Answer | undefined;
    const read = eventReader((name, data) => {
      const value = JSON.parse(data);
      if (name === 'answer.created') progress.created(value);
      else if (name === 'answer.sources') progress.sources(value.citations);
      else if (name === 'answer.delta') progress.delta(value.text);
      else if (name === 'answer.completed') answer = value;
      else if (name === 'error') throw new Failed(kindOf(value.status), 0, value.status);
    });
    const reader = response.body.getReader();
    while (!answer) {
      const { done, value } = await reader.read();
      if (done) throw new Failed('slow');
      clearTimeout(timer);
      timer = setTimeout(stop, NEXT_EVENT);
      read(value);
    }
    return answer;
  } catch (error) {
    // Ours, not the visitor's: nothing came for too long.
    throw attempt.signal.aborted ? new Failed('slow') : error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}

export interface Sending {
  readonly signal?: AbortSignal;
  /** Milliseconds until the response begins; 0: no end. */
  readonly patience?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** POST `body` as JSON; resolves with a response of success only. Rejects like `askServer`. */
export async function send(context: Context, path: string, body: object, { signal, patience = WHOLE, headers }: Sending = {}): Promise<Response> {
  const attempt = new AbortController();
  const stop = (): void => attempt.abort();
  signal?.addEventListener('abort', stop);
  const timer = patience ? setTimeout(stop, patience) : 0;
  let response: Response;
  try {
    response = await context.call(path, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'Content-Type': 'application/json', ...headers },
      signal: attempt.signal,
    });
  } catch {
    signal?.throwIfAborted();
    throw new Failed(attempt.signal.aborted ? 'slow' : navigator.onLine ? 'unreachable' : 'offline');
  } finally {
    clearTimeout(timer);
  }
  if (response.ok) return response;
  throw new Failed(kindOf(response.status), Number(response.headers.get('retry-after')) || 0, response.status);
}

function kindOf(status: number): Failure {
  if (status === 429) return 'limited';
  if (status > 501 && status < 505) return 'busy';
  return status < 500 ? 'refused' : 'failed';
}
