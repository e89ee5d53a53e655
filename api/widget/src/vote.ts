/** Was this helpful: a vote, then why, then in their own words. Each step is kept on the server as soon as it is taken. */

import { post } from './client';
import type { Context } from './context';
import type { Answer } from './documents';
import { fill, h, icon } from './dom';
import { button } from './links';

const THUMB = 'M7 11v9H4v-9zl4-8q3 0 2.500 3L13 9h6q2 0 2 2l-1.500 7q-.5 2-2.500 2H7';

/** The vote on `answer`. Pressing the same button again withdraws it. */
export function voting(context: Context, answer: Answer): HTMLElement {
  const vote = { rating: null as string | null, reasons: [] as string[], comment: '' };
  let sending: Promise<unknown> = Promise.resolve();
  const side = (rating: string, label: string, title: string, reasons: Readonly<Record<string, string>>): HTMLElement => {
    const made: HTMLElement = button(`vote-${rating}`, label, () => {
      vote.rating = vote.rating === rating ? null : rating;
      vote.reasons = [];
      vote.comment = '';
      for (const each of buttons) each.ariaPressed = `${each === made && !!vote.rating}`;
      fill(more, vote.rating && why(title, reasons));
      void save(vote.rating ? T.thanks : T.withdrawn);
    }, icon(THUMB));
    made.ariaPressed = 'false';
    return made;
  };
  const buttons = [
    side('up', T.yes, T.reasons_up, { solved: T.reason_solved, clear: T.reason_clear }),
    side('down', T.no, T.reasons_down, {
      incorrect: T.reason_incorrect, outdated: T.reason_outdated, incomplete: T.reason_incomplete, not_relevant: T.reason_not_relevant,
      hard_to_understand: T.reason_hard_to_understand, wrong_language: T.reason_wrong_language, other: T.reason_other,
    }),
  ];
  const note = h('p vote-note row', { tabindex: '-1' });
  const more = h('div');
  return h('section vote', {},
    h('div  row', { role: 'group', ariaLabel: T.helpful }, h('span', { ariaHidden: 'true' }, T.helpful), ...buttons),
    note,
    more,
  );

  /** Send what is chosen now, behind what is on its way; `said` when it has arrived. False: it has not. */
  async function save(said?: string): Promise<boolean> {
    const now = { ...vote };
    if (!context.emit('kb:feedback', { answer_id: answer.id, conversation_id: answer.conversation_id, ...now })) return true;
    const sent = sending.then(() => post(context, '/v1/feedback', { answer_id: answer.id, token: answer.feedback_token, ...now }));
    const done = await (sending = sent.then(() => true, () => false));
    const text = done ? said : T.not_saved;
    fill(note, text, !done && button('vote-retry', T.retry, () => void save(said)));
    if (text) context.announce(text);
    return done as boolean;
  }

  function why(title: string, reasons: Readonly<Record<string, string>>): HTMLElement {
    const boxes = Object.entries(reasons).map(([value, label]) => h('label', {}, h('input reason', { type: 'checkbox', value }), label));
    const field = h('textarea comment', { rows: 2, maxLength: 2000 });
    const form = h('form', {
        onsubmit: async (event: Event) => {
          event.preventDefault();
          vote.comment = field.value.trim();
          // What was typed stays until it has arrived.
          if ((await save(T.noted)) && form.isConnected) {
            form.remove();
            note.focus();
          }
        },
      },
      h('fieldset', {
          onchange: () => {
            vote.reasons = [...form.querySelectorAll<HTMLInputElement>(':checked')].map(({ value }) => value);
            void save();
          },
        },
        h('legend', {}, title), ...boxes,
      ),
      h('label  field', {}, T.comment, field),
      h('button send', {}, T.send),
    );
    return form;
  }
}
