/** Texts that a site brings itself: another language, or other words. */

import type { Texts } from './bridge';

/**
 * `source`: JSON, or the address of a JSON file, with texts by key, or by language and then by key. Without it, or when
 * it cannot be read, there are none, and the widget speaks the language that it has.
 */
export async function siteTexts(source: string | undefined, lang: string): Promise<Texts> {
  if (!source) return {};
  try {
    const found = source.trim()[0] === '{' ? JSON.parse(source) : await (await fetch(source, { credentials: 'omit' })).json();
    return found[lang] ?? found[lang.split('-')[0]!] ?? found;
  } catch (error) {
    console.error('kb-ask: these texts cannot be used:', source, error);
    return {};
  }
}
