/** The words of the interface. */

import type { Bridge } from './bridge';

/**
 * The texts of `lang` by key, those of the site before ours, English where there are neither.
 *
 * `source`: JSON, or the address of a JSON file, with the site's texts by key, or by language and then by key. What
 * cannot be read is reported on the console and left out. Rejects when our own cannot be loaded.
 */
export async function textsOf(bridge: Bridge, lang: string, source: string | undefined): Promise<Readonly<Record<string, string>>> {
  const ours = (await bridge.fetchTexts(lang)).split('\n');
  const texts = Object.fromEntries(KEYS.split(' ').map((key, i) => [key, ours[i]!]));
  if (!source) return texts;
  try {
    const found = /^\s*\{/.test(source) ? JSON.parse(source) : await (await fetch(source)).json();
    return { ...texts, ...(found[lang] ?? found) };
  } catch (error) {
    console.error(`kb-ask: no texts in ${source}`, error);
    return texts;
  }
}
