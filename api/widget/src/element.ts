/** `<kb-ask>`: what a page can do with the element. What a reader sees is `shell.ts`. */

import type { Commands } from './bridge';
import type { Shell } from './shell';

interface KbAsk extends Commands {}

class KbAsk extends HTMLElement {
  static readonly observedAttributes = ['theme'];

  private _drawn: Promise<Shell> | undefined;
  private _shell: Shell | undefined;

  connectedCallback(): void {
    this._draw().then((made) => this.isConnected && made.enter(), console.error);
  }

  disconnectedCallback(): void {
    this._shell?.leave();
  }

  attributeChangedCallback(): void {
    this._shell?.look();
  }

  /** Rejects when a part cannot be loaded; the next command tries again, and until then the plain form is there. */
  _draw(): Promise<Shell> {
    return (this._drawn ??= window.kbAsk!.bridge!.draw(this).then(
      (made) => (this._shell = made),
      (error) => {
        this._drawn = undefined;
        throw error;
      },
    ));
  }
}

for (const command of ['open', 'close', 'toggle', 'ask'] as const) {
  KbAsk.prototype[command] = async function (this: KbAsk, question?: unknown) {
    await (await this._draw())[command](question as string);
  };
}

/** Make the element known, unless a file in another language has. */
export function define(): void {
  customElements.get('kb-ask') ?? customElements.define('kb-ask', KbAsk);
}
