import { arrange, byId, el, glyph, setAttribute, setText, svg } from '../dom.js';
import { causeText, codeLink } from '../failures.js';
import { clock, percent, seconds, span, t, why } from '../words.js';

const ORDER = ['credentials_refused', 'failing', 'degraded', 'slow', 'ok', 'never_seen'];
const GROUPS = {
  failing: 'bad',
  credentials_refused: 'bad',
  degraded: 'bad',
  slow: 'bad',
  ok: 'good',
  never_seen: 'unseen',
};
const MINUTES = 60;
const STRIP_HEIGHT = 28;

/** The state of a card: a working model is `degraded` while one of its deployments fails. */
export function stateOf({ state, failing_deployments: failing = 0 }) {
  return failing > 0 && (state === 'ok' || state === 'slow') ? 'degraded' : state;
}

/** Failing models come first, otherwise in configuration order. */
export function inOrder(models) {
  return [...models].sort((a, b) => ORDER.indexOf(stateOf(a)) - ORDER.indexOf(stateOf(b)));
}

/** A card per model, grouped: needs attention, working, not called yet. */
export class Wall {
  #cards = new Map();
  #groups = new Map();

  /** @param {Record<'plots' | 'chat' | 'test', (model: string) => void>} actions */
  constructor(actions) {
    this.actions = actions;
    for (const name of ['bad', 'good', 'unseen']) {
      const title = el('h2', { id: `group-${name}` });
      const cards = el('ul', { class: 'cards' });
      const section = el('section', { class: `group ${name}`, 'aria-labelledby': title.id }, title, cards);
      this.#groups.set(name, { section, title, cards });
    }
  }

  update(models, seriesOf, selected, work) {
    const sorted = inOrder(models);
    const sections = [];
    for (const [name, { section, title, cards }] of this.#groups) {
      const members = sorted.filter((model) => GROUPS[stateOf(model)] === name);
      if (members.length === 0) continue;
      setText(title, `${t('groups')[name]} · ${members.length}`);
      const nodes = members.map((model) => {
        let card = this.#cards.get(model.model);
        if (card === undefined) this.#cards.set(model.model, (card = new Card(model.model, this.actions)));
        card.update(model, seriesOf(model.model), model.model === selected, work.get(model.model));
        return card.node;
      });
      arrange(cards, nodes);
      sections.push(section);
    }
    arrange(byId('wall'), sections);
    const names = new Set(models.map(({ model }) => model));
    for (const name of this.#cards.keys()) if (!names.has(name)) this.#cards.delete(name);
  }
}

class Card {
  constructor(model, actions) {
    this.mark = el('span', { class: 'mark-place' });
    this.word = el('strong', { class: 'state' });
    this.since = el('span', { class: 'soft' });
    this.reason = el('p', { class: 'reason' });
    this.hint = el('p', { class: 'hint soft' });
    this.code = el('p', { class: 'code-place' });
    this.why = el('div', { class: 'why' }, this.reason, this.hint, this.code);
    this.strip = svg('svg', {
      class: 'strip',
      viewBox: `0 0 ${MINUTES * 4} ${STRIP_HEIGHT}`,
      preserveAspectRatio: 'none',
      role: 'img',
    });
    this.figures = el('dl', { class: 'figures' });
    this.facts = el('dl', { class: 'more' });
    this.buttons = ['plots', 'chat', 'test'].map((name) =>
      el('button', {
        type: 'button',
        class: 'quiet',
        'data-action': name,
        onclick: () => actions[name](model),
      }),
    );
    const title = el('h3', { text: model });
    this.actions = el('div', { class: 'actions', role: 'group' }, ...this.buttons);
    this.node = el(
      'li',
      { class: 'card', 'data-model': model },
      el(
        'div',
        { class: 'head' },
        this.mark,
        el('div', { class: 'name' }, title, el('p', {}, this.word, ' ', this.since)),
      ),
      this.why,
      this.strip,
      this.figures,
      this.facts,
      this.actions,
    );
    this.model = model;
  }

  /** @param work the model's kind of work; undefined while it is unknown */
  update(model, series, isSelected, work) {
    const now = Date.now();
    const state = stateOf(model);
    if (this.node.dataset.state !== state) {
      this.node.dataset.state = state;
      this.mark.replaceChildren(glyph(state));
    }
    this.node.classList.toggle('selected', isSelected);
    const { failing_deployments: failing, deployments = [] } = model;
    setText(this.word, state === 'degraded' ? t('degraded', failing, deployments.length) : t('state')[state]);
    setText(this.since, model.state === 'never_seen' ? '' : t('since', span(now - Date.parse(model.since))));
    const isWell = state === 'ok' || state === 'never_seen';
    this.why.hidden = isWell;
    if (!isWell) {
      const dead = deployments.find((each) => each.state === 'failing');
      const code = state === 'degraded' ? dead.last_error : model.reason;
      const [reason, hint] = why(state === 'degraded' ? 'failing' : state, code);
      setText(this.reason, state === 'degraded' ? `${dead.name}${t('colon')}${reason}` : reason);
      setText(this.hint, hint);
      if (this.code.textContent !== (code ?? ''))
        this.code.replaceChildren(...(code === null ? [] : [codeLink(code)]));
      this.code.hidden = code === null;
    }
    this.#drawStrip(series, model.last_60_minutes);
    this.#write(this.figures, this.#figuresOf(model));
    this.#write(this.facts, this.#factsOf(model, now, work));
    const isTalker = work === undefined || work.includes('chat');
    this.buttons.forEach((button) => {
      const { action } = button.dataset;
      setText(button, t(action === 'chat' && !isTalker ? 'tryIt' : action));
    });
    setAttribute(this.buttons[0], 'aria-pressed', String(isSelected));
    setAttribute(this.actions, 'aria-label', t('actions', this.model));
  }

  #figuresOf({ last_5_minutes: recent, last_60_minutes: hour }) {
    const best = recent.requests > 0 && recent.p50_seconds !== null ? recent : hour;
    const pair =
      best.p50_seconds === null ? '–' : `${seconds(best.p50_seconds)} / ${seconds(best.p95_seconds)}`;
    return [
      [
        t('success5'),
        recent.requests === 0 ? t('noCalls') : percent(recent.success_rate),
        rating(recent.success_rate),
      ],
      [
        t('success60'),
        hour.requests === 0 ? t('noCalls') : percent(hour.success_rate),
        rating(hour.success_rate),
      ],
      [t('duration'), pair],
      [t('firstToken'), seconds(best.first_token_p50_seconds)],
    ];
  }

  #factsOf({ token, probe, deployments = [] }, now, work = []) {
    const rows = [];
    if (work.length > 0) rows.push([t('does'), work.map((each) => t('work')[each]).join(t('comma'))]);
    for (const deployment of deployments) {
      const { name, host, state, breaker, closed_to_keys: pausedKeys = 0 } = deployment;
      if (breaker === undefined) continue;
      const isBad = breaker !== 'closed' || (state === 'failing' && deployments.length > 1);
      const tone = isBad ? 'bad' : pausedKeys > 0 ? 'middling' : '';
      const word = (t('breakerState')[breaker] ?? breaker) + t('keysPaused', pausedKeys);
      rows.push(
        deployments.length === 1
          ? [t('breaker'), word, tone]
          : [
              t('deployment', name),
              [`${t('breaker')}${t('colon')}${word}`, ...deploymentFacts(deployment, now)].join(' · '),
              tone,
            ],
      );
      if (deployments.length === 1 && host) rows.push([t('host'), host]);
    }
    if (token !== undefined)
      rows.push([
        t('token'),
        tokenText(token, now),
        token.last_login_failure !== null && token.valid_until === null ? 'bad' : '',
      ]);
    if (probe !== undefined) {
      const ago = span(now - Date.parse(probe.at));
      rows.push([t('probe'), t(probe.ok ? 'probeOk' : 'probeBad', probe.kind, ago), probe.ok ? '' : 'bad']);
    }
    return rows;
  }

  #write(list, rows) {
    list.hidden = rows.length === 0;
    while (list.children.length > rows.length) list.lastChild.remove();
    rows.forEach(([name, value, tone], index) => {
      let row = list.children[index];
      if (row === undefined) list.append((row = el('div', {}, el('dt'), el('dd'))));
      setText(row.firstChild, name);
      setText(row.lastChild, value);
      setAttribute(row.lastChild, 'data-tone', tone ?? '');
    });
  }

  /** Calls of the last hour: one bar per minute, errors at the bottom. */
  #drawStrip(series, hour) {
    setAttribute(
      this.strip,
      'aria-label',
      `${t('traffic')}: ${t('calls', hour.requests)}, ${percent(hour.success_rate)}`,
    );
    if (series === undefined || this.drawn === series) return;
    this.drawn = series;
    const most = Math.max(1, ...series.requests);
    const bars = series.requests.flatMap((requests, minute) => {
      const x = minute * 4 + 0.5;
      if (requests === 0)
        return [svg('rect', { x, y: STRIP_HEIGHT - 2, width: 3, height: 2, class: 'none' })];
      const height = Math.max(5, Math.sqrt(requests / most) * STRIP_HEIGHT);
      const bad = series.errors[minute] === 0 ? 0 : Math.max(4, (height * series.errors[minute]) / requests);
      return [
        svg('rect', {
          x,
          y: STRIP_HEIGHT - height,
          width: 3,
          height: Math.max(0, height - bad),
          class: 'good',
        }),
        svg('rect', { x, y: STRIP_HEIGHT - bad, width: 3, height: bad, class: 'bad' }),
      ];
    });
    this.strip.replaceChildren(...bars);
  }
}

/** The share of calls of a deployment, its address, and its last failure while that matters. */
function deploymentFacts({ host, state, last_5_minutes: recent, last_failure: failure }, now) {
  const { requests = 0, errors = 0, share = null } = recent ?? {};
  return [
    ...(share === null ? [] : [t('shareOfCalls', percent(share))]),
    ...(errors === 0 ? [] : [t('failedOf', errors, requests)]),
    ...(failure === undefined || (state !== 'failing' && errors === 0)
      ? []
      : [t('ago', causeText(failure), span(now - Date.parse(failure.at)))]),
    ...(host ? [host] : []),
  ];
}

function rating(share) {
  if (share === null) return '';
  return share < 0.9 ? 'bad' : share < 0.99 ? 'middling' : 'good';
}

function tokenText(token, now) {
  if (token.valid_until !== null)
    return t('tokenValid', clock(token.valid_until)) + t('renewals', token.renewals);
  if (token.last_login_failure === null)
    return token.last_login_at === null ? t('tokenNone') : t('tokenLost');
  const ago = span(now - Date.parse(token.last_login_failure_at));
  const failure = t(token.last_login_failure === 'refused' ? 'loginRefused' : 'loginFailed', ago);
  return (
    t('tokenLost') +
    failure +
    (token.paused_until === null ? '' : t('loginAgain', clock(token.paused_until, true)))
  );
}
