import { el, setAttribute, setText, svg } from '../dom.js';

const HEIGHT = 120;
const STEP = 10;
const MARK = 5;

/**
 * Stacked bars, one per day, with a cursor that follows the pointer or the arrow keys. Days with
 * incomplete figures have a dashed mark on top.
 */
export class Bars {
  #days = [];
  #at;

  /** @param {(day: string | undefined) => void} onPoint */
  constructor(onPoint) {
    this.onPoint = onPoint;
    this.shapes = svg('g');
    this.cursor = svg('rect', { class: 'day-cursor', y: 0, height: HEIGHT, width: STEP });
    this.chart = svg('svg', { preserveAspectRatio: 'none', 'aria-hidden': 'true' }, this.cursor, this.shapes);
    this.from = el('span', { class: 'soft' });
    this.peak = el('span', { class: 'soft' });
    this.to = el('span', { class: 'soft' });
    this.node = el(
      'figure',
      { class: 'bars', tabindex: '0', role: 'img' },
      el('div', { class: 'chart' }, this.chart),
      el('div', { class: 'axis' }, this.from, this.peak, this.to),
    );
    this.node.addEventListener('pointermove', (event) => {
      const { left, width } = this.chart.getBoundingClientRect();
      this.#point(Math.floor(((event.clientX - left) / width) * this.#days.length));
    });
    for (const end of ['pointerleave', 'blur']) this.node.addEventListener(end, () => this.#point(undefined));
    this.node.addEventListener('keydown', (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (by === undefined) return;
      event.preventDefault();
      this.#point((this.#at ?? this.#days.length - 1) + by);
    });
  }

  /**
   * @param {string[]} days
   * @param {{ amounts: number[] }[]} groups amounts by day; the first group is at the bottom of a
   * bar
   * @param {boolean[]} areMissing days with calls that are not counted
   */
  update({ days, groups, areMissing, shows, label }) {
    if (days.length !== this.#days.length) this.#at = undefined;
    this.#days = days;
    const sums = days.map((_, at) => groups.reduce((sum, { amounts }) => sum + amounts[at], 0));
    const most = Math.max(...sums);
    const scale = most === 0 ? 0 : (HEIGHT - MARK - 2) / most;
    setAttribute(this.chart, 'viewBox', `0 0 ${days.length * STEP} ${HEIGHT}`);
    const shapes = days.flatMap((_, at) => {
      const x = at * STEP + 1;
      const width = STEP - 2;
      let y = HEIGHT;
      const parts = groups.flatMap(({ amounts }, group) => {
        const height = amounts[at] * scale;
        y -= height;
        return height === 0 ? [] : [svg('rect', { x, y, width, height, class: `part-${group}` })];
      });
      if (areMissing[at])
        parts.push(svg('rect', { x, y: y - MARK, width, height: MARK - 1, class: 'missing' }));
      return parts;
    });
    this.shapes.replaceChildren(...shapes);
    setText(this.from, days[0]);
    setText(this.to, days.at(-1));
    setText(this.peak, most === 0 ? '' : shows(most));
    setAttribute(this.node, 'aria-label', label);
    this.#showCursor();
  }

  #point(at) {
    const last = this.#days.length - 1;
    this.#at = at === undefined ? undefined : Math.min(last, Math.max(0, at));
    this.#showCursor();
    this.onPoint(this.#at === undefined ? undefined : this.#days[this.#at]);
  }

  #showCursor() {
    this.cursor.classList.toggle('on', this.#at !== undefined);
    if (this.#at !== undefined) setAttribute(this.cursor, 'x', String(this.#at * STEP));
  }
}
