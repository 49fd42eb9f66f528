import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes, scryptSync } from 'node:crypto';

const ALGORITHM = 'aes-256-gcm';
const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;
/** Public on purpose: every replica must come to the same keys out of nothing but the configured secret. */
const SALT = 'llm-gateway/cache/v1';

/**
 * Makes what lies in Redis unreadable: entries are encrypted, and their names are keyed digests, since a plain hash
 * of a password could be guessed offline.
 */
export class EntryCipher {
  readonly #nameKey: Buffer;
  readonly #entryKey: Buffer;

  /** Takes some 50 ms: scrypt makes guesses dear, should the secret be a phrase that people chose. */
  constructor(secret: string) {
    const master = scryptSync(secret, SALT, KEY_BYTES);
    this.#nameKey = derive(master, 'names');
    this.#entryKey = derive(master, 'entries');
  }

  /** @param kind keeps names of one purpose apart from those of another */
  nameOf(kind: string, key: string): string {
    return createHmac('sha256', this.#nameKey).update(`${kind}\0${key}`).digest('base64url');
  }

  /** @param name is sealed in, so that an entry cannot be put under another name */
  seal(name: string, text: string): string {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv(ALGORITHM, this.#entryKey, iv, { authTagLength: TAG_BYTES });
    cipher.setAAD(Buffer.from(name));
    const sealed = [iv, cipher.update(text, 'utf8'), cipher.final()];
    return Buffer.concat([...sealed, cipher.getAuthTag()]).toString('base64');
  }

  /** @returns undefined when it was sealed under another key or name, or was changed since */
  open(name: string, sealed: string): string | undefined {
    const bytes = Buffer.from(sealed, 'base64');
    if (bytes.length < IV_BYTES + TAG_BYTES) return undefined;
    const iv = bytes.subarray(0, IV_BYTES);
    const decipher = createDecipheriv(ALGORITHM, this.#entryKey, iv, { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(name));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    try {
      return Buffer.concat([
        decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES)),
        decipher.final(),
      ]).toString();
    } catch {
      return undefined;
    }
  }
}

function derive(master: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', master, SALT, purpose, KEY_BYTES));
}
