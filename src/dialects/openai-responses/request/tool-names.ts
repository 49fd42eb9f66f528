import { createHash } from 'node:crypto';

/** What clients of the format run themselves. All but functions have items of their own in requests and responses. */
export type ToolKind = 'function' | 'custom' | 'local_shell' | 'shell' | 'apply_patch' | 'tool_search';

/** A tool in the client's own words. */
export interface ClientTool {
  readonly kind: ToolKind;
  readonly name: string;
  /** The group that holds it, where the client puts tools into groups. */
  readonly namespace?: string;
}

const MAX_NAME = 64;
const HASH_LENGTH = 8;
const FUNCTION: ClientTool['kind'] = 'function';

/**
 * Each tool under one name that no other tool has, since other formats have neither groups nor kinds of tools; and
 * back again.
 */
export class ToolNames {
  readonly #flat = new Map<string, string>();
  readonly #tools = new Map<string, ClientTool>();

  /** @returns undefined where the tool is known already */
  add(tool: ClientTool): string | undefined {
    const key = keyOf(tool);
    if (this.#flat.has(key)) return undefined;
    const wanted = flatName(tool);
    const name = this.#tools.has(wanted) ? shortened(wanted, key) : wanted;
    this.#flat.set(key, name);
    this.#tools.set(name, tool);
    return name;
  }

  /** The name under which the tool goes to the service; one that the request does not declare has one all the same. */
  flatOf(tool: ClientTool): string {
    return this.#flat.get(keyOf(tool)) ?? flatName(tool);
  }

  has(name: string): boolean {
    return this.#tools.has(name);
  }

  /** What the client calls the tool of this name. */
  toolOf(name: string): ClientTool {
    return this.#tools.get(name) ?? { kind: FUNCTION, name };
  }
}

function keyOf({ kind, name, namespace }: ClientTool): string {
  return JSON.stringify([kind, namespace, name]);
}

function flatName({ name, namespace }: ClientTool): string {
  if (namespace === undefined) return name;
  const whole = `${namespace}__${name}`.replaceAll(/[^\w-]/g, '_');
  return whole.length <= MAX_NAME ? whole : shortened(whole, `${namespace}\n${name}`);
}

function shortened(name: string, key: string): string {
  const hash = createHash('sha256').update(key).digest('hex').slice(0, HASH_LENGTH);
  return `${name.slice(0, MAX_NAME - HASH_LENGTH - 1)}_${hash}`;
}
