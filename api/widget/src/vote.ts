/** Was this helpful: a vote, then why, then in their own words. Each step is kept on the server as soon as it is taken. */

import { post } from './client';
import type { Context, StringKey } from './context';
import type { Answer } from './documents';
import { fill, h, icon } from './dom';
import { button } from './links';

const REASONS: Readonly<Record<string, string>> = {
  up: 'solved clear',
  down: 'incorrect outdated incomplete not_relevant hard_to_understand wrong_language other',
};
const THUMB = 'M7 11v9H4v-9zl4-8q3 0 2.500 3L13 9h6q2 0 2 2l-1.500 7q-.5 2-2.500 2H7';

/** The vote on `answer`. Pressing the same button again withdraws it. */
export function voting(context: Context, answer: Answer): HTMLElement {
  const { t } = context;
  const vote = { rating: null as string | null, reasons: [] as string[], comment: '' };
  let sending: Promise<unknown> = Promise.resolve();
  const side = (rating: string, label: StringKey): HTMLElement => {
    const made: HTMLElement = button(`vote-${rating}`, t(label), () => {
      vote.rating = vote.rating === rating ? null : rating;
      vote.reasons = [];
      vote.comment = '';
      for (const each of buttons) each.ariaPressed = `${each === made && !!vote.rating}`;
      fill(more, vote.rating && why(vote.rating));
      void save(vote.rating ? 'thanks' : 'withdrawn');
    }, icon(THUMB));
    made.ariaPressed = 'false';
    return made;
  };
  const buttons = [side('up', 'yes'), side('down', 'no')];
  const note = h('p vote-note', { class: 'row', tabindex: -1 });
  const more = h('div');
  return h('section vote', {},
    h('div', { class: 'row', role: 'group', 'aria-label': t('helpful') }, h('span', { 'aria-hidden': 'true' }, t('helpful')), ...buttons),
    note,
    more,
  );

  /** Send what is chosen now, behind what is on its way; `said` when it has arrived. False: it has not. */
  async function save(said?: StringKey): Promise<boolean> {
    const now = { ...vote };
    if (!context.emit('kb:feedback', { answer_id: answer.id, conversation_id: answer.conversation_id, ...now })) return true;
    const sent = sending.then(() => post(context, '/v1/feedback', { answer_id: answer.id, token: answer.feedback_token, ...now }));
    const done = await (sending = sent.then(() => true, () => false));
    const text = done ? said && t(said) : t('not_saved');
    fill(note, text, !done && button('vote-retry', t('retry'), () => void save(said)));
    if (text) context.announce(text);
    return done as boolean;
  }

  function why(rating: string): HTMLElement {
    const boxes = REASONS[rating]!.split(' ').map((reason) =>
      h('label', {}, h('input reason', { type: 'checkbox', value: reason }), t(`reason_${reason}` as StringKey)));
    const field = h('textarea comment', { rows: 2, maxlength: 2000 });
    const form = h('form', { onsubmit: finish },
      h('fieldset', { onchange: () => (collect(), save()) }, h('legend', {}, t(`reasons_${rating}` as StringKey)), ...boxes),
      h('label', { class: 'field' }, t('comment'), field),
      h('button send', {}, t('send')),
    );
    return form;

    function collect(): void {
      vote.reasons = [...form.querySelectorAll<HTMLInputElement>(':checked')].map(({ value }) => value);
    }

    async function finish(event: Event): Promise<void> {
      event.preventDefault();
      vote.comment = field.value.trim();
      // What was typed stays until it has arrived.
      if ((await save('noted')) && form.isConnected) {
        form.remove();
        note.focus();
      }
    }
  }
}
