/**
 * The server's sanitised HTML once more by a list of our own, built from new nodes.
 *
 * The string is parsed into a document that runs nothing and loads nothing, and what the list knows is made anew: no
 * attribute, class or id of the source gets into the page except those named here.
 */

import type { Context } from './context';
import { h } from './dom';
import { link } from './links';

const KEPT = /^([bpsui]|blockquote|[bht]r|code|d[dlt]|del|details|em|kbd|[ou]l|li|mark|pre|strong|su[bp]|summary|table|t[hd]|t(head|body|foot))$/;
const DROPPED = 'script,style,iframe,title,textarea,sup.citation';

/** A fragment with the content of `html`. */
export function safeHtml(context: Context, html: string): DocumentFragment {
  const trusted = window.kbAsk!.bridge!.policy?.createHTML(html) ?? html;
  return copy(context, new DOMParser().parseFromString(trusted, 'text/html').body, document.createDocumentFragment());
}

function copy<Target extends Node>(context: Context, from: Node, to: Target): Target {
  for (const child of from.childNodes) {
    if (child instanceof Text) to.appendChild(new Text(child.data));
    // The server's numbers are links within its own page; ours are put where the pieces end.
    else if (child instanceof Element && !child.matches(DROPPED)) {
      const tag = child.localName;
      const made = copy<Node>(context, child, counterpart(context, child, tag) ?? to);
      if (made !== to && (tag !== 'p' || made.textContent!.trim())) to.appendChild(tag === 'table' ? h('div  wide', {}, made) : made);
    }
  }
  return to;
}

/** A new element for `source`; null where only its content is kept. */
function counterpart(context: Context, source: Element, tag: string): HTMLElement | null {
  const said = (name: string): string => source.getAttribute(name) ?? '';
  if (tag === 'a') return link(context, '', said('href') || 'none:');
  // A picture of another origin may be against the rules of the page; its words never are.
  if (tag === 'img') return h('span', {}, said('alt'));
  if (/^h\d$/.test(tag)) return h('h3');
  if (!KEPT.test(tag)) return null;
  const made = document.createElement(tag);
  for (const name of ['start', 'colspan', 'rowspan']) {
    const value = parseInt(said(name));
    if (value) made.setAttribute(name, `${value}`);
  }
  return made;
}
