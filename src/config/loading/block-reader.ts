import { plainToInstance } from 'class-transformer';
import { validateSync, type ValidationError } from 'class-validator';
import { type Blueprint, classFields, type ClassField } from './class-fields.js';
import { wrappingOf } from './auth/credential-rules.js';
import { suggestion } from './did-you-mean.js';
import { type LoadReport, type PlaceOf } from './load-report.js';
import {
  type FailedExpansion,
  foreignReference,
  isSinglePlaceholder,
  type Placeholders,
} from './yaml/placeholders.js';
import { isMapping, valueKind } from './yaml/value-kind.js';
import { type YamlPath } from './yaml/yaml-path.js';

/** A block with placeholders expanded and unknown keys and empty values removed. */
export type CleanBlock = Record<string, unknown>;

/** Options for reading a block. */
export interface ReadOptions {
  /** The block is disabled, so missing variables and files are not errors. */
  readonly isDisabled?: boolean;
  /** Replaces the fields of the class. */
  readonly fields?: ReadonlyMap<string, ClassField>;
}

const NUMBER = /^[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?$/i;
const REWRITTEN =
  'would change: YAML reads a number here, 007 as 7, 1.10 as 1.1 and long ones rounded; put it in quotes to keep it';
const FLAG = /^(true|false)$/i;
/** class-validator rules with the most specific messages, preferred when several rules fail. */
const SPECIFIC_RULES = ['isString', 'isNumber', 'isInt', 'isBoolean', 'isArray', 'isObject'];

/** Turns YAML blocks into instances of the classes that describe them. */
export class BlockReader {
  constructor(
    private readonly report: LoadReport,
    readonly placeholders: Placeholders,
  ) {}

  /** First step: expands and filters a block; undefined when it is missing or unreadable. */
  clean(Class: Blueprint, block: unknown, path: YamlPath, options: ReadOptions = {}): CleanBlock | undefined {
    if (block === undefined || block === null) return undefined;
    if (!isMapping(block)) {
      this.report.problem(path, `expected a mapping, got ${valueKind(block)}`);
      return undefined;
    }
    const { fields = classFields(Class), ...rest } = options;
    const clean: CleanBlock = {};
    for (const [key, raw] of Object.entries(block)) {
      const field = fields.get(key);
      const at = [...path, key];
      if (field === undefined) this.report.problem(at, `unknown key, ${suggestion(key, [...fields.keys()])}`);
      else {
        const value = field.Block
          ? this.clean(field.Block, raw, at, rest)
          : field.Item
            ? this.#cleanList(field.Item, raw, at, rest)
            : this.#expandField(raw, field, at, options);
        if (value !== undefined && value !== null) clean[key] = value;
      }
    }
    return clean;
  }

  #cleanList(Item: Blueprint, raw: unknown, path: YamlPath, options: ReadOptions): CleanBlock[] | undefined {
    if (raw === undefined || raw === null) return undefined;
    if (!Array.isArray(raw)) {
      this.report.problem(path, `expected a list of mappings, got ${valueKind(raw)} (begin each with "- ")`);
      return undefined;
    }
    return raw.map((item, index) => {
      const at = [...path, index];
      if (item === null) this.report.problem(at, 'expected a mapping, got nothing');
      return this.clean(Item, item, at, options) ?? {};
    });
  }

  /** Second step: builds the instance, with defaults applied and rules checked. */
  build<Instance extends object>(
    Class: Blueprint<Instance>,
    clean: CleanBlock,
    place: YamlPath | PlaceOf,
  ): Instance {
    const instance = plainToInstance(Class, clean);
    const placeOf: PlaceOf = typeof place === 'function' ? place : (parts) => [...place, ...parts];
    this.#report(
      validateSync(instance, { forbidUnknownValues: false, stopAtFirstError: false }),
      [],
      placeOf,
    );
    return instance;
  }

  read<Instance extends object>(Class: Blueprint<Instance>, block: unknown, path: YamlPath): Instance {
    return this.build(Class, this.clean(Class, block, path) ?? {}, path);
  }

  /** Expands the string at `path`; reports a failure and returns undefined. */
  text(raw: string, path: YamlPath): string | undefined {
    const expansion = this.placeholders.expand(raw);
    if (expansion.problem === undefined) {
      this.#warnOfWrapping(raw, expansion.value, path);
      this.#warnOfForeign(raw, path);
      return expansion.value;
    }
    this.#reportExpansion(expansion, path);
    return undefined;
  }

  /** Expands a flag without reporting problems. */
  peekFlag(raw: unknown): unknown {
    const expansion =
      typeof raw === 'string' && isSinglePlaceholder(raw) ? this.placeholders.expand(raw) : undefined;
    return expansion?.value === undefined ? raw : convert(expansion.value, 'boolean');
  }

  /**
   * If one value of a list or a mapping could not be read, a rule on the whole has nothing useful
   * to report.
   */
  #expandField(raw: unknown, field: ClassField, path: YamlPath, options: ReadOptions): unknown {
    const before = this.report.mutedCount;
    const value = this.#expand(raw, field, path, options);
    if (this.report.mutedCount > before) this.report.mute(path);
    return value;
  }

  #reportExpansion({ absent, problem }: FailedExpansion, path: YamlPath): void {
    if (absent === undefined) this.report.problem(path, problem);
    else this.report.absent(path, absent, problem);
    this.report.mute(path);
  }

  #expand(raw: unknown, field: ClassField, path: YamlPath, options: ReadOptions): unknown {
    if (typeof raw === 'string') return this.#expandText(raw, field, path, options);
    const item: ClassField = { expects: 'other' };
    if (Array.isArray(raw))
      return raw.map((value, index) => this.#expand(value, item, [...path, index], options));
    if (!isMapping(raw)) return typeof raw === 'number' ? this.#exact(raw, field, path) : raw;
    const entries = Object.entries(raw).map(([key, value]) => [
      key,
      this.#expand(value, item, [...path, key], options),
    ]);
    return Object.fromEntries(entries) as unknown;
  }

  /**
   * A value that is passed through, such as a tenant number, must not be reformatted as a YAML
   * number.
   */
  #exact(value: number, { expects }: ClassField, path: YamlPath): number {
    const isFree = expects === 'other';
    const isTooLong = Number.isInteger(value) && !Number.isSafeInteger(value);
    if ((isFree || isTooLong) && this.report.isRewritten(path, value)) {
      this.report.problem(path, isFree ? REWRITTEN : 'expected a number of at most 15 digits');
      this.report.mute(path);
    }
    return value;
  }

  #expandText(raw: string, field: ClassField, path: YamlPath, options: ReadOptions): unknown {
    const expansion = this.placeholders.expand(raw);
    if (expansion.problem !== undefined) {
      if (expansion.isMissing && options.isDisabled === true) this.report.mute(path);
      else this.#reportExpansion(expansion, path);
      // Text stays as written, so that rules on other fields see that this field was set.
      return field.expects === 'number' || field.expects === 'boolean' ? undefined : raw;
    }
    if (!isSinglePlaceholder(raw)) {
      this.#warnOfForeign(raw, path);
      return expansion.value;
    }
    // `${NAME:-}` means "only if the variable is set".
    if (expansion.value === '' && field.expects !== 'other') return undefined;
    const value = convert(expansion.value, field.expects);
    if (typeof value === 'string') this.#warnOfWrapping(raw, value, path);
    return value;
  }

  /** Warns of stray quotes or spaces in a variable's value; those written in the file itself are intended. */
  #warnOfWrapping(raw: string, value: string, path: YamlPath): void {
    const wrapping = isSinglePlaceholder(raw) ? wrappingOf(value) : undefined;
    if (wrapping !== undefined) this.report.warning(path, `the value of ${raw} ${wrapping}`);
  }

  /** The text is not quoted, because it may be a password. */
  #warnOfForeign(raw: string, path: YamlPath): void {
    const form = foreignReference(raw);
    if (form === undefined) return;
    this.report.warning(
      path,
      `reads like a variable written as ${form}, which is not expanded but sent as it is; expected "\${NAME}"`,
    );
  }

  #report(errors: readonly ValidationError[], path: YamlPath, placeOf: PlaceOf): void {
    for (const error of errors) {
      const at = [...path, Array.isArray(error.target) ? Number(error.property) : error.property];
      if (error.constraints !== undefined)
        this.report.problem(placeOf(at), describe(error, error.constraints));
      this.#report(error.children ?? [], at, placeOf);
    }
  }
}

/** Converts a placeholder's text to the expected type; text of another form stays a string. */
function convert(text: string, expects: ClassField['expects']): unknown {
  const trimmed = text.trim();
  if (expects === 'number' && NUMBER.test(trimmed)) return Number(trimmed);
  if (expects === 'boolean' && FLAG.test(trimmed)) return trimmed.toLowerCase() === 'true';
  return text;
}

function describe({ property, target, value }: ValidationError, constraints: Record<string, string>): string {
  const name = SPECIFIC_RULES.find((key) => key in constraints) ?? Object.keys(constraints)[0] ?? '';
  const message = (constraints[name] ?? '').replace(' conforming to the specified constraints', '');
  // class-validator's messages begin with the property, which the path already names.
  const expected = message.startsWith(`${property} `) ? message.slice(property.length + 1) : message;
  if (value === undefined) return `missing, ${expected}`;
  const expects = target && classFields(target.constructor as Blueprint).get(property)?.expects;
  return `${expected}, got ${found(value, expects)}`;
}

/**
 * Describes the value found. It is shown only if a number or a flag is expected, because then it is
 * no secret.
 */
function found(value: unknown, expects: ClassField['expects'] | undefined): string {
  const isScalar = typeof value === 'number' || typeof value === 'boolean';
  if (expects === 'string' && isScalar) return `${valueKind(value)} (put it in quotes)`;
  if (expects === 'string' && typeof value === 'string' && value !== '') return 'another string';
  if (expects === 'other' && Array.isArray(value)) return 'a list with other items';
  if (expects !== 'number' && expects !== 'boolean') return valueKind(value);
  if (isScalar) return String(value);
  const isQuoted = typeof value === 'string' && convert(value, expects) !== value;
  return isQuoted ? 'a string (write it without quotes)' : valueKind(value);
}
