import { plainName } from './words.js';

/** What was learned about one key of the model, and why. */
export interface Guess {
  /** The key in the YAML; undefined if the finding concerns no key. */
  readonly key?: string;
  readonly says: string;
  readonly isSure: boolean;
}

/** A variable that the configuration needs. */
export interface Variable {
  readonly name: string;
  /** Describes the value. */
  readonly hint: string;
  /** Whether it has a default and may be left unset. */
  readonly isOptional?: boolean;
}

/** Shorter texts occur in too many places to be masked. */
const SHORTEST_HIDDEN = 6;

/** Everything that was learned, in order. Public fields contain no secrets. */
export class Findings {
  readonly guesses: Guess[] = [];
  readonly variables: Variable[] = [];
  readonly #byValue = new Map<string, string>();
  readonly #hidden = new Set<string>();

  constructor(readonly name: string) {}

  /** @param says the finding and its reason */
  sure(key: string | undefined, says: string): void {
    this.guesses.push({ ...(key !== undefined && { key }), says, isSure: true });
  }

  unsure(key: string | undefined, says: string): void {
    this.guesses.push({ ...(key !== undefined && { key }), says, isSure: false });
  }

  /**
   * A placeholder for a value that must not be written down; the same value gets the same
   * placeholder.
   * @param word follows the model's name in the variable's name
   */
  variable(word: string, hint: string, value: string): string {
    this.hide(value);
    const known = this.#byValue.get(value);
    if (known !== undefined) return `\${${known}}`;
    const base = `${constant(this.name)}_${constant(word)}`;
    let name = base;
    for (let count = 2; this.variables.some((other) => other.name === name); count += 1)
      name = `${base}_${count}`;
    this.#byValue.set(value, name);
    this.variables.push({ name, hint });
    return `\${${name}}`;
  }

  /** A variable with a default, such as the address of the service. */
  withDefault(word: string, hint: string, value: string): string {
    const name = `${constant(this.name)}_${constant(word)}`;
    if (!this.variables.some((other) => other.name === name))
      this.variables.push({ name, hint, isOptional: true });
    return `\${${name}:-${value}}`;
  }

  /** Marks a value that neither the YAML nor a message may show. */
  hide(value: string): void {
    if (value.length < SHORTEST_HIDDEN) return;
    this.#hidden.add(value);
    this.#hidden.add(encodeURIComponent(value));
  }

  /** A text without the secrets that it might repeat. */
  masked(text: string): string {
    let shown = text;
    for (const secret of this.#hidden) shown = shown.replaceAll(secret, '***');
    return shown;
  }

  unsureOf(key: string): string[] {
    return this.guesses.filter((guess) => guess.key === key && !guess.isSure).map(({ says }) => says);
  }
}

function constant(word: string): string {
  const text = word
    .replaceAll(/([a-z\d])([A-Z])/g, '$1_$2')
    .replaceAll(/\W+/g, '_')
    .toUpperCase();
  return /^[A-Z_]/.test(text) && plainName(text) !== '' ? text : `M${text}`;
}
