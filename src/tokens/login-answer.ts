import { isJsonObject, parseJson } from '../protocol/json.js';

/** What a login won. */
export interface LoginAnswer {
  readonly token: string;
  /** From the answer's `expires_in`; undefined when it does not say. */
  readonly lifetimeMs: number | undefined;
}

const TOKEN_FIELDS = ['token', 'access_token', 'accessToken'] as const;
const ENVELOPES = ['data', 'result'] as const;
/** A bare token: one line of visible ASCII that does not look like markup or JSON. */
const BARE_TOKEN = /^(?![<{["])[\x21-\x7e]{8,8192}$/;
const HEADER_SAFE = /^[\x21-\x7e]+$/;

/** Finds the token where services usually put it. @returns undefined when there is none */
export function readLoginAnswer(body: string): LoginAnswer | undefined {
  const text = body.trim();
  const json = parseJson(text);
  if (typeof json === 'string') return usable(json, undefined);
  if (!isJsonObject(json)) return BARE_TOKEN.test(text) ? { token: text, lifetimeMs: undefined } : undefined;
  const places = [json, ...ENVELOPES.map((name) => json[name])];
  const lifetimeMs = places.map(readLifetime).find((lifetime) => lifetime !== undefined);
  for (const place of places) {
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

function usable(token: string, lifetimeMs: number | undefined): LoginAnswer | undefined {
  return HEADER_SAFE.test(token) ? { token, lifetimeMs } : undefined;
}

/** `expires_in` in seconds, as OAuth 2.0 has it (RFC 6749, 5.1); some services write the number as a string. */
function readLifetime(place: unknown): number | undefined {
  if (!isJsonObject(place)) return undefined;
  const seconds = Number(place['expires_in'] ?? Number.NaN);
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined;
}
