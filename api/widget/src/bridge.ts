/** What the loader (small, on every page) and the main file (loaded when needed) know of each other. */

export type Texts = Readonly<Record<string, string>>;

export interface Bridge {
  /** `data-*` of the script tag. An attribute of an element placed by hand goes before it. */
  readonly data: Readonly<DOMStringMap>;
  /** Address of the service as the script tag says it, without a slash at its end. */
  readonly server: string;
  /** Texts by language tag once they are loaded: one on each line, in the order of the English keys. */
  texts: Readonly<Record<string, string>>;
  /** Elements that are drawn and take commands. */
  readonly ready: Set<Element>;
  /** Language of an element: its own, that of the script tag, of the page, of the browser. */
  language(element?: Element): string;
  /** Load the texts of `lang` if the widget has them as a file; never rejects. */
  fetchTexts(lang: string): Promise<void>;
  /** The element left the page: put the loader's own one back unless it is only being moved. */
  lost(): void;
}

/** Commands that an element takes; each may be called before it is drawn. */
export interface Commands {
  open(): Promise<void>;
  close(): Promise<void>;
  toggle(): Promise<void>;
  ask(question: string): Promise<void>;
}

/** `kbAsk('open')`, `kbAsk('ask', 'text')`, `kbAsk('close')`, `kbAsk('on', 'answer', fn)`, `kbAsk('destroy')`. */
export interface Api {
  (command: string, ...values: unknown[]): Promise<unknown>;
  q?: { push(call: ArrayLike<unknown>): unknown } | ArrayLike<unknown>[];
  bridge?: Bridge;
}

declare global {
  interface Window {
    kbAsk?: Api;
  }
}
