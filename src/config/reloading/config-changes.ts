import { isDeepStrictEqual } from 'node:util';
import { type AuthConfig } from '../auth.config.js';
import { startKeysOf } from '../rules/config-rules.js';
import { type GatewayConfig } from '../gateway.config.js';
import { classFields } from '../loading/class-fields.js';
import { type ModelConfig } from '../model.config.js';
import { SecretMatcher } from '../secrets/secret-matcher.js';
import { configuredSecrets } from '../secrets/secrets.js';

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
  'expires_at',
  'level',
  'max_tokens_field',
  'model_name',
  'on_client_disconnect',
  'per',
  'strategy',
  'stream_usage',
  'team',
  'time_zone',
  'upstream_mode',
]);

/** Limits of keys and teams: these blocks are optional. Those of models always exist. */
const LIMIT_BLOCKS: ReadonlySet<string> = new Set(['limits', 'budget']);

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
      else if (field === 'api_keys') this.#keys(before, after, within);
      else if (field === 'teams') this.#teams(before, after, within);
      else if (LIMIT_BLOCKS.has(field)) this.#limits(old, now, (text) => within(`${field}.${text}`));
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

  /**
   * Several keys may have one name, so keys are counted. Changes of a key are listed under its
   * client's name.
   */
  #keys(before: object, after: object, within: (text: string) => string): void {
    const byDigest = (auth: object) =>
      // `expiresAtMs` follows from `expires_at` and `time_zone`.
      new Map(
        (auth as AuthConfig).api_keys.map((key) => [
          key.key_sha256,
          Object.assign({}, key, { expiresAtMs: undefined }),
        ]),
      );
    const [old, now] = [byDigest(before), byDigest(after)];
    const added = [...now.keys()].filter((key) => !old.has(key)).length;
    const removed = [...old.keys()].filter((key) => !now.has(key)).length;
    const edited = [...now.keys()].filter(
      (key) => old.has(key) && !isDeepStrictEqual(old.get(key), now.get(key)),
    );
    const counts = [
      ...(added > 0 ? [`+${added}`] : []),
      ...(removed > 0 ? [`-${removed}`] : []),
      ...(edited.length > 0 ? [`${edited.length} edited`] : []),
    ];
    if (counts.length > 0) this.#now.push(within(`api_keys: ${counts.join(' ')}`));
    else if (!isDeepStrictEqual([...old.keys()], [...now.keys()])) {
      this.#now.push(within('api_keys: order changed'));
    }
    const shown = new Set<string>();
    for (const digest of edited) {
      const [was, is] = [old.get(digest)!, now.get(digest)!];
      const from = this.#now.length;
      this.#block(was, is, (text) => within(`api_keys ${quoted(is.name)}: ${text}`), ['name']);
      // The keys of one client change together.
      const lines = this.#now.splice(from).filter((line) => !shown.has(line));
      for (const line of lines) shown.add(line);
      this.#now.push(...lines);
    }
  }

  #teams(before: object, after: object, within: (text: string) => string): void {
    const byName = (auth: object) => new Map((auth as AuthConfig).teams.map((team) => [team.name, team]));
    const [old, now] = [byName(before), byName(after)];
    const from = this.#now.length;
    for (const name of old.keys()) if (!now.has(name)) this.#now.push(within(`teams: -${quoted(name)}`));
    for (const [name, team] of now) {
      const was = old.get(name);
      if (was === undefined) this.#now.push(within(`teams: +${quoted(name)}`));
      else this.#block(was, team, (text) => within(`teams ${quoted(name)}: ${text}`));
    }
    if (this.#now.length === from) this.#now.push(within('teams: order changed'));
  }

  /** Describes each limit separately, even if the whole block was added or removed. */
  #limits(old: unknown, now: unknown, within: (text: string) => string): void {
    const known = isBlock(old) ? old : isBlock(now) ? now : undefined;
    if (known === undefined) return;
    const none = Object.create(Object.getPrototypeOf(known) as object) as object;
    this.#block(isBlock(old) ? old : none, isBlock(now) ? now : none, within);
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

function withoutSecrets(url: URL): string {
  return url.protocol === 'sandbox:' ? url.href : `${url.origin}${url.pathname}`;
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
