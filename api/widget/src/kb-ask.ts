/**
 * The loader: a classic script of at most 3 kB (gzip) that a page names once. It reads its own `data-*`, takes commands
 * before anything is loaded, puts `<kb-ask>` into the page unless there is one, and loads the rest when the page is
 * idle or somebody wants it.
 */

import type { Api, Bridge, Commands } from './bridge';
import { isHotkey } from './hotkeys';
import { known } from './language';

const script = (document.currentScript ?? document.querySelector('script[src*="kb-ask.js"]')) as HTMLScriptElement;
const before = window.kbAsk;

// A page that swaps its body (Turbo, htmx) may run the same tag again.
if (before?.bridge) before.bridge.lost();
else start();

function start(): void {
  const data = script.dataset;
  const address = new URL(script.src, document.baseURI);
  const gone = new AbortController();
  const { signal } = gone;
  let own: HTMLElement | undefined;
  let loading: Promise<unknown> | undefined;
  let texts: Promise<unknown> | undefined;
  let tries = 0;

  const bridge: Bridge = {
    data,
    // Behind a path (`/help/widget/v1/kb-ask.js`) the service is there too; a copy elsewhere needs `data-server`.
    server: new URL(data['server'] || /^.*(?=\/widget\/v1\/)/.exec(address.origin + address.pathname)?.[0] || '/', address)
      .href.replace(/\/+$/, ''),
    texts: {},
    ready: new Set(),
    language(element) {
      const chosen = data['lang'] === 'auto' ? '' : data['lang'];
      return known(
        element?.getAttribute('lang') || chosen || (element ?? document.documentElement).closest('[lang]')?.getAttribute('lang') ||
          navigator.language || 'en',
      );
    },
    async fetchTexts(lang) {
      if (/^zh-Han/.test(lang)) await (texts ??= inject('zh').catch(warn));
    },
    lost: () => void setTimeout(place),
  };

  /** Load a built part with the hash that this file was built with. */
  const inject = (part: string): Promise<unknown> =>
    new Promise((done, fail) => {
      const [name, integrity] = PARTS[part]!;
      const tag = document.createElement('script');
      tag.type = 'module';
      tag.crossOrigin = 'anonymous';
      tag.integrity = integrity;
      tag.nonce = script.nonce || data['nonce'] || '';
      // A browser remembers that a module could not be loaded; another address asks again.
      tag.src = new URL(name + (tries ? `&retry=${tries}` : ''), address).href;
      tag.onload = done;
      tag.onerror = () => {
        tries += 1;
        fail(new Error(`kb-ask: ${tag.src} could not be loaded`));
      };
      document.head.append(tag);
    });

  const load = (): Promise<unknown> =>
    (loading ??= Promise.all([inject('main'), bridge.fetchTexts(bridge.language(find()))]).then(place, (error) => {
      loading = undefined;
      throw error;
    }));

  const all = () => [...document.querySelectorAll<HTMLElement>('kb-ask')];
  const find = () => all().find((e) => !/inline|search/.test(e.getAttribute('mode') ?? '')) ?? all()[0];

  const place = (): void => {
    if (signal.aborted || data['mode'] === 'none' || all().length) return;
    own ??= document.createElement('kb-ask');
    own.setAttribute('mode', data['mode'] || 'button');
    own.dataset['turboTemporary'] = ''; // a cached copy of the page would bring a second one
    if (/inline|search/.test(data['mode'] ?? '') && document.body.contains(script)) script.after(own);
    else document.body.append(own);
  };

  const parsed = new Promise<unknown>((done) =>
    document.readyState === 'loading' ? document.addEventListener('DOMContentLoaded', done) : done(0),
  ).then(place);

  const api: Api = async (command, ...values) => {
    if (command === 'on') return listen(`${values[0]}`, values[1] as (detail: unknown, event?: Event) => void);
    if (command === 'destroy') {
      gone.abort();
      all().forEach((element) => element.remove());
      if (window.kbAsk === api) delete window.kbAsk;
      return undefined;
    }
    await parsed;
    await load();
    const element = find() as (HTMLElement & Commands) | undefined;
    return element?.[command as 'ask'](values[0] as string);
  };

  /** Call `listener` at every event of this name; for `ready`, also when it has been already. Gives what stops it. */
  const listen = (name: string, listener: (detail: unknown, event?: Event) => void): (() => void) => {
    const type = name.replace(/^(kb:)?/, 'kb:');
    const stop = new AbortController();
    const heard = (event: Event) => listener((event as CustomEvent).detail, event);
    document.addEventListener(type, heard, { signal: AbortSignal.any([signal, stop.signal]) });
    if (type === 'kb:ready' && bridge.ready.size) listener({});
    return () => stop.abort();
  };

  const warn = (error: unknown): void => console.error(error);
  const idle = window.requestIdleCallback ?? ((task: () => void) => setTimeout(task, 200));
  const later = () => idle(() => signal.aborted || load().catch(warn), { timeout: 2000 });

  api.bridge = bridge;
  window.kbAsk = api;
  const waiting = before?.q;
  if (before) before.q = { push: (call: ArrayLike<unknown>) => api(...(Array.from(call) as [string])) };
  if (Array.isArray(waiting)) for (const call of waiting) api(...(Array.from(call) as [string])).catch(warn);

  window.addEventListener(
    'keydown',
    (event) => {
      if (!isHotkey(event, data['hotkey'] ?? 'mod+k /')) return;
      event.preventDefault();
      api('toggle').catch(warn);
    },
    { signal },
  );
  const trigger = (event: Event) =>
    data['trigger'] && event.target instanceof Element ? event.target.closest<HTMLElement>(data['trigger']) : null;
  document.addEventListener(
    'click',
    (event) => {
      const wanted = trigger(event);
      if (!wanted || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      // The site's own link still leads somewhere when nothing can be loaded.
      api('open').catch((error) => (wanted instanceof HTMLAnchorElement ? location.assign(wanted.href) : warn(error)));
    },
    { signal },
  );
  for (const intent of ['pointerover', 'focusin']) {
    document.addEventListener(intent, (event) => void (trigger(event) && load().catch(() => {})), { signal });
  }
  if (data['mode'] !== 'modal') {
    if (document.readyState === 'complete') later();
    else window.addEventListener('load', later, { signal });
  }
}
