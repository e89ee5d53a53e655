/** To a person: the site's own chat if it takes over, else a form to the service, else the address that the service names. */

import { Failed, send } from './client';
import type { Context } from './context';
import type { Exchange } from './documents';
import { type Child, h } from './dom';
import { button, link } from './links';
import { lines, packet } from './transcript';

/** The way to a person below a conversation. `region` gets the form. */
export class Person {
  private readonly opener: HTMLElement;
  private readonly card: HTMLElement;
  private key = '';
  private tried = '';

  constructor(
    private readonly region: HTMLElement,
    private readonly context: Context,
    private readonly exchanges: () => readonly Exchange[],
  ) {
    this.opener = button('person', context.t('person'), () => this.ask('visitor'));
    this.card = h('section', { part: 'handoff' });
    context.foot.append(this.opener);
  }

  /** Offer a person. `trigger`: the visitor pressed a button and is taken to the form, or an answer calls for a person. */
  ask(trigger: 'visitor' | 'answer'): void {
    if (!this.context.emit('kb:handoff', packet(this.context, this.exchanges(), trigger))) return;
    if (!this.card.isConnected) {
      this.draw();
      this.region.append(this.card);
    }
    if (trigger === 'visitor') {
      this.card.scrollIntoView({ block: 'nearest' });
      this.card.querySelector<HTMLElement>('textarea,a,h4')!.focus({ preventScroll: true });
    }
  }

  /** Take away what was offered. */
  clear(): void {
    this.card.remove();
  }

  destroy(): void {
    this.clear();
    this.opener.remove();
  }

  private draw(): void {
    const handoff = this.exchanges().findLast(({ answer }) => answer)?.answer?.handoff;
    // Without a way to deliver it, a form would be a letter that nobody gets.
    const reply = handoff?.contact_url && !handoff.channels.length ? this.contact(handoff.contact_url) : this.form();
    this.card.replaceChildren(this.title('person'), reply);
  }

  private title(key: 'person' | 'person_sent'): HTMLElement {
    return h('h4', { tabindex: -1 }, this.context.t(key));
  }

  private contact(url: string): HTMLElement {
    return link(this.context, 'contact', url, this.context.t('contact'));
  }

  private form(): HTMLElement {
    const { t } = this.context;
    const message = h('textarea', { part: 'message', rows: 3, maxlength: 4000, required: true });
    message.value = this.exchanges().at(-1)?.question ?? '';
    const reach = h('input', { part: 'reach', autocomplete: 'email', maxlength: 254, oninput: need });
    const name = h('input', { part: 'name', autocomplete: 'name', maxlength: 100, oninput: need });
    const consent = h('input', { part: 'consent', type: 'checkbox' });
    const note = h('p', { part: 'handoff-note', class: 'warn' });
    const submit = h('button', { part: 'send', type: 'submit' }, t('send'));
    const given = (): boolean => !!(name.value + reach.value).trim();
    return h(
      'form',
      {
        onsubmit: async (event: Event) => {
          event.preventDefault();
          submit.disabled = true;
          const address = reach.value.trim();
          const contact = { name: name.value.trim(), [address.includes('@') ? 'email' : 'phone']: address, consent: true };
          const said = await this.send(message.value.trim(), given() ? contact : null);
          submit.disabled = false;
          note.textContent = said;
        },
      },
      h('p', {}, t('person_lead')),
      field(t('message'), message),
      field(t('reach'), reach),
      field(t('name'), name),
      h('label', {}, consent, t('consent')),
      note,
      h('p', { class: 'row' }, submit, button('cancel', t('cancel'), () => (this.clear(), this.opener.focus()))),
    );

    function need(): void {
      reach.required = consent.required = given();
    }
  }

  /** Hand over. Resolves with what to say when it did not work; everything typed is still there then. */
  private async send(message: string, contact: object | null): Promise<string> {
    const { context } = this;
    const { t } = context;
    const exchanges = this.exchanges();
    const answer = exchanges.findLast((exchange) => exchange.answer)?.answer;
    const body = {
      ...(answer && { conversation_id: answer.conversation_id, answer_id: answer.id, token: answer.feedback_token }),
      ...(exchanges.length && { question: exchanges.at(-1)!.question }),
      message,
      contact,
      transcript: lines(exchanges),
      lang: /^(en|zh)/.exec(context.lang)?.[0] ?? 'auto',
      channel: context.channel,
      page_url: context.pageUrl(),
    };
    // The same letter sent again is the same hand-over; a changed one is another.
    const letter = JSON.stringify(body);
    if (letter !== this.tried) this.key = crypto.getRandomValues(new Uint32Array(4)).join('-');
    this.tried = letter;
    try {
      const { id } = await (await send(context, '/v1/handoffs', body, { headers: { 'Idempotency-Key': this.key } })).json();
      const next = h('p', {}, t(contact ? 'person_next' : 'person_next_unknown'));
      this.card.replaceChildren(this.title('person_sent'), h('p', {}, t('reference'), ' ', h('code', { part: 'reference' }, id)), next);
      this.card.querySelector('h4')!.focus();
      context.announce(`${t('person_sent')}. ${t('reference')} ${id}`);
      return '';
    } catch (error) {
      const failed = error instanceof Failed ? error : new Failed('failed');
      const said = t(failed.status === 422 && contact ? 'reach_wrong' : failed.kind === 'refused' ? 'fail_failed' : `fail_${failed.kind}`);
      context.announce(said);
      return said;
    }
  }
}

function field(label: string, input: Child): HTMLElement {
  return h('label', { class: 'field' }, label, input);
}
