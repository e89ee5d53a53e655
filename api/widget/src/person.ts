/** To a person: the site's own chat if it takes over, else a form to the service, else the address that the service names. */

import { type Failure, post } from './client';
import type { Context } from './context';
import type { Exchange } from './documents';
import { fill, h } from './dom';
import { button, link } from './links';
import { lastAnswer, packet } from './transcript';

export interface Person {
  /** Offer a person. `trigger`: the visitor pressed a button and is taken to the form, or an answer calls for a person. */
  offer(trigger: 'visitor' | 'answer'): void;
  /** Take away what was offered. */
  clear(): void;
}

/** The way to a person: a button in `context.foot`, and a form in `region` when it is wanted. */
export function person(region: HTMLElement, context: Context, exchanges: () => readonly Exchange[]): Person {
  const { t, announce } = context;
  const card = h('section handoff');
  const clear = (): void => card.remove();
  const opener = button('person', t('person'), () => offer('visitor'));
  let key = '';
  let tried = '';
  context.foot.append(opener);
  return { offer, clear };

  function offer(trigger: 'visitor' | 'answer'): void {
    const answer = lastAnswer(exchanges());
    if (!context.emit('kb:handoff', { ...packet(context, exchanges()), trigger, answer: answer ?? null, lang: context.lang })) return;
    if (!card.isConnected) {
      const { accepts, contact_url } = answer?.handoff ?? {};
      // Where nobody reads it, a form would be a letter into the void.
      const way = accepts !== false ? form() : contact_url ? link(context, 'contact', contact_url, t('contact')) : h('p', {}, t('person_none'));
      show('person', way);
      region.append(card);
      region.closest('.root')?.classList.add('asked');
    }
    if (trigger === 'visitor') card.querySelector<HTMLElement>('textarea,a,h3')!.focus();
  }

  function show(title: 'person' | 'person_sent', ...content: Node[]): void {
    fill(card, h('h3', { tabindex: -1 }, t(title)), ...content);
  }

  function form(): HTMLElement {
    // What asked for a person says nothing to that person.
    const told = exchanges().findLast(({ answer }) => answer?.reason?.code !== 'asked_for_person');
    const message = h('textarea message', { rows: 3, maxlength: 4000, required: true, value: told?.question });
    const given = (): boolean => !!(reach.value + name.value).trim();
    const need = (): unknown => (reach.required = consent.required = given());
    const reach = h('input reach', { autocomplete: 'email', maxlength: 254, pattern: '.*(@.+|(\\d.*){5})', oninput: need });
    const name = h('input name', { autocomplete: 'name', maxlength: 100, oninput: need });
    const consent = h('input consent', { type: 'checkbox' });
    const note = h('p handoff-note', { class: 'warn' });
    const submit = h('button send', {}, t('send'));
    const field = (label: string, input: HTMLElement): HTMLElement => h('label', { class: 'field' }, label, input);
    return h('form', {
        onsubmit: async (event: Event) => {
          event.preventDefault();
          submit.disabled = true;
          const address = reach.value.trim();
          const contact = { name: name.value.trim(), [address.includes('@') ? 'email' : 'phone']: address, consent: true };
          announce((note.textContent = await send(message.value.trim(), given() ? contact : null)));
          submit.disabled = false;
        },
      },
      h('p', {}, t('person_lead')),
      field(t('message'), message),
      field(t('reach'), reach),
      field(t('name'), name),
      h('label', {}, consent, t('consent')),
      note,
      h('p', { class: 'row' }, submit, button('cancel', t('cancel'), () => (clear(), opener.focus()))),
    );
  }

  /** Hand over. Resolves with what to say; when it did not work, everything typed is still there. */
  async function send(message: string, contact: object | null): Promise<string> {
    const token = lastAnswer(exchanges())?.feedback_token ?? null;
    const body = { ...packet(context, exchanges()), token, message, contact };
    // The same letter sent again is the same hand-over; a changed one is another.
    if (tried !== (tried = JSON.stringify(body))) key = crypto.getRandomValues(new Uint32Array(4)).join('-');
    try {
      const { id } = await (await post(context, '/v1/handoffs', body, undefined, { 'Idempotency-Key': key })).json();
      show('person_sent', h('p reference', {}, t('reference', { id })), h('p', {}, t(contact ? 'person_next' : 'person_next_unknown')));
      card.querySelector('h3')!.focus();
      return `${t('person_sent')}. ${t('reference', { id })}`;
    } catch (error) {
      const { kind, status } = error as Failure;
      return t(status === 422 && contact ? 'reach_wrong' : kind === 'failed' ? 'not_saved' : `fail_${kind}`);
    }
  }
}
