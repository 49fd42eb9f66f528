import { Injectable } from '@nestjs/common';
import { type Derived, LiveConfig } from '../config/live-config.js';
import { configuredSecrets } from '../config/secrets.js';

const REDACTED = '[redacted]';
/** Secrets of former configurations that calls which still run may have shown; more than anyone replaces meanwhile. */
const MAX_FORMER_SECRETS = 1000;

interface Secrets {
  readonly current: readonly string[];
  /** Oldest first. */
  readonly former: readonly string[];
  /** Longest first, so that one that holds another goes as a whole. */
  readonly all: readonly string[];
}

/** Takes secrets out of text that an upstream wrote, before anyone reads it. */
@Injectable()
export class SecretRedactor {
  readonly #secrets: Derived<Secrets>;

  constructor(live: LiveConfig) {
    this.#secrets = live.derive<Secrets>((config, previous) => {
      const current = configuredSecrets(config);
      const former = new Set([...(previous?.former ?? []), ...(previous?.current ?? [])]);
      for (const secret of current) former.delete(secret);
      return secretsOf(current, [...former].slice(-MAX_FORMER_SECRETS));
    });
  }

  /**
   * @param credential one more secret, known to this call only, such as a login token
   * @param more further ones
   */
  redact(text: string, credential?: string, more: readonly string[] = []): string {
    let clean = text;
    for (const secret of more.toSorted((a, b) => b.length - a.length)) {
      if (secret !== '') clean = clean.replaceAll(secret, REDACTED);
    }
    if (credential !== undefined && credential !== '') clean = clean.replaceAll(credential, REDACTED);
    for (const secret of this.#secrets.value.all) clean = clean.replaceAll(secret, REDACTED);
    return clean;
  }
}

function secretsOf(current: readonly string[], former: readonly string[]): Secrets {
  return { current, former, all: [...current, ...former].toSorted((a, b) => b.length - a.length) };
}
