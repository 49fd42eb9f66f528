/** The program that uses an API key. */
export class ApiClient {
  readonly #patterns: readonly RegExp[] | undefined;
  readonly #names: ReadonlySet<string>;

  /**
   * @param name shown in the log
   * @param models names or patterns that the key may use; undefined = all. `*` matches anything, `/` included.
   * @param isAdmin `admin` of the key; undefined where no key of the configuration sets it
   */
  constructor(
    readonly name: string,
    models?: readonly string[],
    readonly isAdmin?: boolean,
  ) {
    this.#names = new Set(models?.filter((model) => !model.includes('*')));
    this.#patterns = models?.filter((model) => model.includes('*')).map(toRegExp);
  }

  /** Whether its key is restricted to some models. */
  get isRestricted(): boolean {
    return this.#patterns !== undefined;
  }

  mayUse(model: string): boolean {
    if (this.#patterns === undefined) return true;
    return this.#names.has(model) || this.#patterns.some((pattern) => pattern.test(model));
  }
}

function toRegExp(pattern: string): RegExp {
  const literal = pattern.split(/\*+/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${literal.join('.*')}$`, 'su');
}
