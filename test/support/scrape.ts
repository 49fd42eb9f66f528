/** The series of one scrape. */
export class Scrape {
  readonly #series: ReadonlyMap<string, number>;

  constructor(readonly text: string) {
    this.#series = new Map(
      text
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('#'))
        .map((line) => {
          const at = line.lastIndexOf(' ');
          return [line.slice(0, at), Number(line.slice(at + 1))];
        }),
    );
  }

  /** The value of a series, as `name{label="value"}`; undefined when there is none. */
  value(series: string): number | undefined {
    return this.#series.get(series);
  }

  /** All series whose names begin with a prefix. */
  series(prefix: string): Record<string, number> {
    return Object.fromEntries([...this.#series].filter(([name]) => name.startsWith(prefix)));
  }
}
