/** The rest of the widget with texts of the site (`data-strings`), over ours in the nearest language. */

import { define } from './element';
import { shell } from './shell';
import en from './strings/en.json';
import hans from './strings/zh-Hans.json';
import hant from './strings/zh-Hant.json';

const bridge = window.kbAsk!.bridge!;
const ours: Readonly<Record<string, Readonly<Record<string, string>>>> = { 'zh-Hans': hans, 'zh-Hant': hant };

/**
 * Draw `host` with its own texts: JSON, or the address of a JSON file, with texts by key, or by language and then by key.
 * What cannot be read is reported on the console, and ours are shown.
 */
bridge.shells['own'] = async (host) => {
  const source = bridge.option(host, 'strings')!;
  const lang = bridge.language(host);
  let found: Record<string, any> = {};
  try {
    found = /^\s*\{/.test(source) ? JSON.parse(source) : await (await fetch(source)).json();
  } catch (error) {
    console.error(`kb-ask: no texts in ${source}`, error);
  }
  bridge.lang = lang;
  bridge.askedIn = /^(en|zh)/.exec(lang)?.[0] ?? 'auto';
  bridge.texts = { ...en, ...ours[lang], ...(found[lang] ?? found) };
  return shell(host);
};
define();
