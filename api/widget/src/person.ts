/** To a person: the site's own chat if it takes over, else a form to the service, else the address that the service names. */

import { type Failure, post } from './client';
import type { Context } from './context';
import type { Exchange } from './documents';
import { fill, h } from './dom';
import { button, link } from './links';
import { lastAnswer, packet } from './transcript';

export interface Person {
  /** Offer a person. `trigger`: the visitor pressed a button and is taken to the form, or an answer calls for a person. */
  offer(trigger: 'visitor' | 'answer'): Promise<void>;
  /** Take away what was offered. */
  clear(): void;
}

/** The way to a person: a button in `context.foot`, and a form in `region` when it is wanted. */
export function person(region: HTMLElement, context: Context, exchanges: () => readonly Exchange[]): Person {
  const { announce } = context;
  const card = h('section handoff');
  const clear = (): void => card.remove();
  const opener = button('person', T.person, () => offer('visitor'));
  let key = '';
  let tried = '';
  context.foot.append(opener);
  return { offer, clear };

  async function offer(trigger: 'visitor' | 'answer'): Promise<void> {
    const answer = lastAnswer(exchanges());
    if (!context.emit('kb:handoff', { ...packet(context, exchanges()), trigger, answer, lang: LANG })) return;
    if (!card.isConnected) {
      // Before any answer the service says it; one that does not know shows the form.
      const { accepts = true, contact_url } =
        answer?.handoff ?? (await context.call('/v1/person').then((response) => response.json(), () => ({})));
      // Where nobody reads it, a form would be a letter into the void.
      show(T.person, accepts ? form() : contact_url ? link(context, 'contact', contact_url, T.contact) : h('p', {}, T.person_none));
      region.append(card);
      region.closest('.root')?.classList.add('asked');
    }
    if (trigger === 'visitor') card.querySelector<HTMLElement>('textarea,a,h3')!.focus();
  }

  function show(title: string, ...content: Node[]): void {
    fill(card, h('h3', { tabindex: '-1' }, title), ...content);
  }

  function form(): HTMLElement {
    // What asked for a person says nothing to that person.
    const told = exchanges().findLast(({ answer }) => answer?.reason?.code !== 'asked_for_person');
    const message = h('textarea message', { rows: 3, maxLength: 4000, required: true, value: told?.question });
    const given = (): boolean => !!(reach.value + name.value).trim();
    const need = (): unknown => (reach.required = consent.required = given());
    const reach = h('input reach', { autocomplete: 'email', maxLength: 254, pattern: '.*(@.+|(\\d.*){5})', oninput: need });
    const name = h('input name', { autocomplete: 'name', maxLength: 100, oninput: need });
    const consent = h('input consent', { type: 'checkbox' });
    const note = h('p handoff-note warn');
    const submit = h('button send', {}, T.send);
    const field = (label: string, input: HTMLElement): HTMLElement => h('label  field', {}, label, input);

    /** Hand over, and say what came of it; when it did not work, everything typed is still there. */
    const send = async (contact: object | null): Promise<string> => {
      const body = {
        ...packet(context, exchanges()), token: lastAnswer(exchanges())?.feedback_token, message: message.value.trim(), contact,
      };
      // The same letter sent again is the same hand-over; a changed one is another.
      if (tried !== (tried = JSON.stringify(body))) key = crypto.getRandomValues(new Uint32Array(4)).join('-');
      try {
        const { id } = await (await post(context, '/v1/handoffs', body, undefined, { 'Idempotency-Key': key })).json();
        const reference = T.reference.replace('{id}', id);
        show(T.person_sent, h('p reference', {}, reference), h('p', {}, contact ? T.person_next : T.person_next_unknown));
        card.querySelector('h3')!.focus();
        return `${T.person_sent}. ${reference}`;
      } catch (error) {
        const { said = T.not_saved, status } = error as Failure;
        return status === 422 && contact ? T.reach_wrong : said;
      }
    };
    return h('form', {
        onsubmit: async (event: Event) => {
          event.preventDefault();
          submit.disabled = true;
          const address = reach.value.trim();
          const contact = { name: name.value.trim(), [address.includes('@') ? 'email' : 'phone']: address, consent: true };
          announce((note.textContent = await send(given() ? contact : null)));
          submit.disabled = false;
        },
      },
      h('p', {}, T.person_lead),
      field(T.message, message),
      field(T.reach, reach),
      field(T.name, name),
      h('label', {}, consent, T.consent),
      note,
      h('p  row', {}, submit, button('cancel', T.cancel, () => (clear(), opener.focus()))),
    );
  }
}
