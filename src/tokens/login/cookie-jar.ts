/** The cookies of one login, kept per host so that one host never sees another's. */
export class CookieJar {
  readonly #byHost = new Map<string, Map<string, string>>();

  /** @param lines values of `set-cookie` */
  take(url: string, lines: readonly string[]): void {
    const host = new URL(url).host;
    const cookies = this.#byHost.get(host) ?? new Map<string, string>();
    this.#byHost.set(host, cookies);
    for (const line of lines) {
      const [pair = '', ...attributes] = line.split(';');
      const equals = pair.indexOf('=');
      if (equals < 1) continue;
      const name = pair.slice(0, equals).trim();
      if (attributes.some((attribute) => /^\s*max-age=(0|-\d+)\s*$/i.test(attribute))) cookies.delete(name);
      else cookies.set(name, pair.slice(equals + 1).trim());
    }
  }

  /** The `cookie` header for an address; undefined without cookies. */
  headerFor(url: string): string | undefined {
    const cookies = this.#byHost.get(new URL(url).host);
    if (cookies === undefined || cookies.size === 0) return undefined;
    return [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  /** All of them, by name. */
  all(): Record<string, string> {
    return Object.fromEntries([...this.#byHost.values()].flatMap((cookies) => [...cookies]));
  }
}
