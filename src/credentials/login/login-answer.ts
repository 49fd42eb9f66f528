import { type JsonObject, isJsonObject, parseExactJson } from '../../protocol/json.js';

/** A token, and the other values from the login that calls send. */
export interface AccessToken {
  readonly token: string;
  /** Further headers, with lower-case names. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Further query parameters. */
  readonly query?: Readonly<Record<string, string>>;
  /**
   * The values that the login's steps captured, for the expressions of a mapping; as secret as the
   * token.
   */
  readonly kept?: Readonly<Record<string, unknown>>;
}

/** The result of a login. */
export interface LoginAnswer extends AccessToken {
  /** Undefined if the response does not state it. */
  readonly lifetimeMs: number | undefined;
  /** Obtains the next token without the password. */
  readonly refreshToken?: string;
}

const TOKEN_FIELDS = ['token', 'access_token', 'accessToken'] as const;
/** Objects in which services wrap the fields. */
export const ENVELOPES = ['data', 'result'] as const;
/** A bare token: one line of visible ASCII that does not look like markup or JSON. */
const BARE_TOKEN = /^(?![<{["])[\x21-\x7e]{8,8192}$/;

/**
 * Finds the token where services usually put it.
 * @returns undefined if there is none; it may contain any characters
 */
export function findToken(body: string): string | undefined {
  const text = body.trim();
  const json = parseExactJson(text);
  if (typeof json === 'string') return json;
  if (!isJsonObject(json)) return BARE_TOKEN.test(text) ? text : undefined;
  for (const place of placesIn(json)) {
    if (!isJsonObject(place)) continue;
    for (const name of TOKEN_FIELDS) {
      const token = place[name];
      if (typeof token === 'string' && token !== '') return token;
    }
  }
  return ENVELOPES.map((name) => json[name]).find(
    (token): token is string => typeof token === 'string' && token !== '',
  );
}

/**
 * The lifetime that the response states, in milliseconds.
 * @param body the parsed response of a login
 */
export function readExpiresIn(body: unknown): number | undefined {
  if (!isJsonObject(body)) return undefined;
  return placesIn(body)
    .map(readLifetime)
    .find((lifetime) => lifetime !== undefined);
}

/** The places where a field may be: the top level or an envelope. */
function placesIn(json: JsonObject): unknown[] {
  return [json, ...ENVELOPES.map((name) => json[name])];
}

/**
 * `expires_in` in seconds, as in OAuth 2.0 (RFC 6749, 5.1); some services write the number as a
 * string.
 */
function readLifetime(place: unknown): number | undefined {
  if (!isJsonObject(place)) return undefined;
  const seconds = Number(place['expires_in'] ?? Number.NaN);
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined;
}
