/** Which part of the shown text each citation supports: spans in code points of `answer.text`, laid over rendered HTML. */

import type { Source } from './documents';
import { h } from './dom';

// The plain text has what HTML draws by itself ("12. ", "- ", " | "): so many visible characters may be leapt over.
const REACH = 12;

/** For every code point of an answer's text the numbers of the citations that support it: `''`, `'1'`, `'1 2'`. */
export function supportOf(text: readonly string[], citations: readonly Pick<Source, 'n' | 'answer_spans'>[]): string[] {
  return text.map((_, at) =>
    citations.filter(({ answer_spans }) => answer_spans?.some(({ start, end }) => start <= at && at < end)).map(({ n }) => n).join(' '),
  );
}

/**
 * For every code point of `shown` its index in `text`, -1 for white space and for what is not there.
 *
 * Both are the same words in the same order, but `text` also writes list marks and cell borders, and their white space differs.
 */
export function align(shown: readonly string[], text: readonly string[]): number[] {
  const ink = (points: readonly string[]): number[] => [...points.keys()].filter((i) => points[i]!.trim());
  const written = ink(text);
  const visible = ink(shown);
  const places = shown.map(() => -1);
  let at = 0;
  visible.forEach((i, index) => {
    // A leap must prove itself by the next character too.
    const leap = written.slice(at, at + REACH).findIndex(
      (place, k) => text[place] === shown[i] && (!k || text[written[at + k + 1]!] === shown[visible[index + 1]!]),
    );
    if (leap >= 0) places[i] = written[(at += leap + 1) - 1]!;
  });
  return places;
}

/**
 * Wrap what is supported in `root` in `<span part="piece" data-n="1">`, `1 2` where two citations do; a piece has a span in
 * each table cell or list item. `numbers` makes what is put at the end of a piece.
 */
export function wrapPieces(root: Node, text: string, citations: readonly Source[], numbers: (names: string) => Node[]): void {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const nodes: Text[] = [];
  while (walker.nextNode()) nodes.push(walker.currentNode as Text);
  const points = [...text];
  const support = supportOf(points, citations);
  const places = align(nodes.flatMap(({ data }) => [...data]), points);
  let at = 0;
  let names = '';
  let last: HTMLElement | undefined;
  const close = (): void => last?.append(...(names ? numbers(names) : []));
  for (const node of nodes) {
    let part: Text | HTMLElement | undefined;
    let gap = '';
    for (const point of node.data) {
      const place = places[at++]!;
      if (point.trim()) {
        const now = place < 0 ? names : support[place]!;
        if (now !== names) {
          close();
          names = now;
          part = undefined;
        }
        // White space belongs to a piece only inside it.
        if (part) part.textContent += gap + point;
        else {
          part = names ? (last = h('span piece', { 'data-n': names, tabindex: '-1' }, point)) : new Text(point);
          node.before(gap, part);
        }
        gap = '';
      } else gap += point;
    }
    if (part) node.replaceWith(gap);
  }
  close();
}
