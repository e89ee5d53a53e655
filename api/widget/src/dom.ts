/** Elements made by code, never from text: nothing an article or a service says can become markup by accident. */

export type Child = Node | string | null | undefined | false | 0;
type Value = string | number | boolean | null | undefined | ((event: any) => void);

/**
 * An element with attributes and children. `true` sets an empty attribute, `false`, `null` and `undefined` none; a
 * function under `onclick`, `oninput`, … becomes a listener.
 */
export function h<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Readonly<Record<string, Value>> = {},
  ...children: Child[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, '');
    else if (value !== false && value != null) element.setAttribute(key, `${value}`);
  }
  fill(element, ...children);
  return element;
}

/** Put `children` in the place of what `element` has. */
export function fill(element: Element, ...children: Child[]): void {
  element.replaceChildren(...children.filter((child): child is Node | string => !!child));
}

/** A decorative icon of 24 × 24 units, drawn by strokes in the colour of the text. `path`: an SVG path. */
export function icon(path: string): SVGSVGElement {
  const space = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(space, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  const line = document.createElementNS(space, 'path');
  line.setAttribute('d', path);
  svg.append(line);
  return svg;
}
