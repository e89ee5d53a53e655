/** What the loader (small, on every page) and the main file (loaded when needed) know of each other. */

/** Text as the browser wants it where text may become script (W3C Trusted Types); strings to the compiler. */
export interface Policy {
  createHTML(html: string): string;
  createScriptURL(url: string): string;
}

export interface Bridge {
  /** For pages that require Trusted Types; absent in browsers without them. */
  readonly policy: Policy | undefined;
  /** `data-*` of the script tag. An attribute of an element placed by hand goes before it. */
  readonly data: Readonly<DOMStringMap>;
  /** Address of the service as the script tag says it. */
  readonly server: string;
  /** Texts by language tag once they are loaded: one on each line, in the order of `KEYS`. */
  readonly texts: Record<string, string>;
  /** True when an element is drawn and takes commands. */
  ready?: boolean;
  /** Language of an element: its own, that of the script tag, of the page, of the browser. */
  language(element: Element): string;
  /** The texts of `lang`, or the English ones when the widget has none. Rejects when they cannot be loaded. */
  fetchTexts(lang: string): Promise<string>;
  /** The element left the page: put the loader's own one back unless it is only being moved. */
  lost(): void;
}

/** Commands that an element takes, also before it is drawn. */
export interface Commands {
  open(): Promise<void>;
  close(): Promise<void>;
  toggle(): Promise<void>;
  /** Open and ask; in the mode `search`, on the page of answers. Ends when the answer is there. */
  ask(question: string): Promise<void>;
}

/** `kbAsk('open')`, `kbAsk('ask', 'text')`, `kbAsk('close')`, `kbAsk('on', 'answer', fn)`, `kbAsk('destroy')`. */
export interface Api {
  (command: string, ...values: unknown[]): Promise<unknown>;
  /** Calls of before the loader came: `window.kbAsk = window.kbAsk || function () { (kbAsk.q = kbAsk.q || []).push(arguments) }`. */
  q?: ArrayLike<unknown>[];
  bridge?: Bridge;
}

declare global {
  interface Window {
    kbAsk?: Api;
    trustedTypes?: { createPolicy(name: string, rules: Policy): Policy };
  }
}
