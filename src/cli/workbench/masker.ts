import { SHORTEST_SECRET } from '../../config/secrets/secret-spellings.js';
import { SECRET_NAME } from '../../config/secrets/secrets.js';
import { PLACEHOLDER } from '../../credentials/login/steps/rehearse-login.js';
import { type SecretRedactor } from '../../upstream/secret-redactor.js';

const REDACTED = '[redacted]';
/** Names that look secret but are public. */
const HARMLESS = /^(x-ratelimit-.*|www-authenticate|token_type|finish_reason|keywords?|authors?)$/i;
/**
 * A long text without spaces, or one that mixes letters and digits, is not a human-readable
 * message.
 */
const LIKE_A_CREDENTIAL = /^(?=\S{16,}$|(?=\S*\d)(?=\S*[A-Za-z])\S{8,}$)[\x21-\x7e]+$/;
const MEDIA_TYPE = /^[a-z]+\/[\w.+-]+(;.*)?$/i;
const SHOW_ENDS_FROM = 12;

/**
 * Masks secrets: those of the configuration, those found during the call, and values with secret
 * names.
 */
export class Masker {
  readonly #secrets = new Set<string>();

  constructor(private readonly redactor: SecretRedactor) {}

  /** Adds secrets of the model service or the login, whatever their length. */
  add(secrets: Iterable<string | undefined>): void {
    for (const secret of secrets) {
      if (secret === undefined || secret === '' || PLACEHOLDER.test(secret)) continue;
      this.#secrets.add(secret);
    }
  }

  /** Adds every string in a value under a secret name. */
  addNamed(value: unknown, isSecret = false): void {
    if (typeof value === 'string' && isSecret && value.length >= SHORTEST_SECRET) this.add([value]);
    if (typeof value !== 'object' || value === null) return;
    for (const [name, child] of Object.entries(value)) this.addNamed(child, isSecret || isSecretName(name));
  }

  text(text: string): string {
    return this.redactor.redact(text, { credentials: [...this.#secrets] });
  }

  /**
   * @param isLogin whether the value comes from a login response, where anything that looks like a
   * credential is masked
   */
  value(value: unknown, isLogin: boolean, name = ''): unknown {
    if (typeof value === 'string') {
      if (PLACEHOLDER.test(value)) return this.text(value);
      if (isSecretName(name)) return withScheme(value);
      if (isLogin && LIKE_A_CREDENTIAL.test(value) && !isHarmlessWord(value)) return maskSecret(value);
      return this.text(withoutParameters(value));
    }
    if (Array.isArray(value)) return value.map((item) => this.value(item, isLogin, name));
    if (typeof value !== 'object' || value === null) return value;
    const isHidden = name === 'cookies';
    return Object.fromEntries(
      Object.entries(value).map(([key, child]) => [
        key,
        this.value(child, isLogin, isHidden ? 'cookie' : key),
      ]),
    );
  }
}

/**
 * Shows the length of a secret and, if it is long, two characters at either end: enough to
 * distinguish secrets.
 */
export function maskSecret(secret: string): string {
  const ends = secret.length < SHOW_ENDS_FROM ? '…' : `${secret.slice(0, 2)}…${secret.slice(-2)}`;
  return `${ends} (${secret.length} characters)`;
}

function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name) && !HARMLESS.test(name);
}

/** Keeps a scheme such as `Bearer` readable. */
function withScheme(value: string): string {
  const [, scheme] = /^(Bearer|Basic|Token) /i.exec(value) ?? [];
  return scheme === undefined ? REDACTED : `${scheme} ${REDACTED}`;
}

/** Masks values such as `password=x` in an address or a form. */
function withoutParameters(text: string): string {
  return text.replaceAll(
    /(^|[?&])([^=&\s?]+)=([^&#\s]+)/g,
    (whole, before: string, name: string, value: string) =>
      isSecretName(name) && !PLACEHOLDER.test(value) ? `${before}${name}=${REDACTED}` : whole,
  );
}

function isHarmlessWord(value: string): boolean {
  return MEDIA_TYPE.test(value) || /^https?:\/\//.test(value);
}
