/**
 * The key of this tab, in its session storage: a reload keeps it, and the browser discards it with
 * the tab. The entry contains the gateway's address, because one origin may serve several gateways
 * under different paths.
 */
export class KeySession {
  #name;

  /** @param {URL} base the gateway's address */
  constructor(base) {
    this.#name = `llm-gateway-key ${base.pathname}`;
  }

  /** @returns {string | undefined} */
  get() {
    // A browser that blocks storage throws; the key then lives only in the page.
    try {
      return sessionStorage.getItem(this.#name) ?? undefined;
    } catch {
      return undefined;
    }
  }

  /** @param {string | undefined} key undefined removes it */
  set(key) {
    try {
      if (key === undefined) sessionStorage.removeItem(this.#name);
      else sessionStorage.setItem(this.#name, key);
    } catch {
      // As in `get`.
    }
  }
}
