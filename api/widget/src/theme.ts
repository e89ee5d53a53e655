/** Light or dark: what the site asks for, else what the page shows, else what the reader's system prefers. */

export type Theme = 'light' | 'dark' | '';

/** Names by which documentation generators and style frameworks mark the theme on `<html>` or `<body>`. */
const MARKS = ['data-theme', 'data-md-color-scheme', 'data-bs-theme', 'data-color-mode', 'class'];

/** The theme that the page shows, or `''` when it leaves that to the system. */
export function pageTheme(): Theme {
  for (const element of [document.documentElement, document.body]) {
    for (const mark of MARKS) {
      const said = ` ${element.getAttribute(mark) ?? ''} `;
      if (/[ -](dark|slate|night)[ -]/.test(said)) return 'dark';
      if (/[ -](light|default)[ -]/.test(said)) return 'light';
    }
  }
  const scheme = getComputedStyle(document.documentElement).colorScheme.replace('only', '').trim();
  return scheme === 'dark' || scheme === 'light' ? scheme : '';
}

/** Call `changed` at once and whenever the page may have changed its theme; gives what stops it. */
export function watchTheme(changed: (theme: Theme) => void): () => void {
  const look = () => changed(pageTheme());
  const observer = new MutationObserver(look);
  for (const element of [document.documentElement, document.body]) {
    observer.observe(element, { attributes: true, attributeFilter: [...MARKS, 'style'] });
  }
  look();
  return () => observer.disconnect();
}
