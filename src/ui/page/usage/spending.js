import { getJson } from '../api.js';
import { Bars } from './bars.js';
import { save, toCsv } from './csv.js';
import { daysUntil, today } from '../days.js';
import { byId, el, setAttribute, setText } from '../dom.js';
import { MEASURES, groupsOf, sumOf } from './figures.js';
import { count, currentLanguage, t, usd } from '../words.js';

const RANGES = [7, 30, 90];
const GROUPS = ['model', 'key', 'team'];

/** Shows usage and cost, by day and by model, key or team. */
export class Spending {
  #rows;
  #days = [];
  #zone = 'UTC';
  #day;
  #asked = 0;

  /** @param {() => void} onChoice called when another period or grouping is chosen */
  constructor(onChoice) {
    this.bars = new Bars((day) => {
      this.#day = day;
      this.render();
    });
    byId('spend-chart').append(this.bars.node);
    fill('spend-range', RANGES);
    fill('spend-by', GROUPS);
    fill('spend-measure', Object.keys(MEASURES));
    byId('spend-range').value = '30';
    for (const id of ['spend-range', 'spend-by']) byId(id).addEventListener('change', onChoice);
    byId('spend-measure').addEventListener('change', () => this.render());
    byId('spend-csv').addEventListener('click', () => void this.#export());
  }

  get range() {
    return Number(byId('spend-range').value);
  }

  /** The first date of the period. */
  get from() {
    return daysUntil(today(this.#zone), this.range)[0];
  }

  /** @param {string} timeZone the zone of dates */
  async refresh(timeZone) {
    this.#zone = timeZone;
    const asked = ++this.#asked;
    const days = daysUntil(today(timeZone), this.range);
    const { data } = await getJson(`v1/usage?from=${days[0]}&group_by=day,${byId('spend-by').value}`);
    // A newer choice has been made and fetches its own figures.
    if (asked !== this.#asked) return;
    this.#days = days;
    this.#rows = data;
    this.render();
  }

  close() {
    this.#asked++;
    this.#rows = undefined;
    byId('spend-groups').replaceChildren();
  }

  render() {
    for (const [id, word] of [
      ['spend-range', (days) => t('lastDays', days)],
      ['spend-by', (group) => t('by')[group]],
      ['spend-measure', (measure) => t('measure')[measure]],
    ]) {
      for (const option of byId(id).options) setText(option, word(option.value));
    }
    if (this.#rows === undefined) return;
    const by = byId('spend-by').value;
    const measure = byId('spend-measure').value;
    const groups = groupsOf(this.#rows, by, measure);
    this.#draw(groups, measure);
    const ofDay = (rows) => (this.#day === undefined ? rows : rows.filter(({ day }) => day === this.#day));
    const shown = groups.map((group) => ({ ...group, sum: sumOf(ofDay(group.rows)) }));
    this.#list(shown, by, measure);
    const total = sumOf(ofDay(this.#rows));
    setText(byId('spend-total'), amountText(total, measure));
    setText(byId('spend-when'), this.#day ?? t('lastDays', this.range));
    setText(byId('spend-missing'), missingText(total));
  }

  #draw(groups, measure) {
    const { amount, missing } = MEASURES[measure];
    const sumsOf = (group) => this.#days.map((day) => sumOf(group.rows.filter((row) => row.day === day)));
    const sums = groups.map(sumsOf);
    this.bars.update({
      days: this.#days,
      groups: sums.map((ofDays) => ({ amounts: ofDays.map(amount) })),
      areMissing: this.#days.map((_, at) => sums.some((ofDays) => missing(ofDays[at]) > 0)),
      shows: (value) => t('peak', measure === 'cost' ? usd(value) : count(value)),
      label: `${t('spending')}: ${amountText(sumOf(this.#rows), measure)}`,
    });
  }

  #list(groups, by, measure) {
    const { amount } = MEASURES[measure];
    const most = Math.max(...groups.map(({ sum }) => amount(sum)), 0);
    const isThis = JSON.stringify([currentLanguage(), measure, groups.map(({ name, sum }) => [name, sum])]);
    const list = byId('spend-groups');
    if (list.dataset.shows === isThis && list.children.length > 0) return;
    list.dataset.shows = isThis;
    if (groups.length === 0) {
      list.replaceChildren(el('li', { class: 'soft', text: t('noUsage') }));
      return;
    }
    list.replaceChildren(
      ...groups.map(({ name, others, sum }, at) =>
        el(
          'li',
          {},
          el('span', { class: `swatch part-${at}`, 'aria-hidden': 'true' }),
          el('strong', { text: nameOf(name, others, by) }),
          el('span', { class: 'amount', text: amountText(sum, measure) }),
          share(amount(sum), most, at),
          el('span', { class: 'soft details', text: detailsOf(sum) }),
          el('span', { class: 'note details', text: missingText(sum) }),
        ),
      ),
    );
  }

  /** Exports all combinations by day, including those that are not plotted. */
  async #export() {
    const button = byId('spend-csv');
    button.disabled = true;
    try {
      const { from } = this;
      const { data } = await getJson(`v1/usage?from=${from}&group_by=day,team,key,model`);
      save(`llm-gateway-usage-${from}.csv`, toCsv(data));
    } catch {
      setText(byId('spend-trouble'), t('usageAway'));
    } finally {
      button.disabled = false;
    }
  }
}

function fill(id, values) {
  byId(id).replaceChildren(...values.map((value) => el('option', { value: String(value) })));
}

function nameOf(name, others, by) {
  if (others !== undefined) return t('others', others);
  return name ?? t('none')[by];
}

/**
 * The page's policy allows styles only through classes, so the length of a bar is an attribute of
 * SVG or of `meter`.
 */
function share(value, most, at) {
  const bar = el('progress', { class: `share part-${at}`, max: '1000', 'aria-hidden': 'true' });
  setAttribute(bar, 'value', String(most === 0 ? 0 : Math.round((value / most) * 1000)));
  return bar;
}

function amountText(sum, measure) {
  if (measure === 'requests') return t('calls', sum.requests);
  if (measure === 'tokens') {
    const tokens = sum.prompt_tokens + sum.completion_tokens;
    return tokens === 0 && sum.uncounted_requests > 0 ? t('notCounted') : t('tokenCount', count(tokens));
  }
  return sum.cost_usd === null ? t('unknownCost') : usd(sum.cost_usd);
}

function detailsOf({ prompt_tokens: input, completion_tokens: output, requests }) {
  return `${t('tokensInOut', count(input), count(output))} · ${t('calls', requests)}`;
}

function missingText({ unpriced_requests: unpriced, uncounted_requests: uncounted }) {
  const parts = [];
  if (unpriced > 0) parts.push(t('unpricedCalls', unpriced));
  if (uncounted > 0) parts.push(t('uncountedCalls', uncounted));
  return parts.join(' · ');
}
