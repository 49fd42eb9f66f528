import { type Cookie, parseCookie } from 'undici';

/** undici drops a negative Max-Age; in RFC 6265 (5.2.2) it means a time in the past. */
const NEGATIVE_AGE = /;\s*max-age\s*=\s*-\d+\s*(?:;|$)/i;
/** `Expires=0` and `Expires=-1` are not dates: browsers ignore them, but `Date` parses them. */
const DATED = /;\s*expires\s*=[^;]*\d:\d\d/i;
const LOOPBACK = /^(?:localhost|.*\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;
const IP_ADDRESS = /^(?:[\d.]+|\[.*\])$/;

interface HeldCookie {
  readonly name: string;
  readonly value: string;
  /**
   * The domain that receives the cookie, with its subdomains; undefined: only `host`, a name with
   * its port, receives it.
   */
  readonly domain: string | undefined;
  readonly host: string;
  readonly path: string;
  readonly isSecure: boolean;
  /** Epoch milliseconds; Infinity for a session cookie. */
  readonly endsAtMs: number;
}

/**
 * The cookies of one login, by the rules of RFC 6265: no host receives a cookie meant for another.
 */
export class CookieJar {
  readonly #cookies = new Map<string, HeldCookie>();

  /** @param lines values of `set-cookie` */
  take(url: string, lines: readonly string[], nowMs = Date.now()): void {
    const from = new URL(url);
    for (const line of lines) {
      const cookie = parseCookie(line);
      if (cookie === null || cookie.name === '') continue;
      const held = heldOf(cookie, endOf(cookie, line, nowMs), from);
      if (held === undefined) continue;
      const key = `${held.name};${held.domain ?? held.host};${held.path}`;
      // A cookie that is set again moves to the end.
      this.#cookies.delete(key);
      if (held.endsAtMs > nowMs) this.#cookies.set(key, held);
    }
  }

  /** The `cookie` header for a URL; undefined without cookies. */
  headerFor(url: string, nowMs = Date.now()): string | undefined {
    const to = new URL(url);
    const sent = [...this.#cookies.values()]
      .filter((cookie) => cookie.endsAtMs > nowMs && isMeantFor(cookie, to))
      .toSorted((a, b) => b.path.length - a.path.length);
    return sent.length === 0 ? undefined : sent.map(({ name, value }) => `${name}=${value}`).join('; ');
  }

  /** All cookies, by name. */
  all(): Record<string, string> {
    return Object.fromEntries([...this.#cookies.values()].map(({ name, value }) => [name, value]));
  }

  /**
   * When a cookie expires, in epoch milliseconds; undefined if the cookie is absent or has no
   * expiry.
   */
  endOf(name: string): number | undefined {
    const endsAtMs = [...this.#cookies.values()].findLast((cookie) => cookie.name === name)?.endsAtMs;
    return endsAtMs === Infinity ? undefined : endsAtMs;
  }
}

/** @returns undefined for a cookie that this host may not set */
function heldOf(
  { name, value, domain, path, secure }: Cookie,
  endsAtMs: number,
  from: URL,
): HeldCookie | undefined {
  const { host, hostname } = from;
  const isShared = typeof domain === 'string' && domain.includes('.') && !IP_ADDRESS.test(hostname);
  const isOwn = (domain ?? '') === '' || domain === hostname;
  if (!isOwn && !(isShared && hostname.endsWith(`.${domain}`))) return undefined;
  return {
    name,
    value,
    domain: isShared ? domain : undefined,
    host,
    path: path ?? defaultPath(from),
    isSecure: secure === true,
    endsAtMs,
  };
}

function endOf({ maxAge, expires }: Cookie, line: string, nowMs: number): number {
  if (NEGATIVE_AGE.test(line)) return -Infinity;
  if (typeof maxAge === 'number') return maxAge === 0 ? -Infinity : nowMs + maxAge * 1000;
  const expiresMs = DATED.test(line) ? Number(expires ?? Number.NaN) : Number.NaN;
  return Number.isNaN(expiresMs) ? Infinity : expiresMs;
}

/** The path of a cookie that states none: RFC 6265, 5.1.4. */
function defaultPath({ pathname }: URL): string {
  return pathname.slice(0, pathname.lastIndexOf('/')) || '/';
}

function isMeantFor(
  { domain, host, path, isSecure }: HeldCookie,
  { host: toHost, hostname, pathname, protocol }: URL,
): boolean {
  const isHost =
    domain === undefined ? host === toHost : hostname === domain || hostname.endsWith(`.${domain}`);
  const isPath = pathname === path || pathname.startsWith(path.endsWith('/') ? path : `${path}/`);
  // As in browsers, loopback counts as secure.
  return isHost && isPath && (!isSecure || protocol === 'https:' || LOOPBACK.test(hostname));
}
