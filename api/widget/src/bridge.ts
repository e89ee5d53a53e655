/** What the loader (small, on every page) and the rest (loaded when needed) know of each other. */

import type { Shell } from './shell';

/** Text as the browser wants it where text may become script (W3C Trusted Types); strings to the compiler. */
export interface Policy {
  createHTML(html: string): string;
  createScriptURL(url: string): string;
}

export interface Bridge {
  /** For pages that require Trusted Types; absent in browsers without them and where the page forbids it. */
  readonly policy: Policy | undefined;
  /** Address of the service as the script tag says it. */
  readonly server: string;
  /** By built file what draws an element, once the file is loaded. */
  readonly shells: Record<string, (host: HTMLElement) => Shell | Promise<Shell>>;
  /** Texts of the site and their language; only where there are any. */
  texts?: Readonly<Record<string, string>>;
  lang?: string;
  askedIn?: string;
  /** True when an element is drawn and takes commands. */
  ready?: boolean;
  /** An attribute of the element, with or without `data-`, else of the script tag. */
  option(element: HTMLElement, name: string): string | undefined;
  /** Language of an element: its own, that of the script tag, of the page, of the browser. */
  language(element: Element): string;
  /** Load what draws `element`, and draw it. Rejects when it cannot be loaded. */
  draw(element: HTMLElement): Promise<Shell>;
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
