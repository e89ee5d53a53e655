/** `<kb-ask>`: what a page can do with the element. What a reader sees is `shell.ts`. */

import type { Commands } from './bridge';
import { shell, type Shell } from './shell';

export interface KbAsk extends Commands {}

export class KbAsk extends HTMLElement {
  static readonly observedAttributes = ['theme'];

  private drawn: Promise<Shell> | undefined;
  private shell: Shell | undefined;

  connectedCallback(): void {
    this.draw().then((made) => this.isConnected && made.enter(), console.error);
  }

  disconnectedCallback(): void {
    this.shell?.leave();
  }

  attributeChangedCallback(): void {
    this.shell?.look();
  }

  /** Rejects when a part cannot be loaded; the next command tries again, and until then the plain form is there. */
  draw(): Promise<Shell> {
    return (this.drawn ??= shell(this).then(
      (made) => (this.shell = made),
      (error) => {
        this.drawn = undefined;
        throw error;
      },
    ));
  }
}

for (const command of ['open', 'close', 'toggle', 'ask'] as const) {
  KbAsk.prototype[command] = async function (this: KbAsk, question?: unknown) {
    await (await this.draw())[command](question as string);
  };
}
