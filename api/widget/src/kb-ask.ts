/**
 * The loader: a classic script of at most 3 kB (gzip) that a page names once. It reads its own `data-*`, takes commands
 * before anything is loaded, puts `<kb-ask>` into the page unless there is one, and loads the rest when the page is
 * idle or somebody wants it.
 */

import type { Api, Bridge, Commands, Policy } from './bridge';
import { isHotkey } from './hotkeys';
import { known } from './tag';

type Listener = (detail: unknown, event?: Event) => void;

const script = (document.currentScript ?? document.querySelector('script[src*="kb-ask.js"]')) as HTMLScriptElement;
const before = window.kbAsk;

// A page that swaps its body (Turbo, htmx) may run the same tag again.
if (before?.bridge) before.bridge.lost();
else start(script.dataset);

function start(data: DOMStringMap): void {
  const address = new URL(script.src, document.baseURI);
  const stop = new AbortController();
  const { signal } = stop;
  const inPlace = /inline|search/;
  let own: HTMLElement | undefined;
  const parts: Record<string, Promise<unknown>> = {};
  let tries = 0;

  const warn = (error: unknown): void => console.error(error);
  const all = () => [...document.querySelectorAll<HTMLElement>('kb-ask')];
  const find = () => all().find((element) => !inPlace.test(element.getAttribute('mode') ?? 'inline')) ?? all()[0];

  /** Load a built part with the hash that this file was built with. */
  const inject = (part: string): Promise<unknown> =>
    (parts[part] ??= new Promise((done, fail) => {
      const hash = PARTS[part]!;
      const tag = document.createElement('script');
      tag.type = 'module';
      tag.crossOrigin = 'anonymous';
      tag.integrity = `sha256-${hash}`;
      tag.nonce = script.nonce;
      // A browser remembers that a module could not be loaded; another address asks again.
      const { href } = new URL(`kb-ask-${part}.js?v=${hash.replace(/\W/g, '').slice(0, 12)}${'&'.repeat(tries)}`, address);
      tag.src = policy?.createScriptURL(href) ?? href;
      tag.onload = done;
      tag.onerror = () => {
        tries += 1;
        delete parts[part];
        fail(new Error(`kb-ask: ${tag.src} could not be loaded`));
      };
      document.head.append(tag);
    }));

  const place = (): void => {
    if (signal.aborted || data['mode'] === 'none' || all()[0]) return;
    own ??= document.createElement('kb-ask');
    const mode = data['mode'] || 'button';
    own.setAttribute('mode', mode);
    own.dataset['turboTemporary'] = ''; // a cached copy of the page would bring a second one
    if (inPlace.test(mode) && document.body.contains(script)) script.after(own);
    else document.body.append(own);
  };

  const asIs = (text: string): string => text;
  let policy: Policy | undefined;
  try {
    policy = window.trustedTypes?.createPolicy('kb-ask', { createHTML: asIs, createScriptURL: asIs });
  } catch {
    // The page names its policies and not this one. Unless it also requires them, strings do.
  }
  const bridge: Bridge = {
    policy,
    shells: {},
    option: (element, name) => element.getAttribute(name) ?? element.dataset[name] ?? data[name],
    // Behind a path (`/help/widget/v1/kb-ask.js`) the service is there too; a copy elsewhere needs `data-server`.
    server: new URL(data['server'] || '../..', data['server'] ? document.baseURI : address).href,
    language: (element) =>
      known(
        element.getAttribute('lang') || (data['lang'] || '').replace('auto', '') ||
          element.closest('[lang]')?.getAttribute('lang') || navigator.language,
      ),
    draw: async (element) => {
      const part = partOf(element);
      await inject(part);
      return bridge.shells[part]!(element);
    },
    lost: () => void setTimeout(place),
  };

  /** The file for an element: that for texts of the site, of its language, or English. */
  const partOf = (element: HTMLElement): string => {
    const lang = bridge.language(element);
    return bridge.option(element, 'strings') ? 'own' : PARTS[lang] ? lang : 'en';
  };

  const load = (): Promise<unknown> => inject(partOf(find() ?? document.documentElement)).then(place);

  const parsed = new Promise((done) =>
    document.readyState === 'loading' ? document.addEventListener('DOMContentLoaded', done) : done(0),
  ).then(place);

  /** Call `listener` at every event of this name; for `ready`, also when that has been. Gives what ends it. */
  const listen = (name: string, listener: Listener): (() => void) => {
    const type = name.replace(/^(kb:)?/, 'kb:');
    const heard = (event: Event) => listener((event as CustomEvent).detail, event);
    document.addEventListener(type, heard, { signal });
    if (type === 'kb:ready' && bridge.ready) listener({});
    return () => document.removeEventListener(type, heard);
  };

  const api: Api = async (command, ...values) => {
    if (command === 'on') return listen(`${values[0]}`, values[1] as Listener);
    if (command === 'destroy') {
      stop.abort();
      all().forEach((element) => element.remove());
      delete window.kbAsk;
      return;
    }
    await parsed;
    await load();
    return (find() as (HTMLElement & Commands) | undefined)?.[command as 'ask'](values[0] as string);
  };
  api.bridge = bridge;
  window.kbAsk = api;

  const call = (values: ArrayLike<unknown>) => api(...(Array.from(values) as [string])).catch(warn);
  const waiting = before?.q;
  waiting?.forEach(call);

  const heard = (type: string, listener: (event: Event) => void) => window.addEventListener(type, listener, { signal });
  const trigger = (event: Event) =>
    data['trigger'] && event.target instanceof Element ? event.target.closest<HTMLAnchorElement>(data['trigger']) : null;

  heard('keydown', (event) => {
    if (!isHotkey(event as KeyboardEvent, data['hotkey'] ?? 'mod+k /')) return;
    event.preventDefault();
    void call(['toggle']);
  });
  heard('click', (event) => {
    const wanted = trigger(event);
    if (!wanted || event.defaultPrevented || (event as MouseEvent).ctrlKey || (event as MouseEvent).metaKey) return;
    event.preventDefault();
    wanted.focus(); // Safari does not by itself, and the focus comes back to here
    // The site's own link still leads somewhere when nothing can be loaded.
    api('open').catch((error) => (wanted.href ? location.assign(wanted.href) : warn(error)));
  });
  const idle = window.requestIdleCallback ?? setTimeout;
  const later = () => idle(() => signal.aborted || load().catch(warn));
  if (document.readyState === 'complete') later();
  else heard('load', later);
}
