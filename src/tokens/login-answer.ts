import { type JsonObject, isJsonObject, parseJson } from '../protocol/json.js';

/** A token, and whatever else of the login's answer calls show. */
export interface AccessToken {
  readonly token: string;
  /** Further headers, lower-case names. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Further query parameters. */
  readonly query?: Readonly<Record<string, string>>;
  /** What the login's steps kept, for the expressions of a mapping; as secret as the token. */
  readonly kept?: Readonly<Record<string, unknown>>;
}

/** What a login won. */
export interface LoginAnswer extends AccessToken {
  /** Undefined when the answer does not say. */
  readonly lifetimeMs: number | undefined;
  /** Wins the next token without the password. */
  readonly refreshToken?: string;
}

interface FoundToken {
  readonly token: string;
  /** From `expires_in`. */
  readonly lifetimeMs: number | undefined;
}

const TOKEN_FIELDS = ['token', 'access_token', 'accessToken'] as const;
const ENVELOPES = ['data', 'result'] as const;
/** A bare token: one line of visible ASCII that does not look like markup or JSON. */
const BARE_TOKEN = /^(?![<{["])[\x21-\x7e]{8,8192}$/;
const HEADER_SAFE = /^[\x21-\x7e]+$/;

/** Finds the token where services usually put it. @returns undefined when there is none */
export function readLoginAnswer(body: string): FoundToken | undefined {
  const text = body.trim();
  const json = parseJson(text);
  if (typeof json === 'string') return usable(json, undefined);
  if (!isJsonObject(json)) return BARE_TOKEN.test(text) ? { token: text, lifetimeMs: undefined } : undefined;
  const lifetimeMs = readExpiresIn(json);
  for (const place of placesIn(json)) {
    if (!isJsonObject(place)) continue;
    for (const name of TOKEN_FIELDS) {
      const token = place[name];
      if (typeof token === 'string' && token !== '') return usable(token, lifetimeMs);
    }
  }
  for (const name of ENVELOPES) {
    const token = json[name];
    if (typeof token === 'string' && token !== '') return usable(token, lifetimeMs);
  }
  return undefined;
}

/** In milliseconds. @param body of a login's answer, as parsed */
export function readExpiresIn(body: unknown): number | undefined {
  if (!isJsonObject(body)) return undefined;
  return placesIn(body)
    .map(readLifetime)
    .find((lifetime) => lifetime !== undefined);
}

/** Where a field may stand: at the top, or in an envelope. */
function placesIn(json: JsonObject): unknown[] {
  return [json, ...ENVELOPES.map((name) => json[name])];
}

function usable(token: string, lifetimeMs: number | undefined): FoundToken | undefined {
  return HEADER_SAFE.test(token) ? { token, lifetimeMs } : undefined;
}

/** `expires_in` in seconds, as OAuth 2.0 has it (RFC 6749, 5.1); some services write the number as a string. */
function readLifetime(place: unknown): number | undefined {
  if (!isJsonObject(place)) return undefined;
  const seconds = Number(place['expires_in'] ?? Number.NaN);
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined;
}
