import { type IncomingHttpHeaders } from 'node:http';
import { Injectable } from '@nestjs/common';
import { type Derived, LiveConfig } from '../config/live-config.js';
import { SecretMatcher } from '../config/secrets/secret-matcher.js';
import { configuredSecrets } from '../config/secrets/secrets.js';
import { forwardedResponseHeaders } from './response/forwarded-response-headers.js';
import { type UpstreamRequest } from './upstream-request.js';

/**
 * Number of secrets of former configurations that are kept, because running calls may have sent
 * them.
 */
const MAX_FORMER_SECRETS = 1000;
/** Number of cached sets of per-call secrets; one token serves many calls. */
const MAX_CALL_MATCHERS = 100;
/**
 * Deeper parts of an error are omitted: JSON that can be parsed may be too deep to be serialised.
 */
const MAX_DEPTH = 20;

interface Secrets {
  readonly current: ReadonlySet<string>;
  /** Oldest first. */
  readonly former: readonly string[];
  readonly matcher: SecretMatcher;
}

/** The secrets of one call, in addition to those of the configuration. */
export type CallSecrets = Pick<UpstreamRequest, 'credential' | 'credentials'>;

/** Removes secrets from text that an upstream wrote, before anyone reads it. */
@Injectable()
export class SecretRedactor {
  readonly #secrets: Derived<Secrets>;
  readonly #ofCalls = new Map<string, SecretMatcher>();

  constructor(live: LiveConfig) {
    this.#secrets = live.derive<Secrets>((config, previous) => {
      const current = new Set(configuredSecrets(config));
      const former = new Set([...(previous?.former ?? []), ...(previous?.current ?? [])]);
      for (const secret of current) former.delete(secret);
      const kept = [...former].slice(-MAX_FORMER_SECRETS);
      return { current, former: kept, matcher: new SecretMatcher([...current, ...kept]) };
    });
  }

  /** @param call has further secrets, such as a login token */
  redact(text: string, call?: CallSecrets): string {
    return this.#redact(text, call && this.#matcherOf(call));
  }

  /** Redacts every text in a JSON value, names included. */
  redactValue(value: unknown, call?: CallSecrets): unknown {
    return this.#redactValue(value, call && this.#matcherOf(call), 0);
  }

  /** The upstream's response headers that reach the client. */
  answerHeaders(upstream: IncomingHttpHeaders, call: CallSecrets): Record<string, string> {
    const headers = forwardedResponseHeaders(upstream);
    // Most responses have none.
    for (const name in headers) headers[name] = this.#redact(headers[name]!, this.#matcherOf(call));
    return headers;
  }

  #redact(text: string, own: SecretMatcher | undefined): string {
    return this.#secrets.value.matcher.redact(own === undefined ? text : own.redact(text));
  }

  #redactValue(value: unknown, own: SecretMatcher | undefined, depth: number): unknown {
    if (typeof value === 'string') return this.#redact(value, own);
    if (typeof value !== 'object' || value === null) return value;
    if (depth === MAX_DEPTH) return null;
    if (Array.isArray(value)) return value.map((item) => this.#redactValue(item, own, depth + 1));
    const entries = Object.entries(value).map(([key, child]) => [
      this.#redact(key, own),
      this.#redactValue(child, own, depth + 1),
    ]);
    return Object.fromEntries(entries) as unknown;
  }

  /** Undefined if the call has no secrets in addition to the configuration's. */
  #matcherOf({ credential, credentials }: CallSecrets): SecretMatcher | undefined {
    const { current } = this.#secrets.value;
    if (credentials === undefined && (credential === undefined || current.has(credential))) return undefined;
    const secrets = [credential ?? '', ...(credentials ?? [])];
    const key = secrets.join('\n');
    let matcher = this.#ofCalls.get(key);
    if (matcher === undefined) {
      matcher = new SecretMatcher(secrets);
      if (this.#ofCalls.size >= MAX_CALL_MATCHERS) this.#ofCalls.clear();
      this.#ofCalls.set(key, matcher);
    }
    return matcher;
  }
}
