/**
 * The server's sanitised HTML once more by a list of our own, built from new nodes.
 *
 * The string is parsed into a document that runs nothing and loads nothing, and what the list knows is made anew: no
 * attribute, class or id of the source gets into the page except those named here.
 */

import type { Context } from './context';
import { h } from './dom';
import { linkTo, safeUrl } from './links';

const KEPT = new Set(
  ('b blockquote br caption code col colgroup dd del details dl dt em figcaption figure hr i ins kbd li mark ol p pre q rp rt ruby s samp ' +
    'small strong sub summary sup table tbody td tfoot th thead tr u ul var wbr').split(' '),
);
const DROPPED = /^(script|style|template|noscript|iframe|object|embed|svg|math|textarea|select|title|video|audio)$/;
const COUNTS = ['start', 'colspan', 'rowspan'];

/** A fragment with the content of `html`. */
export function safeHtml(html: string, context: Context): DocumentFragment {
  const fragment = document.createDocumentFragment();
  copy(new DOMParser().parseFromString(html, 'text/html').body, fragment, context);
  return fragment;
}

function copy(from: Node, to: Node, context: Context): void {
  for (const child of from.childNodes) {
    if (child instanceof Element) copyElement(child, to, context);
    else if (child.nodeType === Node.TEXT_NODE) to.appendChild(new Text(child.nodeValue!));
  }
}

function copyElement(source: Element, to: Node, context: Context): void {
  const tag = source.localName;
  // The server's numbers are links within its own page; ours are put where the pieces end.
  if (DROPPED.test(tag) || source.matches('sup.citation')) return;
  const made = counterpart(source, tag, context);
  copy(source, made ?? to, context);
  if (made && (tag !== 'p' || made.textContent!.trim())) to.appendChild(tag === 'table' ? h('div', { class: 'wide' }, made) : made);
}

/** A new element for `source`; null where only its content is kept. */
function counterpart(source: Element, tag: string, context: Context): HTMLElement | null {
  if (tag === 'a') {
    const href = source.getAttribute('href');
    const url = href ? safeUrl(href, context.server) : '';
    return url ? h('a', linkTo(context, url)) : null;
  }
  // A picture of another origin may be against the rules of the page; its words never are.
  if (tag === 'img') return h('span', {}, source.getAttribute('alt'));
  if (/^h[1-6]$/.test(tag)) return h('h5');
  if (!KEPT.has(tag)) return null;
  const made = document.createElement(tag);
  for (const name of COUNTS) {
    const value = source.getAttribute(name) ?? '';
    if (/^\d{1,4}$/.test(value)) made.setAttribute(name, value);
  }
  return made;
}
