import { type ModelTestResult } from '../../routing/testing/model-test-result.js';
import { cutToWidth, oneLine } from './display-width.js';

const REDRAW_MS = 100;
/** Some terminals do not report their width. */
const FALLBACK_COLUMNS = 80;
const ERASE_LINE = '\r\u001b[K';

/** Shows the progress of a test: one updated line on a terminal, otherwise one line per finished test. */
export class TestProgress {
  readonly #waiting: Set<string>;
  readonly #count: number;
  readonly #startedAt = performance.now();
  readonly #timer: NodeJS.Timeout | undefined;

  constructor(
    names: readonly string[],
    private readonly out: NodeJS.WriteStream,
  ) {
    this.#waiting = new Set(names);
    this.#count = names.length;
    if (out.isTTY) this.#timer = setInterval(() => this.#draw(), REDRAW_MS);
  }

  /** @param name the name of a test that has finished */
  finished(name: string, { status, response_time: seconds, error }: ModelTestResult): void {
    this.#waiting.delete(name);
    if (this.out.isTTY) this.#draw();
    else
      this.out.write(
        `${oneLine([`${name}: ${status}`, `${seconds.toFixed(3)} s`, error?.code ?? ''].filter(Boolean).join(', '))}\n`,
      );
  }

  stop(): void {
    clearInterval(this.#timer);
    if (this.out.isTTY) this.out.write(ERASE_LINE);
  }

  #draw(): void {
    const done = this.#count - this.#waiting.size;
    const seconds = ((performance.now() - this.#startedAt) / 1000).toFixed(1);
    const waiting = this.#waiting.size > 0 ? `, waiting for ${[...this.#waiting].join(', ')}` : '';
    const line = `${done} of ${this.#count} tested, ${seconds} s${waiting}`;
    this.out.write(ERASE_LINE + cutToWidth(oneLine(line), (this.out.columns || FALLBACK_COLUMNS) - 1));
  }
}
