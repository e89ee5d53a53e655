/** What the shell (element, dialog, input) gives to the conversation inside it. */

/** Cancelable events that bubble out of the shadow root; a site with its own chat takes over by cancelling one. */
export type EventName = 'kb:ask' | 'kb:answer' | 'kb:citation' | 'kb:feedback' | 'kb:handoff';

/** Which articles may answer, as `filters` of `POST /v1/ask` and as parameters of `GET /v1/search`; empty lists mean all. */
export interface Filters {
  readonly category: readonly string[];
  readonly tags: readonly string[];
}

/** `init` of a call; its headers are a plain object. */
export interface Call extends RequestInit {
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Context {
  /** Address of the service without a slash at its end, e.g. `https://help.example.com`. */
  readonly server: string;
  /** What `context.channel` of a question says; `widget` unless the site names another. */
  readonly channel: string;
  readonly filters: Filters;
  /** A place below the scrolling conversation that is always visible; the way to a person goes here. */
  readonly foot: HTMLElement;
  /** Dispatch a bubbling, composed, cancelable event on `<kb-ask>`; false when a listener cancelled it. */
  emit(name: EventName, detail: unknown): boolean;
  /** The page's address without its query and fragment, which may hold what is private. */
  pageUrl(): string;
  /** Say `text` once in the polite status region; never the streaming answer itself. */
  announce(text: string): void;
  /** `fetch` of `server + path` with the public key, without cookies and referrer. Rejects as `fetch` does. */
  call(path: string, init?: Call): Promise<Response>;
  /** Put `text` into the question field, select it and move the focus there, so that it can be worded anew. */
  edit(text: string): void;
}
