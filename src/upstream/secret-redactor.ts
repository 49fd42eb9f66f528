import { Injectable } from '@nestjs/common';
import { GatewayConfig } from '../config/gateway.config.js';
import { configuredSecrets } from '../config/secrets.js';

const REDACTED = '[redacted]';

/** Takes secrets out of text that an upstream wrote, before anyone reads it. */
@Injectable()
export class SecretRedactor {
  readonly #secrets: readonly string[];

  constructor(config: GatewayConfig) {
    this.#secrets = configuredSecrets(config);
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
    for (const secret of this.#secrets) clean = clean.replaceAll(secret, REDACTED);
    return clean;
  }
}
