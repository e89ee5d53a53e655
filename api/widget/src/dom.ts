/** Elements made by code, never from text: nothing an article or a service says can become markup by accident. */

export type Child = Node | string | null | undefined | false | 0;
type Value = string | number | boolean | null | undefined | ((event: any) => void);

type Tag = keyof HTMLElementTagNameMap;
type Made<Name> = Name extends `${infer T extends Tag} ${string}` ? HTMLElementTagNameMap[T] : Name extends Tag ? HTMLElementTagNameMap[Name] : never;

/**
 * An element with properties, attributes where it has no such property, and children. `name`: its tag, after a space its
 * part, after another its classes. Values like `false`, `null`, `0` and `''` set nothing.
 */
export function h<Name extends Tag | `${Tag} ${string}`>(
  name: Name,
  attributes: Readonly<Record<string, Value>> = {},
  ...children: Child[]
): Made<Name> {
  const [tag, part, ...classes] = name.split(' ');
  const element: any = document.createElement(tag!);
  for (const [key, value] of Object.entries<Value>({ part, className: classes.join(' '), ...attributes })) {
    if (!value) continue;
    // Not by its property: there, a listener that gives false would stop what the browser does.
    if (typeof value === 'function') element.addEventListener(key.slice(2), value);
    else if (key in element) element[key] = value;
    else element.setAttribute(key, value);
  }
  fill(element, ...children);
  return element;
}

/** Put `children` in the place of what `element` has. */
export function fill(element: Element, ...children: Child[]): void {
  element.replaceChildren(...children.filter((child): child is Node | string => !!child));
}

/** A decorative icon of 24 × 24 units, drawn by strokes in the colour of the text. `path`: an SVG path. */
export function icon(path: string): SVGElement {
  const [svg, line] = ['svg', 'path'].map((tag) => document.createElementNS('http://www.w3.org/2000/svg', tag)) as [SVGElement, SVGElement];
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  line.setAttribute('d', path);
  svg.append(line);
  return svg;
}
