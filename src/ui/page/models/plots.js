import { byId, el, setAttribute, setText, svg } from '../dom.js';
import { seconds, t } from '../words.js';

const MINUTES = 60;
const HEIGHT = 60;
const WIDTH = 240;
const STEP = WIDTH / MINUTES;

const count = (value) => String(value ?? 0);
const KINDS = [
  { name: 'rate', title: 'rate', fields: ['requests'], shows: count, isBars: true },
  { name: 'errors', title: 'errors', fields: ['errors'], shows: count, isBars: true },
  {
    name: 'latency',
    title: 'latency',
    fields: ['p50_seconds', 'p95_seconds'],
    shows: seconds,
    note: 'latencyNote',
  },
  { name: 'first', title: 'firstTokenPlot', fields: ['first_token_p50_seconds'], shows: seconds },
];

/**
 * Four small plots of one model's last hour with a common cursor, which follows the pointer or the
 * arrow keys.
 */
export class Plots {
  #plots = KINDS.map((kind) => new Plot(kind, (minute) => this.#point(minute)));

  constructor() {
    byId('plots').append(...this.#plots.map(({ node }) => node));
  }

  update(series) {
    for (const plot of this.#plots) plot.update(series);
  }

  #point(minute) {
    for (const plot of this.#plots) plot.point(minute);
  }
}

class Plot {
  #minute;
  #series;

  constructor(kind, onPoint) {
    this.kind = kind;
    this.title = el('span', { class: 'plot-title' });
    this.value = el('strong', { class: 'plot-value' });
    this.peak = el('span', { class: 'soft' });
    this.from = el('span', { class: 'soft' });
    this.to = el('span', { class: 'soft' });
    this.shapes = svg('g');
    this.cursor = svg('line', { class: 'cursor', y1: 0, y2: HEIGHT });
    this.chart = svg(
      'svg',
      { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' },
      this.shapes,
      this.cursor,
    );
    this.node = el(
      'figure',
      { class: `plot ${kind.name}`, tabindex: '0', role: 'img' },
      el('figcaption', {}, this.title, this.value),
      el('div', { class: 'chart' }, this.chart),
      el('div', { class: 'axis' }, this.from, this.peak, this.to),
    );
    this.node.addEventListener('pointermove', (event) => {
      const { left, width } = this.chart.getBoundingClientRect();
      onPoint(Math.min(MINUTES - 1, Math.max(0, Math.floor(((event.clientX - left) / width) * MINUTES))));
    });
    this.node.addEventListener('pointerleave', () => onPoint(undefined));
    this.node.addEventListener('blur', () => onPoint(undefined));
    this.node.addEventListener('keydown', (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (by === undefined) return;
      event.preventDefault();
      onPoint(Math.min(MINUTES - 1, Math.max(0, (this.#minute ?? MINUTES - 1) + by)));
    });
  }

  update(series) {
    const { kind } = this;
    if (series !== undefined && series !== this.#series) this.#draw(series);
    this.#series = series;
    setText(this.title, t(kind.title) + (kind.note === undefined ? '' : ` (${t(kind.note)})`));
    setText(this.from, t('ago60'));
    this.#write();
  }

  point(minute) {
    this.#minute = minute;
    this.#write();
  }

  #write() {
    const { kind } = this;
    const at = this.#minute ?? this.#newest();
    const values = kind.fields.map((field) => this.#series?.[field][at] ?? null);
    const text =
      kind.fields.length > 1 && values[0] !== null
        ? values.map(kind.shows).join(' / ')
        : kind.shows(values[0]);
    setText(this.value, text);
    setText(this.to, this.#minute === undefined ? t('now') : t('atMinute', MINUTES - 1 - this.#minute));
    this.cursor.classList.toggle('on', this.#minute !== undefined);
    if (this.#minute !== undefined) {
      const x = (this.#minute + 0.5) * STEP;
      setAttribute(this.cursor, 'x1', String(x));
      setAttribute(this.cursor, 'x2', String(x));
    }
    const most = Math.max(0, ...kind.fields.flatMap((field) => this.#series?.[field] ?? []));
    setText(this.peak, most === 0 ? '' : t('peak', kind.shows(most)));
    setAttribute(
      this.node,
      'aria-label',
      `${t(kind.title)}: ${text}${most === 0 ? '' : `, ${t('peak', kind.shows(most))}`}`,
    );
  }

  /**
   * The minute to show: for durations, the newest with a value; for counts, the last full minute,
   * unless the running minute already has more.
   */
  #newest() {
    const [field] = this.kind.fields;
    if (this.#series === undefined) return MINUTES - 1;
    if (this.kind.isBars) {
      const [full, running] = this.#series[field].slice(-2);
      return running > full ? MINUTES - 1 : MINUTES - 2;
    }
    const index = this.#series[field].findLastIndex((value) => value !== null);
    return index < 0 ? MINUTES - 1 : index;
  }

  #draw(series) {
    const { fields, isBars } = this.kind;
    const most =
      Math.max(...fields.flatMap((field) => series[field].map((value) => value ?? 0)), isBars ? 4 : 0.05) *
      1.08;
    const y = (value) => HEIGHT - (value / most) * HEIGHT;
    if (isBars) {
      this.shapes.replaceChildren(
        ...series[fields[0]].flatMap((value, minute) =>
          value === 0
            ? []
            : [
                svg('rect', {
                  x: minute * STEP + 0.4,
                  width: STEP - 0.8,
                  y: y(value),
                  height: HEIGHT - y(value),
                }),
              ],
        ),
      );
      return;
    }
    this.shapes.replaceChildren(
      ...fields.flatMap((field, index) => [
        svg('path', { class: `line-${index}`, d: pathOf(series[field], y) }),
        svg('path', { class: 'dot', d: dotsOf(series[field], y) }),
      ]),
    );
  }
}

/** A line with gaps for minutes without calls. */
function pathOf(values, y) {
  return values
    .map((value, minute) => {
      if (value === null) return '';
      const isJoined = minute > 0 && values[minute - 1] !== null;
      return `${isJoined ? 'L' : 'M'}${(minute + 0.5) * STEP} ${y(value)}`;
    })
    .join('');
}

/** Draws minutes without neighbours as lines of length 0, which round line ends turn into dots. */
function dotsOf(values, y) {
  return values
    .map((value, minute) => {
      const isAlone = (values[minute - 1] ?? null) === null && (values[minute + 1] ?? null) === null;
      return value === null || !isAlone ? '' : `M${(minute + 0.5) * STEP} ${y(value)}h0`;
    })
    .join('');
}
