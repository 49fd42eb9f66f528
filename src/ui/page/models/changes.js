import { byId, el, glyph } from '../dom.js';
import { clock, currentLanguage, t, why } from '../words.js';

let shown = '';

/** Shows the newest state changes. */
export function showChanges(changes) {
  const isThese = `${currentLanguage()} ${JSON.stringify(changes)}`;
  if (isThese === shown) return;
  shown = isThese;
  const list = byId('change-list');
  if (changes.length === 0) {
    list.replaceChildren(el('li', { class: 'empty soft', text: t('noChanges') }));
    return;
  }
  list.replaceChildren(
    ...changes.map(({ at, model, from, to, reason }) =>
      el(
        'li',
        { 'data-state': to },
        el('time', { datetime: at, text: clock(at, true) }),
        glyph(to),
        el(
          'p',
          {},
          el('strong', { text: model }),
          ' ',
          el('span', { class: 'state', text: t('state')[to] }),
          el('span', {
            class: 'soft line',
            text: reason === null ? t('changedFromTo', t('state')[from], t('state')[to]) : why(to, reason)[0],
          }),
        ),
      ),
    ),
  );
}
