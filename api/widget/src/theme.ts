/** Light or dark as the page shows it; the site's own choice and the reader's system are left to the style sheet. */

/** Attributes by which documentation generators and style frameworks mark the theme on `<html>` or `<body>`. */
const MARKS = ['data-theme', 'data-md-color-scheme', 'data-bs-theme', 'class'];

/** `light`, `dark`, or `''` when the page leaves that to the reader's system. */
function pageTheme(): string {
  const { documentElement: html, body } = document;
  const said = [html, body].flatMap((element) => MARKS.map((mark) => element.getAttribute(mark)));
  // The last word is the style sheet's; «light dark» there says no more than that the page has both.
  const found = /(?<!\S)(?:(dark|slate)|light|default)(?!\S)/.exec([...said, getComputedStyle(html).colorScheme.replace(/(light|dark) (light|dark)/, '')].join(' '));
  return !found ? '' : found[1] ? 'dark' : 'light';
}

/** Call `changed` at once and whenever the page may have changed its theme; gives what stops it. */
export function watchTheme(changed: (theme: string) => void): () => void {
  const look = () => changed(pageTheme());
  const observer = new MutationObserver(look);
  for (const element of [document.documentElement, document.body]) observer.observe(element, { attributeFilter: MARKS });
  look();
  return () => observer.disconnect();
}
