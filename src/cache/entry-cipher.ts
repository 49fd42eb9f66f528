import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes, scryptSync } from 'node:crypto';

const ALGORITHM = 'aes-256-gcm';
const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;
/**
 * Not secret: replicas share only the configured secret, from which all must derive the same keys.
 */
const SALT = 'llm-gateway/cache/v1';

/**
 * Encrypts entries in Redis. Their names are keyed digests, because a plain hash of a password could be guessed
 * offline.
 */
export class EntryCipher {
  readonly #nameKey: Buffer;
  readonly #entryKey: Buffer;

  /** Takes about 50 ms: scrypt makes guessing expensive if the secret is a passphrase. */
  constructor(secret: string) {
    const master = scryptSync(secret, SALT, KEY_BYTES);
    this.#nameKey = derive(master, 'names');
    this.#entryKey = derive(master, 'entries');
  }

  /** @param kind separates the names of different purposes */
  nameOf(kind: string, key: string): string {
    return createHmac('sha256', this.#nameKey).update(`${kind}\0${key}`).digest('base64url');
  }

  /** @param name is authenticated, so an entry cannot be moved to another name */
  seal(name: string, text: string): string {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv(ALGORITHM, this.#entryKey, iv, { authTagLength: TAG_BYTES });
    cipher.setAAD(Buffer.from(name));
    const sealed = [iv, cipher.update(text, 'utf8'), cipher.final()];
    return Buffer.concat([...sealed, cipher.getAuthTag()]).toString('base64');
  }

  /** @returns undefined if the entry was sealed under another key or name, or was modified */
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
