/** Buttons, and links to addresses that came from outside. */

import type { Context } from './context';
import { type Child, h } from './dom';

/** A button that does `act`. `part`: its name for the site's style sheet, and after a space its class. */
export function button(part: string, label: string, act: (event: Event) => void, ...icons: Child[]): HTMLButtonElement {
  return h(`button ${part}`, { type: 'button', onclick: act }, ...icons, label);
}

/** `url` as an absolute address of a harmless scheme, else ''. A path is one of `server`, not of the page. */
export function safeUrl(url: string, server: string): string {
  try {
    const { href } = new URL(url[0] === '/' ? server + url : url, `${server}/`);
    return /^(https?|mailto|tel|sms):/.test(href) ? href : '';
  } catch {
    return '';
  }
}

/** A link where the address is safe, else its text. One that leaves the page's site opens a new tab and says so. */
export function link({ server }: Context, part: string, url: string, ...children: Child[]): HTMLElement {
  const href = safeUrl(url, server);
  if (!href) return h('span', {}, ...children);
  const leaves = href[0] === 'h' && new URL(href).origin !== location.origin;
  return h(`a ${part}`, { href, ...(leaves && { target: '_blank', rel: 'noopener', title: T.new_tab }) }, ...children);
}
