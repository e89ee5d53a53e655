/** Which part of the shown text each citation supports: spans in code points of `answer.text`, laid over rendered HTML. */

import type { Source } from './documents';

/** A stretch of the text and the numbers of all citations that support it. */
export interface Piece {
  readonly start: number;
  readonly end: number;
  readonly numbers: readonly number[];
}

/** The text cut where a span begins or ends; only what a citation supports, in order, never overlapping. */
export function piecesOf(citations: readonly Pick<Source, 'n' | 'answer_spans'>[]): Piece[] {
  const spans = citations.flatMap(({ n, answer_spans }) => (answer_spans ?? []).map(({ start, end }) => ({ n, start, end })));
  const cuts = [...new Set(spans.flatMap(({ start, end }) => [start, end]))].sort((a, b) => a - b);
  return cuts
    .slice(0, -1)
    .map((start, i) => {
      const end = cuts[i + 1]!;
      return { start, end, numbers: spans.filter((s) => s.start <= start && end <= s.end).map(({ n }) => n) };
    })
    .filter(({ numbers }) => numbers.length);
}

// The plain text has what HTML draws by itself ("12. ", "- ", " | "): so far may the next character be.
const REACH = 16;

/**
 * For every UTF-16 unit of `shown` the index of its code point in `text`, -1 for white space and for what is not there.
 *
 * Both are the same words in the same order, but `text` also writes list marks and cell borders, and their white space differs.
 */
export function align(shown: string, text: readonly string[]): number[] {
  const places: number[] = [];
  const points = Array.from(shown);
  let at = 0;
  points.forEach((point, i) => {
    let place = -1;
    if (point.trim()) {
      const next = points.slice(i + 1, i + 4).find((p) => p.trim());
      for (let k = at, blank = true; k < text.length && k - at <= REACH; k++) {
        // A leap over something visible must prove itself by the next character too.
        if (text[k] === point && (blank || !next || text.slice(k + 1, k + 5).find((p) => p.trim()) === next)) {
          place = k;
          at = k + 1;
          break;
        }
        if (text[k]!.trim()) blank = false;
      }
    }
    for (let unit = 0; unit < point.length; unit++) places.push(place);
  });
  return places;
}

/**
 * Wrap what each piece supports in `root` in `<span part="piece" data-n="1">` ("1 2" where two citations do).
 *
 * `close` gets the last span of every piece that was found, to put the numbers there. A piece may have many spans: one in each
 * table cell or list item.
 */
export function wrapPieces(root: Node, text: string, pieces: readonly Piece[], close: (piece: Piece, last: HTMLElement) => void): void {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const nodes: Text[] = [];
  while (walker.nextNode()) nodes.push(walker.currentNode as Text);
  const places = align(nodes.map((node) => node.data).join(''), Array.from(text));
  const last = new Map<Piece, HTMLElement>();
  let offset = 0;
  for (const node of nodes) {
    const { data } = node;
    const found = runs(data, places.slice(offset, offset + data.length), pieces);
    offset += data.length;
    if (!found.some(([piece]) => piece)) continue;
    node.replaceWith(
      ...found.map(([piece, words]) => {
        if (!piece) return words;
        const span = document.createElement('span');
        span.setAttribute('part', 'piece');
        span.dataset['n'] = piece.numbers.join(' ');
        span.tabIndex = -1;
        span.append(words);
        last.set(piece, span);
        return span;
      }),
    );
  }
  last.forEach((span, piece) => close(piece, span));
}

/** `data` cut into stretches of one piece, or of none; white space belongs to what stands before it. */
function runs(data: string, places: readonly number[], pieces: readonly Piece[]): [Piece | undefined, string][] {
  const found: [Piece | undefined, string][] = [];
  if (!data.trim()) return found;
  for (let unit = 0; unit < data.length; unit++) {
    const place = places[unit]!;
    const run = found.at(-1);
    const piece = place < 0 ? run?.[0] : pieces.find(({ start, end }) => start <= place && place < end);
    if (run && run[0] === piece) run[1] += data[unit];
    else found.push([piece, data[unit]!]);
  }
  return found;
}
