import { TAKEN_NAMES } from '../../../credentials/login/steps/check-step.js';
import { type Source } from './links.js';

/** A value of a response that later steps or calls need. */
interface Kept {
  readonly name: string;
  readonly source: Source;
}

/** Names that login expressions already use, and reserved words of JSONata. */
const TAKEN: ReadonlySet<string> = new Set([
  ...TAKEN_NAMES,
  'and',
  'or',
  'in',
  'true',
  'false',
  'null',
  'function',
]);

/** The values that the responses of a login contain, and those that are kept under a name. */
export class Keeps {
  readonly sources: Source[] = [];
  readonly #kept: Kept[] = [];

  add(sources: readonly Source[]): void {
    this.sources.push(...sources);
  }

  get all(): readonly Kept[] {
    return this.#kept;
  }

  /** The values, including cookies, in the responses of earlier steps. */
  sourcesBefore(step: number): Source[] {
    return this.sources.filter((source) => source.step < step);
  }

  /**
   * Keeps a value.
   * @returns its name
   */
  keep(source: Source): string {
    const known = this.#kept.find((kept) => kept.source === source);
    if (known !== undefined) return known.name;
    const name = this.nameFor(source);
    this.#kept.push({ name, source });
    return name;
  }

  /** The name under which it is kept, or would be. */
  nameFor(source: Source): string {
    const known = this.#kept.find((kept) => kept.source === source);
    if (known !== undefined) return known.name;
    const word = source.name.replaceAll(/\W+/g, '_').replace(/^(?=\d)|^$/, 'v');
    const base = TAKEN.has(word) ? `login_${word}` : word;
    const twin = this.sources.filter((other) => other !== source && other.name === source.name);
    const isTaken = twin.some((other) => this.sources.indexOf(other) < this.sources.indexOf(source));
    return isTaken ? `${base}_${this.sources.indexOf(source) + 1}` : base;
  }

  /** The values that a step keeps, as its `keep` in the YAML. */
  ofStep(step: number): Record<string, string> {
    const own = this.#kept.filter(({ source }) => source.step === step);
    return Object.fromEntries(own.map(({ name, source }) => [name, source.expression]));
  }
}
