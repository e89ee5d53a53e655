/**
 * The server's sanitised HTML once more by a list of our own, built from new nodes.
 *
 * The string is parsed into a document that runs nothing and loads nothing, and what the list knows is made anew: no
 * attribute, class or id of the source gets into the page except those named here.
 */

import type { Context } from './context';
import { h } from './dom';
import { link } from './links';

const KEPT = /^([bpsu]|blockquote|br|code|d[dlt]|del|details|em|hr|i|kbd|[ou]l|li|mark|pre|strong|su[bp]|summary|table|t[rhd]|t(head|body|foot))$/;
const DROPPED = /^(script|style|iframe|title|textarea)$/;

/** A fragment with the content of `html`. */
export function safeHtml(context: Context, html: string): DocumentFragment {
  const trusted = window.kbAsk?.bridge?.policy?.createHTML(html) ?? html;
  return copy(context, new DOMParser().parseFromString(trusted, 'text/html').body, document.createDocumentFragment());
}

function copy<Target extends Node>(context: Context, from: Node, to: Target): Target {
  for (const child of from.childNodes) {
    if (child instanceof Text) to.appendChild(new Text(child.data));
    // The server's numbers are links within its own page; ours are put where the pieces end.
    else if (child instanceof Element && !DROPPED.test(child.localName) && !child.matches('sup.citation')) {
      const made = copy<Node>(context, child, counterpart(context, child) ?? to);
      if (made === to || (child.localName === 'p' && !made.textContent!.trim())) continue;
      to.appendChild(child.localName === 'table' ? h('div', { class: 'wide' }, made) : made);
    }
  }
  return to;
}

/** A new element for `source`; null where only its content is kept. */
function counterpart(context: Context, source: Element): HTMLElement | null {
  const tag = source.localName;
  if (tag === 'a') return link(context, null, source.getAttribute('href') ?? 'none:');
  // A picture of another origin may be against the rules of the page; its words never are.
  if (tag === 'img') return h('span', {}, source.getAttribute('alt'));
  if (/^h\d$/.test(tag)) return h('h3');
  if (!KEPT.test(tag)) return null;
  const made = document.createElement(tag);
  for (const name of ['start', 'colspan', 'rowspan']) {
    const value = parseInt(source.getAttribute(name)!);
    if (value) made.setAttribute(name, `${value}`);
  }
  return made;
}
