import { getJson } from '../api.js';
import { byId, el } from '../dom.js';
import { count, currentLanguage, t, usd, zonedClock } from '../words.js';

/** Shares of a budget above which it is shown as running short or as used up. */
const SHORT = 0.8;
const REFUSALS = [
  'budget_exceeded',
  'rate_limit_exceeded',
  'model_not_priced',
  'model_not_allowed',
  'queue_full',
];

/** Shows the rest of each budget and limit, and the refused calls with their reasons. */
export class Limits {
  #shown = '';
  #state;
  #refusals = [];

  /** @returns the time zone of dates */
  async refresh() {
    this.#state = await getJson('v1/limits');
    return this.#state.time_zone;
  }

  /** @param {string} from a date */
  async refreshRefusals(from) {
    const { data } = await getJson(`v1/usage?from=${from}&group_by=key,error`);
    this.#refusals = data
      .filter(({ error }) => REFUSALS.includes(error))
      .sort((a, b) => b.requests - a.requests);
  }

  close() {
    this.#state = undefined;
    this.#refusals = [];
    this.#shown = '';
    for (const id of ['budget-list', 'refusal-list']) byId(id).replaceChildren();
  }

  render() {
    if (this.#state === undefined) return;
    const isThis = JSON.stringify([currentLanguage(), this.#state, this.#refusals]);
    if (isThis === this.#shown) return;
    this.#shown = isThis;
    const { data, state, replicas_from: source, time_zone: zone } = this.#state;
    byId('limits-away').hidden = state !== 'away';
    byId('limits-away').textContent = t(source === 'assumption' ? 'limitsWhole' : 'limitsAway');
    const sorted = [...data].sort((a, b) => usedShare(b) - usedShare(a));
    byId('budget-list').replaceChildren(
      ...(sorted.length === 0
        ? [el('li', { class: 'soft', text: t('noLimits') })]
        : sorted.map((scope) => scopeItem(scope, zone))),
    );
    byId('refusal-list').replaceChildren(
      ...(this.#refusals.length === 0
        ? [el('li', { class: 'soft', text: t('noRefusals') })]
        : this.#refusals.map(({ key, error, requests }) =>
            el(
              'li',
              {},
              el('strong', { text: key }),
              el('span', { class: 'amount', text: t('calls', requests) }),
              el('span', { class: 'soft details', text: t('refusal')[error] }),
            ),
          )),
    );
  }
}

function usedShare({ limits }) {
  const budget = limits.find(({ what }) => what === 'budget');
  return budget === undefined ? -1 : budget.used / budget.limit;
}

function scopeItem({ scope, name, limits }, zone) {
  return el(
    'li',
    {},
    el('strong', { text: name }),
    el('span', { class: 'soft', text: t('holder')[scope] }),
    ...limits.map((limit) => (limit.what === 'budget' ? budgetItem(limit, zone) : limitItem(limit))),
  );
}

function budgetItem({ limit, used, reserved, remaining, per, resets_at: resetsAt }, zone) {
  const share = used / limit;
  const tone = share >= 1 || remaining === 0 ? 'bad' : share >= SHORT ? 'middling' : 'good';
  return el(
    'div',
    { class: 'budget', 'data-tone': tone },
    el('span', { text: t('budgetUsed', usd(used), usd(limit), t('per')[per]) }),
    el('span', { class: 'amount left', text: t('left', usd(remaining)) }),
    el('progress', {
      class: 'share',
      max: '1000',
      value: String(Math.min(1000, Math.round(share * 1000))),
      'aria-hidden': 'true',
    }),
    el('span', {
      class: 'soft details',
      text: [
        reserved > 0 ? t('reserved', usd(reserved)) : '',
        resetsAt === null ? t('neverRenewed') : t('renewedAt', zonedClock(resetsAt, zone)),
      ]
        .filter((text) => text !== '')
        .join(' · '),
    }),
  );
}

function limitItem({ what, limit, used }) {
  return el('p', {
    class: 'soft details',
    text: t('limitUsed', t('limitName')[what], count(used), count(limit)),
  });
}
