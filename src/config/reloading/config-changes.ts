import { isDeepStrictEqual } from 'node:util';
import { type AuthConfig } from '../auth.config.js';
import { startKeysOf } from '../config-rules.js';
import { type GatewayConfig } from '../gateway.config.js';
import { classFields } from '../loading/class-fields.js';
import { type ModelConfig } from '../model.config.js';
import { SecretMatcher } from '../secret-matcher.js';
import { configuredSecrets } from '../secrets.js';

/** Describes the changes of a reload for the log, without secrets. */
export interface ConfigChanges {
  /** Such as `models "gpt-4": max_tokens 100 -> 200`, or `auth.api_keys: +1 -1`. */
  readonly now: readonly string[];
  /** Paths of changed keys that take effect at the next start. */
  readonly atNextStart: readonly string[];
}

/** Keys whose strings are shown; any other string may be a secret. */
const SHOWN_TEXTS: ReadonlySet<string> = new Set([
  'base_url',
  'context_length_pattern',
  'level',
  'max_tokens_field',
  'model_name',
  'on_client_disconnect',
  'strategy',
  'upstream_mode',
]);

/** @returns undefined when nothing differs */
export function describeChanges(before: GatewayConfig, after: GatewayConfig): ConfigChanges | undefined {
  if (isDeepStrictEqual(before, after)) return undefined;
  return new Comparison(before, after).changes();
}

class Comparison {
  readonly #now: string[] = [];
  readonly #atNextStart: string[] = [];
  readonly #secrets: SecretMatcher;

  constructor(
    private readonly before: GatewayConfig,
    private readonly after: GatewayConfig,
  ) {
    this.#secrets = new SecretMatcher([...configuredSecrets(before), ...configuredSecrets(after)]);
  }

  changes(): ConfigChanges {
    const { before, after } = this;
    for (const name of Object.keys(after) as (keyof GatewayConfig)[]) {
      if (isDeepStrictEqual(before[name], after[name])) continue;
      if (name === 'models') this.#models();
      else if (startKeysOf(after).includes(name)) this.#atNextStart.push(name);
      else this.#block(before[name], after[name], (text) => `${name}.${text}`);
    }
    return { now: this.#now, atNextStart: this.#atNextStart };
  }

  #models(): void {
    const before = new Map(this.before.models.map((model) => [model.name, model]));
    const after = new Map(this.after.models.map((model) => [model.name, model]));
    for (const name of before.keys()) if (!after.has(name)) this.#now.push(`models: -${quoted(name)}`);
    for (const [name, model] of after) {
      const old = before.get(name);
      if (old === undefined) this.#now.push(`models: +${quoted(name)}`);
      else if (old.type !== model.type) this.#now.push(`models ${quoted(name)}: type changed`);
      else this.#model(old, model);
    }
    const isSameSet = before.size === after.size && [...before.keys()].every((name) => after.has(name));
    if (isSameSet && !isDeepStrictEqual([...before.keys()], [...after.keys()])) {
      this.#now.push('models: order changed');
    }
  }

  #model(before: ModelConfig, after: ModelConfig): void {
    const inherited = Object.keys(after).filter((field) => this.#isInherited(before, after, field));
    this.#block(before, after, (text) => `models ${quoted(after.name)}: ${text}`, inherited);
  }

  /** Whether a model inherits this block from the top level, where its change is reported once. */
  #isInherited(before: ModelConfig, after: ModelConfig, field: string): boolean {
    const same = (model: ModelConfig, config: GatewayConfig): boolean =>
      field in config &&
      isDeepStrictEqual(model[field as keyof ModelConfig], config[field as keyof GatewayConfig]);
    return same(before, this.before) && same(after, this.after);
  }

  #block(
    before: object,
    after: object,
    within: (text: string) => string,
    ignored: readonly string[] = [],
  ): void {
    for (const field of new Set([...Object.keys(before), ...Object.keys(after)])) {
      const [old, now] = [valueOf(before, field), valueOf(after, field)];
      if (ignored.includes(field) || isDeepStrictEqual(old, now)) continue;
      if (startKeysOf(after).includes(field)) this.#atNextStart.push(within(field));
      else if (field === 'api_keys') this.#now.push(within(`${field}: ${keyChanges(before, after)}`));
      else if (isBlock(old) && isBlock(now)) this.#block(old, now, (text) => within(`${field}.${text}`));
      else if (isBlockList(old) && isBlockList(now) && old.length === now.length) {
        for (const [index, item] of now.entries()) {
          this.#block(old[index]!, item, (text) => within(`${field}[${index}].${text}`));
        }
      } else {
        const [from, to] = [this.#shown(before, field, old), this.#shown(after, field, now)];
        const isShown = from !== undefined && to !== undefined && from !== to;
        this.#now.push(within(isShown ? `${field} ${from} -> ${to}` : `${field} changed`));
      }
    }
  }

  /** @returns undefined for a value that may be a secret or is too long to show */
  #shown(block: object, field: string, value: unknown): string | undefined {
    if (value === undefined) return 'none';
    const expects = classFields(block.constructor as new () => object).get(field)?.expects;
    if (typeof value === 'number' && expects === 'number') return String(value);
    if (typeof value === 'boolean' && expects === 'boolean') return String(value);
    if (typeof value !== 'string' || !SHOWN_TEXTS.has(field)) return undefined;
    const text = URL.canParse(value) ? withoutSecrets(new URL(value)) : value;
    return this.#secrets.finds(text) ? undefined : quoted(text);
  }
}

function valueOf(block: object, field: string): unknown {
  return (block as Record<string, unknown>)[field];
}

/** Whether a value is an instance of a configuration class, not a mapping with free keys. */
function isBlock(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.getPrototypeOf(value) !== Object.prototype;
}

function isBlockList(value: unknown): value is readonly object[] {
  return Array.isArray(value) && value.every(isBlock);
}

function keyChanges(before: object, after: object): string {
  const digests = (auth: object) =>
    new Map((auth as AuthConfig).api_keys.map((key) => [key.key_sha256, key]));
  const [old, now] = [digests(before), digests(after)];
  const added = [...now.keys()].filter((key) => !old.has(key)).length;
  const removed = [...old.keys()].filter((key) => !now.has(key)).length;
  const edited = [...now].filter(([key, it]) => old.has(key) && !isDeepStrictEqual(old.get(key), it)).length;
  const counts = [
    ...(added > 0 ? [`+${added}`] : []),
    ...(removed > 0 ? [`-${removed}`] : []),
    ...(edited > 0 ? [`${edited} edited`] : []),
  ];
  return counts.join(' ') || 'order changed';
}

function withoutSecrets(url: URL): string {
  return url.protocol === 'sandbox:' ? url.href : `${url.origin}${url.pathname}`;
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
