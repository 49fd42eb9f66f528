import { type JsonObject, isJsonObject, parseJson } from '../../../../protocol/json.js';
import { ENVELOPES } from '../../login-answer.js';
import { parseTime } from './parse-time.js';

/** How long a token is valid, and where that was found. */
export interface TokenLifetime {
  /** Milliseconds from now; undefined if the response does not state the lifetime. */
  readonly lifetimeMs: number | undefined;
  /** The field in which the expiry was recognised without configuration. */
  readonly source?: string;
  /** A field that looks like an expiry but is not used, and what is missing to use it. */
  readonly hint?: string;
}

/** Where the expiry may be found. */
export interface EndClues {
  /** The parsed response. */
  readonly body: unknown;
  readonly token: string;
  /** Expiry of the cookie that is the token, in epoch milliseconds. */
  readonly cookieEndsAtMs: number | undefined;
  /** The zone of times that state none. */
  readonly timeZone: string | undefined;
  readonly nowMs: number;
}

/**
 * `expiresAt`, `expire_time`, `tokenExpiration`, `exp`, `valid_until` and so on; not those of a
 * refresh token.
 */
const NAMES_AN_END =
  /^(?:access_?)?(?:token_?)?(?:exp|expir(?:e|es|ed|y|ation)(?:_?(?:at|on|time|date|timestamp|ts))?|valid_?(?:until|till|to))$/i;
/**
 * Names of durations. Only `expires_in` is known to be in seconds (RFC 6749); the unit of the
 * others is unknown.
 */
const NAMES_A_TIME =
  /^(?:access_?)?(?:token_?)?(?:expires?_?in|ttl|lifetime|max_?age|valid_?(?:for|time|seconds))$/i;
const MAX_DEPTH = 6;
const MAX_FIELDS = 500;
const JWT = /^(?:bearer )?[\w-]+\.([\w-]+)\.[\w-]*$/i;
const MAX_JWT_CHARACTERS = 65_536;

/**
 * Looks for the expiry of a token where services usually put it. Uses it only if it is unambiguous.
 */
export function noticeEnd({ body, token, cookieEndsAtMs, timeZone, nowMs }: EndClues): TokenLifetime {
  const ends: { readonly atMs: number; readonly source: string }[] = [];
  const hints: string[] = [];
  const note = (source: string, value: unknown, isOfTheToken: boolean): void => {
    const atMs = momentOf(value, timeZone);
    if (atMs === 'no zone') {
      hints.push(`${source} looks like an expiry, but has no time zone; add login.time_zone`);
    } else if (atMs === undefined || !isOfTheToken) {
      const unit = atMs === undefined ? '<its unit>' : unitOf(value);
      hints.push(
        `${source} looks like an expiry; add login.lifetime: "body.${source}" and lifetime_unit: ${unit}`,
      );
    } else if (atMs <= nowMs) {
      hints.push(`${source} looks like an expiry, but lies in the past; do the clocks differ?`);
    } else ends.push({ atMs, source });
  };
  for (const { path, name, value, isNear } of fieldsOf(body, token)) {
    if (NAMES_AN_END.test(name)) note(path, value, isNear);
    else if (NAMES_A_TIME.test(name) && name !== 'expires_in') note(path, undefined, false);
  }
  const exp = claimOf(token);
  if (exp !== undefined) note('exp inside the token', exp, true);
  if (cookieEndsAtMs !== undefined) ends.push({ atMs: cookieEndsAtMs, source: "the cookie's own expiry" });
  const [first] = ends.toSorted((a, b) => a.atMs - b.atMs);
  return {
    lifetimeMs: first === undefined ? undefined : first.atMs - nowMs,
    source: first?.source,
    hint: hints[0],
  };
}

interface Field {
  readonly path: string;
  readonly name: string;
  readonly value: unknown;
  /** Whether the field is next to the token, or where tokens usually are. */
  readonly isNear: boolean;
}

/** Strings and numbers of a response, from the top down. */
function fieldsOf(body: unknown, token: string): Field[] {
  const fields: Field[] = [];
  const queue: { at: JsonObject; path: string; depth: number }[] = [];
  if (isJsonObject(body)) queue.push({ at: body, path: '', depth: 0 });
  for (let next = queue.shift(); next !== undefined && fields.length < MAX_FIELDS; next = queue.shift()) {
    const { at, path, depth } = next;
    const isNear =
      depth === 0 || ENVELOPES.some((name) => name === path) || Object.values(at).includes(token);
    for (const [name, value] of Object.entries(at).slice(0, MAX_FIELDS)) {
      const here = path === '' ? name : `${path}.${name}`;
      if (isJsonObject(value)) {
        if (depth < MAX_DEPTH && /^[\w-]{1,64}$/.test(name))
          queue.push({ at: value, path: here, depth: depth + 1 });
      } else if (typeof value === 'string' || typeof value === 'number') {
        fields.push({ path: here, name, value, isNear });
      }
    }
  }
  return fields;
}

/** @returns undefined for a value that may be a duration or something else */
function momentOf(value: unknown, timeZone: string | undefined): number | 'no zone' | undefined {
  if (typeof value === 'string' && !/^\s*\d+(?:\.\d+)?\s*$/.test(value)) return parseTime(value, timeZone);
  const amount = Number(value ?? Number.NaN);
  // Epoch seconds up to the year 2286, or epoch milliseconds up to then: no duration is that long.
  if (amount >= 1e9 && amount < 1e10) return amount * 1000;
  return amount >= 1e12 && amount < 1e13 ? amount : undefined;
}

function unitOf(value: unknown): string {
  if (Number.isNaN(Number(value))) return 'iso_date';
  return Number(value) < 1e10 ? 'epoch_seconds' : 'epoch_milliseconds';
}

/** `exp` of a JSON Web Token (RFC 7519, 4.1.4). */
function claimOf(token: string): unknown {
  const payload = token.length > MAX_JWT_CHARACTERS ? undefined : JWT.exec(token)?.[1];
  if (payload === undefined) return undefined;
  const claims = parseJson(Buffer.from(payload, 'base64url').toString());
  return isJsonObject(claims) && typeof claims['exp'] === 'number' ? claims['exp'] : undefined;
}
