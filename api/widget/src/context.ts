/** What the shell (element, dialog, input) gives to the conversation inside it. */

import type en from './strings/en.json';

/** Keys of the interface's texts; `strings/en.json` has them all, every other language the same ones. */
export type StringKey = keyof typeof en;

/** Cancelable events that bubble out of the shadow root; a site with its own chat takes over by cancelling one. */
export type EventName = 'kb:ask' | 'kb:answer' | 'kb:citation' | 'kb:feedback' | 'kb:handoff';

/** Which articles may answer, as `filters` of `POST /v1/ask` and as parameters of `GET /v1/search`. */
export interface Filters {
  readonly category?: readonly string[];
  readonly tags?: readonly string[];
}

export interface Context {
  /** Address of the service without a slash at its end, e.g. `https://help.example.com`. */
  readonly server: string;
  /** Public key `kb_pk_…`; `call` sends it already. */
  readonly key?: string;
  /** Language of the interface as a BCP 47 tag; texts exist for `en`, `zh-Hans`, `zh-Hant` and what the site adds. */
  readonly lang: string;
  /** What `context.channel` of a question says; `widget` unless the site names another. */
  readonly channel: string;
  /** Empty when the site sets none. */
  readonly filters: Filters;
  /** A place below the scrolling conversation that is always visible; the way to a person goes here. */
  readonly foot: HTMLElement;
  /** The text for `key`, with `{name}` replaced by `values.name`. */
  t(key: StringKey, values?: Readonly<Record<string, string | number>>): string;
  /** Dispatch a bubbling, composed, cancelable event on `<kb-ask>`; false when a listener cancelled it. */
  emit(name: EventName, detail: unknown): boolean;
  /** The page's address without its query and fragment, which may hold what is private. */
  pageUrl(): string;
  /** Say `text` once in the polite status region; never the streaming answer itself. */
  announce(text: string): void;
  /** `fetch` of `server + path` with the key, without cookies and referrer. Rejects as `fetch` does. */
  call(path: string, init?: RequestInit): Promise<Response>;
  /** Put `text` into the question field, select it and move the focus there, so that it can be worded anew. */
  edit(text: string): void;
  /** True when `url` is on the page's own site; other addresses open in a new tab. */
  isHere(url: string): boolean;
}
