/** Server-sent events out of the chunks of a response body (WHATWG HTML, 9.2 "Server-sent events"). */

export type OnEvent = (name: string | undefined, data: string) => void;

/**
 * A function that takes the chunks of one stream, cut anywhere: inside a character, a line end, an event.
 *
 * As our service writes it: lines end in LF, or in CRLF where something between has changed them, and an event has one line
 * of `data`. An event without its blank line at the end of the stream is no event.
 */
export function eventReader(onEvent: OnEvent): (chunk: Uint8Array) => void {
  const decoder = new TextDecoder();
  const field = (name: string, block: string): string | undefined => RegExp(`^${name}: ?(.*)`, 'm').exec(block)?.[1];
  let rest = '';
  return (chunk) => {
    const blocks = (rest + decoder.decode(chunk, { stream: true })).split(/\r?\n\r?\n/);
    rest = blocks.pop()!;
    for (const block of blocks) {
      const data = field('data', block);
      if (data) onEvent(field('event', block), data);
    }
  };
}
