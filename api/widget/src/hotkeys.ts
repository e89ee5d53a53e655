/** Keyboard shortcuts of the page. They stay away from fields, and from keys that the site has used itself. */

const MAC = /Mac|iP/.test(navigator.platform);

/** True when `event` is one of `keys`, e.g. `mod+k /`; `mod` is Command on Apple's systems and Control elsewhere. */
export function isHotkey(event: KeyboardEvent, keys: string): boolean {
  if (event.defaultPrevented || event.repeat || event.isComposing) return false;
  return keys.toLowerCase().split(/[\s,]+/).some((combination) => {
    const parts = combination.split('+');
    const key = parts.pop();
    const has = (part: string) => parts.includes(part);
    return (
      key === event.key?.toLowerCase() &&
      event[MAC ? 'metaKey' : 'ctrlKey'] === has('mod') &&
      event[MAC ? 'ctrlKey' : 'metaKey'] === false &&
      event.altKey === has('alt') &&
      // Some keyboards need Shift for a slash or a question mark; with letters it is another combination.
      (event.shiftKey === has('shift') || !/[a-z]/.test(key)) &&
      !isTyping(event, has('mod'))
    );
  });
}

/** True when the key belongs to a field. In our own field only a combination with `mod` is ours. */
function isTyping(event: KeyboardEvent, mod: boolean): boolean {
  const target = event.composedPath()[0];
  if (!(target instanceof HTMLElement)) return false;
  if (!/^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) && !target.isContentEditable) return false;
  const root = target.getRootNode();
  return !(mod && root instanceof ShadowRoot && root.host.localName === 'kb-ask');
}
