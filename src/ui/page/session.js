/**
 * The key of this tab: in its session storage, which a reload keeps and which the browser discards with the tab. The
 * entry is named after the gateway's address, because one origin may serve several gateways under different paths.
 */
export class KeySession {
  #name;

  /** @param {URL} base the gateway's address */
  constructor(base) {
    this.#name = `llm-gateway-key ${base.pathname}`;
  }

  /** @returns {string | undefined} */
  get() {
    // A browser that blocks storage throws; the key is then held by the page alone.
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
      // As above.
    }
  }
}
