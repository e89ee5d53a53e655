/** Keyboard shortcuts of the page. They stay away from fields, and from keys that the site has used itself. */

const [MOD, OTHER] = /Mac|iP/.test(navigator.platform) ? (['metaKey', 'ctrlKey'] as const) : (['ctrlKey', 'metaKey'] as const);

/** True when `event` is one of `keys`, e.g. `mod+k /`; `mod` is Command on Apple's systems and Control elsewhere. */
export function isHotkey(event: KeyboardEvent, keys: string): boolean {
  const target = event.composedPath()[0] as HTMLElement;
  const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.isContentEditable;
  const mod = event[MOD];
  // Some keyboards need Shift for a slash or a question mark; with letters it is another combination.
  const shift = event.shiftKey && /^[a-z]$/i.test(event.key);
  const pressed = [mod && 'mod', event.altKey && 'alt', shift && 'shift', event.key].filter(Boolean).join('+');
  return (
    keys.toLowerCase().split(' ').includes(pressed.toLowerCase()) &&
    !(event.defaultPrevented || event.repeat || event.isComposing || event[OTHER]) &&
    // In our own field, a combination is ours.
    !(typing && !(mod && document.activeElement?.localName === 'kb-ask'))
  );
}
