import { getJson } from './api.js';
import { today } from './days.js';
import { byId, el, setText } from './dom.js';
import { causeText, codeLink } from './failures.js';
import { clock, count, currentLanguage, seconds, span, t, usd } from './words.js';

/** Shows who calls, the running calls, recent failures and the configuration in force. */
export class Activity {
  #state;
  #usage = [];
  #shown = '';

  /** @param {() => void} onChoice called when another model is chosen */
  constructor(onChoice) {
    byId('failures-model').addEventListener('change', onChoice);
  }

  async refresh() {
    const model = byId('failures-model').value;
    const query = model === '' ? '' : `?model=${encodeURIComponent(model)}`;
    this.#state = await getJson(`v1/health/gateway${query}`);
  }

  /** @param {string} timeZone the zone of dates */
  async refreshUsage(timeZone) {
    const { data } = await getJson(`v1/usage?from=${today(timeZone)}&group_by=key`);
    this.#usage = data;
  }

  close() {
    this.#state = undefined;
    this.#usage = [];
    this.#shown = '';
    for (const id of ['failure-list', 'running-list', 'caller-list', 'config-facts', 'config-refusals'])
      byId(id).replaceChildren();
  }

  render(models) {
    if (this.#state === undefined) return;
    this.#offer(models.map(({ model }) => model));
    const isThis = JSON.stringify([
      currentLanguage(),
      this.#state,
      this.#usage,
      Math.floor(Date.now() / 10_000),
    ]);
    if (isThis === this.#shown) return;
    this.#shown = isThis;
    const { failures, running, scope, config } = this.#state;
    byId('own-only').hidden = scope === 'all';
    list('failure-list', failures.map(failureItem), 'noFailures');
    list('running-list', running.map(runningItem), 'noRunning');
    list('caller-list', this.#callers(), 'noCallers');
    byId('config').hidden = config === undefined;
    byId('config-link').hidden = config === undefined;
    byId('config-alert').hidden = config?.is_refused !== true;
    if (config !== undefined) showConfig(config);
  }

  #offer(names) {
    const select = byId('failures-model');
    const wanted = JSON.stringify([currentLanguage(), names]);
    if (select.dataset.shows === wanted) return;
    select.dataset.shows = wanted;
    const { value } = select;
    select.replaceChildren(
      el('option', { value: '', text: t('allModels') }),
      ...names.map((name) => el('option', { value: name, text: name })),
    );
    if (names.includes(value)) select.value = value;
  }

  #callers() {
    const running = new Map();
    for (const { client } of this.#state.running) running.set(client, (running.get(client) ?? 0) + 1);
    const rows = new Map(this.#usage.map((row) => [row.key, row]));
    const names = [...new Set([...running.keys(), ...rows.keys()])].filter((name) => name !== null);
    return names
      .map((name) => ({ name, now: running.get(name) ?? 0, row: rows.get(name) }))
      .sort((a, b) => b.now - a.now || (b.row?.requests ?? 0) - (a.row?.requests ?? 0))
      .map(({ name, now, row }) =>
        el(
          'li',
          {},
          el('strong', { text: name }),
          el('span', { class: 'amount', text: t('runningNow', now) }),
          el('span', { class: 'soft details', text: row === undefined ? '' : usageText(row) }),
        ),
      );
  }
}

function usageText({ requests, errors, prompt_tokens: input, completion_tokens: output, cost_usd: cost }) {
  return [
    t('callsToday', requests),
    ...(errors > 0 ? [t('failedCalls', errors)] : []),
    t('tokensInOut', count(input), count(output)),
    ...(cost === null || cost === undefined ? [] : [usd(cost)]),
  ].join(' · ');
}

function list(id, items, nothing) {
  byId(id).replaceChildren(...(items.length === 0 ? [el('li', { class: 'soft', text: t(nothing) })] : items));
}

function failureItem({ at, request_id: id, client, model, path, status, error, attempts }) {
  const last = attempts.at(-1);
  return el(
    'li',
    {},
    el('time', { class: 'soft', datetime: at, text: clock(at, true) }),
    el('span', {}, el('strong', { text: model ?? path }), ' ', codeLink(error), ' ', String(status)),
    el('span', {
      class: 'soft details',
      text: [
        client ?? t('noKey'),
        ...attempts.map((attempt) => `${attempt.deployment}: ${causeText(attempt)}`),
        ...(last?.host === undefined ? [] : [last.host]),
      ].join(' · '),
    }),
    el('code', { class: 'soft details id', text: id }),
  );
}

function runningItem({ request_id: id, client, model, deployment, seconds: since, phase }) {
  return el(
    'li',
    {},
    el('strong', { text: model ?? '–' }),
    el('span', { class: 'amount', text: seconds(since) }),
    el('span', {
      class: 'soft details',
      text: [client ?? t('noKey'), t('phase')[phase], ...(deployment === null ? [] : [deployment])].join(
        ' · ',
      ),
    }),
    el('code', { class: 'soft details id', text: id }),
  );
}

function showConfig({
  path,
  digest,
  generation,
  loaded_at: at,
  models,
  at_next_start: waiting,
  is_refused: isRefused,
  refusals,
}) {
  const rows = [
    ['configFile', path ?? '–'],
    ['configDigest', digest ?? '–'],
    ['configLoaded', `${clock(at, true)} (${t('generation', generation)})`],
    ['models', String(models)],
    ...(waiting.length === 0 ? [] : [['atNextStart', waiting.join(', ')]]),
  ];
  byId('config-facts').replaceChildren(
    ...rows.map(([name, value]) =>
      el('div', { 'data-fact': name }, el('dt', { text: t(name) }), el('dd', { text: value })),
    ),
  );
  byId('config-refused').hidden = !isRefused;
  byId('config-refusals').replaceChildren(
    ...refusals.map(({ at: when, problems }) =>
      el(
        'li',
        {},
        el('span', { text: t('refusedAt', clock(when, true), span(Date.now() - Date.parse(when))) }),
        el('pre', { tabindex: '0', text: problems.join('\n') }),
      ),
    ),
  );
  setText(byId('config-refusals-title'), refusals.length === 0 ? t('noRefusedReloads') : t('refusedReloads'));
}
