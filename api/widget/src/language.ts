/** The words of the interface. */

import type { Bridge } from './bridge';
import en from './strings/en.json';

/**
 * The texts of `lang` by key, those of the site before ours, English for what is missing.
 *
 * `source`: JSON, or the address of a JSON file, with the site's texts by key, or by language and then by key. What
 * cannot be read is reported on the console and left out.
 */
export async function textsOf(bridge: Bridge, lang: string, source: string | undefined): Promise<Readonly<Record<string, string>>> {
  await bridge.fetchTexts(lang);
  const ours = bridge.texts[lang]?.split('\n') ?? [];
  const texts = Object.fromEntries(Object.entries(en).map(([key, text], i) => [key, ours[i] ?? text]));
  if (!source) return texts;
  try {
    const found = /^\s*\{/.test(source) ? JSON.parse(source) : await (await fetch(source)).json();
    return { ...texts, ...(found[lang] ?? found) };
  } catch (error) {
    console.error(`kb-ask: no texts in ${source}`, error);
    return texts;
  }
}
