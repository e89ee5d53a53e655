/** Was this helpful: a vote, then why, then in their own words. Each step is kept on the server as soon as it is taken. */

import { send } from './client';
import type { Context, StringKey } from './context';
import type { Answer } from './documents';
import { h, icon } from './dom';
import { button } from './links';

type Rating = 'up' | 'down';

const REASONS = {
  up: ['solved', 'clear'],
  down: ['incorrect', 'outdated', 'incomplete', 'not_relevant', 'hard_to_understand', 'wrong_language', 'other'],
} as const;
const THUMB = 'M7 11v9H4v-9zm0 0 4-8c1.500 0 2.500 1 2.500 2.500V9H19a2 2 0 0 1 2 2.300l-1.200 7A2 2 0 0 1 17.800 20H7';

/** The vote on `answer`. Pressing the same button again withdraws it. */
export function voting(context: Context, answer: Answer): HTMLElement {
  const { t } = context;
  let rating: Rating | null = null;
  let reasons: string[] = [];
  let comment = '';
  let sending: Promise<unknown> = Promise.resolve();
  const buttons = (['up', 'down'] as const).map((side) => {
    const made = button(`vote-${side}`, t(side === 'up' ? 'yes' : 'no'), () => cast(side), icon(THUMB));
    made.setAttribute('aria-pressed', 'false');
    return made;
  });
  const more = h('div');
  const note = h('p', { part: 'vote-note', tabindex: -1 });
  return h(
    'section',
    { part: 'vote' },
    h('div', { class: 'row', role: 'group', 'aria-label': t('helpful') }, h('span', { 'aria-hidden': 'true' }, t('helpful')), ...buttons),
    note,
    more,
  );

  function cast(side: Rating): void {
    rating = rating === side ? null : side;
    reasons = [];
    comment = '';
    buttons.forEach((made, i) => made.setAttribute('aria-pressed', `${rating === (i ? 'down' : 'up')}`));
    more.replaceChildren(...(rating ? [why(rating)] : []));
    save(rating ? `thanks_${rating}` : 'withdrawn');
  }

  /** Send what is chosen now, after what is on its way; `said`: what to say when it has arrived. */
  function save(said?: StringKey): Promise<boolean> {
    const vote = { rating, reasons, comment };
    if (!context.emit('kb:feedback', { answer_id: answer.id, conversation_id: answer.conversation_id, ...vote })) return Promise.resolve(true);
    const body = { answer_id: answer.id, token: answer.feedback_token, ...vote };
    const sent = sending.then(() => send(context, '/v1/feedback', body)).then(
      () => {
        note.replaceChildren(said ? t(said) : '');
        if (said) context.announce(t(said));
        return true;
      },
      () => {
        note.replaceChildren(t('not_saved'), ' ', button('vote-retry', t('retry'), () => void save(said)));
        context.announce(t('not_saved'));
        return false;
      },
    );
    sending = sent;
    return sent;
  }

  function why(side: Rating): HTMLElement {
    const boxes = REASONS[side].map((reason) =>
      h('label', {}, h('input', { part: 'reason', type: 'checkbox', value: reason, onchange: choose }), t(`reason_${reason}`)),
    );
    const field = h('textarea', { part: 'comment', rows: 2, maxlength: 2000, placeholder: t('comment_hint') });
    const form = h(
      'form',
      { onsubmit: finish },
      h('fieldset', {}, h('legend', {}, t(`reasons_${side}`)), ...boxes),
      h('label', { class: 'field' }, t('comment'), field),
      h('button', { part: 'send', type: 'submit' }, t('send')),
    );
    return form;

    function choose(): void {
      reasons = [...form.querySelectorAll<HTMLInputElement>(':checked')].map(({ value }) => value);
      void save();
    }

    async function finish(event: Event): Promise<void> {
      event.preventDefault();
      comment = field.value.trim();
      // What was typed stays until it has arrived.
      if ((await save('noted')) && form.isConnected) {
        more.replaceChildren();
        note.focus();
      }
    }
  }
}
