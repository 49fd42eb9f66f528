import { SHORTEST_SECRET } from '../../config/secret-spellings.js';
import { SECRET_NAME } from '../../config/secrets.js';
import { PLACEHOLDER } from '../../credentials/login/steps/rehearse-login.js';
import { type SecretRedactor } from '../../upstream/secret-redactor.js';

const REDACTED = '[redacted]';
/** Names that look like a secret's, of fields that hold none. */
const HARMLESS = /^(x-ratelimit-.*|www-authenticate|token_type|finish_reason|keywords?|authors?)$/i;
/** So long, or of letters and digits mixed, and without a space: nobody would say that to a person. */
const LIKE_A_CREDENTIAL = /^(?=\S{16,}$|(?=\S*\d)(?=\S*[A-Za-z])\S{8,}$)[\x21-\x7e]+$/;
const MEDIA_TYPE = /^[a-z]+\/[\w.+-]+(;.*)?$/i;
const SHOW_ENDS_FROM = 12;

/** Hides secrets: those of the configuration, those that came up on the way, and whatever is named like one. */
export class Masker {
  readonly #secrets = new Set<string>();

  constructor(private readonly redactor: SecretRedactor) {}

  /** Values that the model service or the login counts as secrets, whatever their length. */
  add(secrets: Iterable<string | undefined>): void {
    for (const secret of secrets) {
      if (secret === undefined || secret === '' || PLACEHOLDER.test(secret)) continue;
      this.#secrets.add(secret);
    }
  }

  /** Every string in a value that stands under the name of a secret. */
  addNamed(value: unknown, isSecret = false): void {
    if (typeof value === 'string' && isSecret && value.length >= SHORTEST_SECRET) this.add([value]);
    if (typeof value !== 'object' || value === null) return;
    for (const [name, child] of Object.entries(value)) this.addNamed(child, isSecret || isSecretName(name));
  }

  text(text: string): string {
    return this.redactor.redact(text, { credentials: [...this.#secrets] });
  }

  /** @param isLogin the value stems from a login's answer: what looks like a credential is none of ours to show */
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

/** Enough to tell one from another: two characters at either end, and the length. */
export function maskSecret(secret: string): string {
  const ends = secret.length < SHOW_ENDS_FROM ? '…' : `${secret.slice(0, 2)}…${secret.slice(-2)}`;
  return `${ends} (${secret.length} characters)`;
}

function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name) && !HARMLESS.test(name);
}

/** `Bearer x` stays recognisable. */
function withScheme(value: string): string {
  const [, scheme] = /^(Bearer|Basic|Token) /i.exec(value) ?? [];
  return scheme === undefined ? REDACTED : `${scheme} ${REDACTED}`;
}

/** `password=x` in an address or a form. */
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
