/** Server-sent events out of the chunks of a response body (WHATWG HTML, 9.2 "Server-sent events"). */

export type OnEvent = (name: string, data: string) => void;

/**
 * A function that takes the chunks of one stream, cut anywhere: inside a character, a line end, an event.
 *
 * Lines end in LF, CR or CRLF; several `data` lines are joined by LF; an event without its blank line at the end of the
 * stream is no event. `id` and `retry` mean nothing here.
 */
export function eventReader(onEvent: OnEvent): (chunk: Uint8Array) => void {
  const decoder = new TextDecoder();
  let rest = '';
  let name = '';
  let data: string[] = [];

  function take(line: string): void {
    if (!line) {
      if (data.length) onEvent(name || 'message', data.join('\n'));
      name = '';
      data = [];
      return;
    }
    const [, field, value] = /^([^:]*):? ?(.*)$/s.exec(line)!;
    if (field === 'event') name = value!;
    else if (field === 'data') data.push(value!);
  }

  return (chunk) => {
    rest += decoder.decode(chunk, { stream: true });
    // A CR at the end may be the first half of CRLF: it waits for what follows.
    const lines = rest.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop()!;
    for (const line of lines) take(line);
  };
}
