import { ConfigError, type ConfigProblem, type LoadNotices } from './config-error.js';
import { type ConfigKey, type ConfigReport } from '../rules/config-report.js';
import { formatPath, type YamlPath } from './yaml/yaml-path.js';
import { type YamlPositions } from './yaml/yaml-positions.js';

/** Maps a field, or a part of one, to its position in the file. */
export type PlaceOf = (parts: YamlPath) => YamlPath;

/** Collects all problems, so that one start reports them all. */
export class LoadReport {
  readonly #problems: ConfigProblem[] = [];
  readonly #warnings: ConfigProblem[] = [];
  readonly #unchecked: ConfigProblem[] = [];
  readonly #muted = new Set<string>();

  constructor(
    private readonly file: string,
    private readonly positions: YamlPositions,
    /** Whether variables and secret files may be absent; what depends on them is then not checked. */
    private readonly allowsAbsent = false,
  ) {}

  /** Adds problems that already have a position. */
  add(problems: readonly ConfigProblem[]): void {
    this.#problems.push(...problems);
  }

  problem(path: YamlPath, message: string): void {
    if (this.isMuted(path)) return;
    const problem = this.#place(path, message);
    // Fields that deployments share are read once for each of them.
    if (!this.#problems.some((known) => known.path === problem.path && known.message === message))
      this.#problems.push(problem);
  }

  /**
   * Reports a value that cannot be read because a variable or a file is absent.
   * @param what the absent variable or file
   */
  absent(path: YamlPath, what: string, message: string): void {
    if (!this.allowsAbsent) {
      this.problem(path, message);
      return;
    }
    if (this.isMuted(path)) return;
    this.#unchecked.push(this.#place(path, `not checked: ${what}`));
    this.mute(path);
  }

  warning(path: YamlPath, message: string): void {
    if (this.isMuted(path)) return;
    const warning = this.#place(path, message);
    if (!this.#warnings.some((known) => known.path === warning.path && known.message === message))
      this.#warnings.push(warning);
  }

  /** Reports a problem outside the file: in a flag or a variable. */
  problemOutside(source: 'environment' | 'command line', name: string, message: string): void {
    this.#problems.push({ file: source, path: name, message });
  }

  /** Reports a warning about a variable. */
  warningOutside(source: 'environment', name: string, message: string): void {
    this.#warnings.push({ file: source, path: name, message });
  }

  /** Suppresses further reports about a value that could not be read. */
  mute(path: YamlPath): void {
    this.#muted.add(formatPath(path));
  }

  /** Number of values that could not be read so far. */
  get mutedCount(): number {
    return this.#muted.size;
  }

  isMuted(path: YamlPath): boolean {
    return this.#muted.size > 0 && this.#muted.has(formatPath(path));
  }

  /** Whether YAML changes a number as written: `007`, `1.10`, 20 digits. */
  isRewritten(path: YamlPath, value: number): boolean {
    const text = this.positions.plainTextAt(path);
    return text !== undefined && text !== String(value);
  }

  lineAt(path: YamlPath): number {
    return this.positions.lineAt(path);
  }

  /**
   * A report for the rules of one model entry.
   * @param place maps its fields to positions in the file
   */
  within(place: YamlPath | PlaceOf): ConfigReport {
    const placeOf: PlaceOf = typeof place === 'function' ? place : (parts) => [...place, ...parts];
    const resolve = (key: ConfigKey): YamlPath =>
      placeOf(key === '' ? [] : typeof key === 'string' ? key.split('.') : key);
    return {
      problem: (key, message) => this.problem(resolve(key), message),
      warning: (key, message) => this.warning(resolve(key), message),
      absent: (key, what, message) => this.absent(resolve(key), what, message),
    };
  }

  /** In file order. */
  get notices(): LoadNotices {
    return { warnings: this.#warnings.toSorted(byLine), unchecked: this.#unchecked.toSorted(byLine) };
  }

  /** @throws ConfigError that lists all problems in file order, if there are any */
  throwProblems(): void {
    if (this.#problems.length === 0) return;
    throw new ConfigError(this.#problems.toSorted(byLine), undefined, this.notices);
  }

  #place(path: YamlPath, message: string): ConfigProblem {
    return { file: this.file, ...this.positions.placeAt(path), path: formatPath(path), message };
  }
}

function byLine(one: ConfigProblem, other: ConfigProblem): number {
  return (one.line ?? 0) - (other.line ?? 0);
}
