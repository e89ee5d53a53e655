/** `<kb-ask>`: what a page can do with the element. What a reader sees is `shell.ts`. */

import type { Commands } from './bridge';
import { shell, type Shell } from './shell';

export class KbAsk extends HTMLElement implements Commands {
  static readonly observedAttributes = ['theme', 'position'];

  private drawn: Promise<Shell> | undefined;
  private shell: Shell | undefined;

  connectedCallback(): void {
    this.drawn ??= shell(this).then((made) => (this.shell = made));
    void this.drawn.then((made) => this.isConnected && made.enter());
  }

  disconnectedCallback(): void {
    this.shell?.leave();
  }

  attributeChangedCallback(): void {
    this.shell?.look();
  }

  async open(): Promise<void> {
    (await this.drawn)?.open();
  }

  async close(): Promise<void> {
    (await this.drawn)?.close();
  }

  async toggle(): Promise<void> {
    (await this.drawn)?.toggle();
  }

  async ask(question: string): Promise<void> {
    await (await this.drawn)?.ask(question);
  }
}
