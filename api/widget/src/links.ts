/** Buttons, and links to addresses that came from outside. */

import type { Context } from './context';
import { type Child, h } from './dom';

/** A button that does `act`. `part`: its name for the site's style sheet. */
export function button(part: string, label: string, act: (event: Event) => void, ...icons: Child[]): HTMLButtonElement {
  return h('button', { part, type: 'button', onclick: act }, ...icons, label);
}

/** `url` as an absolute address of a harmless scheme, else ''. A path is one of `server`, not of the page. */
export function safeUrl(url: string, server: string): string {
  try {
    const found = new URL(url.startsWith('/') ? server + url : url, `${server}/`);
    return /^(https?|mailto|tel|sms):$/.test(found.protocol) ? found.href : '';
  } catch {
    return '';
  }
}

/** Attributes of a link to a safe address: one that leaves the page's site opens a new tab and says so. */
export function linkTo(context: Context, url: string): Record<string, string | false> {
  const stays = context.isHere(url) || !url.startsWith('http');
  return { href: url, target: !stays && '_blank', rel: !stays && 'noopener', title: !stays && context.t('new_tab') };
}

/** A link where the address is safe, else its text. */
export function link(context: Context, part: string, url: string, ...children: Child[]): HTMLElement {
  const safe = safeUrl(url, context.server);
  return safe ? h('a', { part, ...linkTo(context, safe) }, ...children) : h('span', {}, ...children);
}
