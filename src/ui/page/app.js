import { Activity } from './activity.js';
import { AnswerError, forgetKey, getJson, keepKey, keptKey, useKey } from './api.js';
import { workOf } from './playground/apis.js';
import { showChanges } from './models/changes.js';
import { byId, el, glyph, setAttribute, setText } from './dom.js';
import { Limits } from './usage/limits.js';
import { Playground } from './playground/playground.js';
import { Plots } from './models/plots.js';
import { copyCommand } from './playground/sent.js';
import { Spending } from './usage/spending.js';
import { Wall, inOrder, stateOf } from './models/wall.js';
import { clock, currentLanguage, setLanguage, t, translatePage } from './words.js';

const POLL_MS = 3000;
const HISTORY_MS = 9000;
const USAGE_MS = 15_000;
const TALLY = ['credentials_refused', 'failing', 'degraded', 'slow', 'ok', 'never_seen'];

const prefersDark = matchMedia('(prefers-color-scheme: dark)');
const playground = new Playground(() => void refresh());
const plots = new Plots();
const limits = new Limits();
const activity = new Activity(() => void refreshActivity());
const spending = new Spending(() => void refreshUsage(true));
const wall = new Wall({
  plots: (model) => {
    select(model);
    show('traffic');
  },
  chat: (model) => {
    byId('chat-model').value = model;
    playground.update();
    show('playground');
    byId('message').focus({ preventScroll: true });
  },
  test: (model) => {
    show('playground');
    void playground.test(model);
  },
});

let theme;
let health;
let history;
let historyAt = 0;
/** The kind of work of each model. */
let work = new Map();
let healthAt = 0;
let usageAt = 0;
let isUsageAway = false;
let selected;
let trouble;
let needsKey = true;
let isOpen = false;
let timer;
let isPolling = false;

/** The text of a notice; `tone` is its severity. */
function noticeOf() {
  if (trouble instanceof AnswerError) return { text: t('answered', trouble.status), tone: 'bad' };
  if (trouble !== undefined) {
    return {
      text: healthAt === 0 ? t('unreachableNow') : t('unreachable', clock(healthAt, true)),
      tone: 'bad',
    };
  }
  if (health?.gateway.status === 'shutting_down') return { text: t('draining'), tone: 'middling' };
  return undefined;
}

function render() {
  const notice = noticeOf();
  byId('notice').hidden = notice === undefined;
  if (notice !== undefined) {
    setText(byId('notice'), notice.text);
    byId('notice').dataset.tone = notice.tone;
  }
  document.body.classList.toggle('stale', trouble !== undefined);
  renderFresh();
  if (!isOpen || health === undefined) return;
  const models = health.data;
  renderVerdict(models);
  if (!models.some(({ model }) => model === selected)) selected = inOrder(models)[0]?.model;
  const bySeries = new Map(history?.data.map((series) => [series.model, series]));
  wall.update(models, (model) => bySeries.get(model), selected, work);
  for (const id of ['traffic-model', 'chat-model']) fillSelect(byId(id), models);
  byId('traffic-model').value = selected ?? '';
  plots.update(bySeries.get(selected));
  showChanges(history?.changes ?? []);
  activity.render(models);
  playground.update();
  setText(byId('spend-trouble'), isUsageAway ? t('usageAway') : '');
  spending.render();
  limits.render();
}

function renderFresh() {
  const isStale = trouble !== undefined;
  byId('fresh').hidden = !isOpen;
  setText(byId('fresh'), isStale ? t('stale') : t('fresh', Math.round((Date.now() - healthAt) / 1000)));
  setAttribute(byId('fresh'), 'data-tone', isStale ? 'bad' : 'good');
}

function renderVerdict(models) {
  const counts = Object.fromEntries(
    TALLY.map((state) => [state, models.filter((model) => stateOf(model) === state).length]),
  );
  const broken = counts.failing + counts.credentials_refused;
  const total = models.length;
  let text = t('allWell', total);
  if (total === 0) text = t('noModels');
  else if (broken > 0) text = t('broken', broken, total);
  else if (counts.degraded > 0) text = t('someDegraded', counts.degraded, total);
  else if (counts.slow > 0) text = t('onlySlow', counts.slow, total);
  else if (counts.never_seen === total) text = t('noneSeen');
  else if (counts.never_seen > 0) text = t('someSeen');
  setText(byId('headline'), text);
  document.title = broken > 0 ? `(${broken}) ${text} – LLM Gateway` : `${text} – LLM Gateway`;
  const tally = JSON.stringify([counts, currentLanguage()]);
  if (byId('tally').dataset.shows === tally) return;
  byId('tally').dataset.shows = tally;
  byId('tally').replaceChildren(
    ...TALLY.filter((state) => counts[state] > 0).map((state) =>
      el(
        'li',
        { 'data-state': state },
        glyph(state),
        el('span', { text: `${counts[state]} ${t('tally')[state]}` }),
      ),
    ),
  );
}

function fillSelect(select, models) {
  const names = models.map(({ model }) => model);
  if ([...select.options].map(({ value }) => value).join('\n') === names.join('\n')) return;
  const { value } = select;
  select.replaceChildren(...names.map((name) => el('option', { value: name, text: name })));
  if (names.includes(value)) select.value = value;
}

function select(model) {
  selected = model;
  render();
}

function show(id) {
  const isCalm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  byId(id).scrollIntoView({ behavior: isCalm ? 'auto' : 'smooth', block: 'start' });
}

/** Polls the gateway once. */
async function refresh() {
  if (isPolling || !isOpen) return;
  isPolling = true;
  try {
    const before = JSON.stringify(health?.data.map(({ state, since }) => [state, since]));
    health = await getJson('v1/health/models');
    healthAt = Date.now();
    const hasChanged = before !== JSON.stringify(health.data.map(({ state, since }) => [state, since]));
    if (hasChanged || Date.now() - historyAt > HISTORY_MS) {
      history = await getJson('v1/health/history');
      historyAt = Date.now();
      await learnWork();
    }
    await activity.refresh();
    trouble = undefined;
  } catch (error) {
    if (error instanceof AnswerError && error.status === 401) close('keyRevoked');
    else trouble = error;
  } finally {
    isPolling = false;
  }
  render();
}

/** Called when another model is chosen. A failure is reported by the next round of polling. */
async function refreshActivity() {
  await activity.refresh().catch(() => undefined);
  render();
}

/**
 * The kinds of work change only with the configuration. Until they are known, all models are taken
 * to chat.
 */
async function learnWork() {
  try {
    const { data } = await getJson('v1/models');
    work = new Map(data.map(({ id, speaks }) => [id, workOf(speaks)]));
    playground.learn(work);
  } catch {
    // The next round tries again; a lasting failure shows in the other requests.
  }
}

/** If usage is unavailable while the gateway works, only its own part of the page shows it. */
async function refreshUsage(isWanted) {
  if (!isOpen || (!isWanted && Date.now() - usageAt < USAGE_MS)) return;
  usageAt = Date.now();
  try {
    const timeZone = await limits.refresh();
    await spending.refresh(timeZone);
    await activity.refreshUsage(timeZone);
    await limits.refreshRefusals(spending.from);
    isUsageAway = false;
  } catch (error) {
    if (error instanceof AnswerError && error.status === 401) close('keyRevoked');
    else isUsageAway = true;
  }
  if (isOpen) render();
}

/** A hidden tab does not poll. */
async function poll() {
  clearTimeout(timer);
  if (!document.hidden) {
    if (isOpen) await refresh();
    if (isOpen) await refreshUsage();
    else if (trouble !== undefined) await begin();
  }
  clearTimeout(timer);
  timer = setTimeout(() => void poll(), POLL_MS);
}

/** @returns whether the gateway accepted the key */
async function open(key) {
  useKey(key);
  try {
    health = await getJson('v1/health/models');
  } catch (error) {
    useKey(undefined);
    if (error instanceof AnswerError && error.status === 401) {
      forgetKey();
      setText(byId('gate-error'), t('keyWrong'));
    } else if (error instanceof AnswerError) setText(byId('gate-error'), t('answered', error.status));
    else setText(byId('gate-error'), t('unreachableNow'));
    return false;
  }
  isOpen = true;
  keepKey();
  healthAt = Date.now();
  byId('gate').hidden = true;
  byId('board').hidden = false;
  byId('jumps').hidden = false;
  byId('forget').hidden = !needsKey;
  // Cleared at once: the requests below may take seconds, and the hidden field would hold the key
  // that long.
  byId('key').value = '';
  setText(byId('gate-error'), '');
  render();
  await poll();
  return true;
}

/** Clears the key and all data shown with it. */
function close(reason) {
  forgetKey();
  isOpen = false;
  health = history = trouble = undefined;
  historyAt = healthAt = usageAt = 0;
  isUsageAway = false;
  playground.close();
  spending.close();
  limits.close();
  activity.close();
  work = new Map();
  playground.learn(work);
  wall.update([], () => undefined, undefined, work);
  document.title = 'LLM Gateway';
  for (const id of ['board', 'jumps', 'forget']) byId(id).hidden = true;
  byId('gate').hidden = false;
  setText(byId('gate-error'), reason === undefined ? '' : t(reason));
  byId('key').focus();
}

async function begin() {
  try {
    const about = await getJson('');
    needsKey = about.needs_api_key;
    setText(byId('version'), about.version);
    byId('docs-link').hidden = about.docs === undefined;
    byId('demo').hidden = about.demo_key === undefined;
    setText(byId('demo-key'), about.demo_key ?? '');
    trouble = undefined;
  } catch (error) {
    trouble = error;
  }
  if (trouble === undefined) {
    const kept = needsKey ? keptKey() : undefined;
    // A stored key that cannot be checked now is tried again.
    if ((!needsKey || kept !== undefined) && !(await open(kept)) && keptKey() !== undefined)
      trouble = new Error('not checked');
  }
  if (byId('gate').hidden && !isOpen) {
    byId('gate').hidden = false;
    byId('key').focus();
  }
  render();
}

function applyTheme() {
  const current = theme ?? (prefersDark.matches ? 'dark' : 'light');
  document.documentElement.dataset.theme = current;
  setText(byId('theme'), t(current === 'dark' ? 'light' : 'dark'));
}

function applyLanguage() {
  translatePage();
  setText(byId('language'), t('toOtherLanguage'));
  byId('language').lang = currentLanguage() === 'zh' ? 'en' : 'zh-CN';
  applyTheme();
  render();
}

byId('gate').addEventListener('submit', (event) => {
  event.preventDefault();
  const field = byId('key');
  const key = field.value.trim();
  if (key === '') return;
  void open(key).then((isIn) => {
    if (!isIn) field.select();
  });
});
byId('use-demo').addEventListener('click', () => void open(byId('demo-key').textContent));
byId('copy').addEventListener('click', () => void copyCommand());
byId('forget').addEventListener('click', () => close());
byId('language').addEventListener('click', () => {
  setLanguage(currentLanguage() === 'zh' ? 'en' : 'zh');
  applyLanguage();
});
byId('theme').addEventListener('click', () => {
  theme = document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark';
  applyTheme();
});
byId('traffic-model').addEventListener('change', (event) => select(event.target.value));
prefersDark.addEventListener('change', applyTheme);
document.addEventListener('visibilitychange', () => void (document.hidden || poll()));
setInterval(renderFresh, 1000);
// A browser that cannot mask a text field gets a password field.
if (!CSS.supports('-webkit-text-security', 'disc')) byId('key').type = 'password';

applyLanguage();
await begin();
await poll();
