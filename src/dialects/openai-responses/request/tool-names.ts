import { createHash } from 'node:crypto';

/**
 * The kinds of tools that clients of this format run themselves. All except functions have their
 * own items in requests and responses.
 */
export type ToolKind = 'function' | 'custom' | 'local_shell' | 'shell' | 'apply_patch' | 'tool_search';

/** A tool as the client names it. */
export interface ClientTool {
  readonly kind: ToolKind;
  readonly name: string;
  /** The group of the tool, if the client uses groups. */
  readonly namespace?: string;
}

const MAX_NAME = 64;
const HASH_LENGTH = 8;
const FUNCTION: ClientTool['kind'] = 'function';

/**
 * Gives each tool one unique name, because other formats have neither groups nor kinds of tools,
 * and maps it back.
 */
export class ToolNames {
  readonly #flat = new Map<string, string>();
  readonly #tools = new Map<string, ClientTool>();

  /** @returns undefined if the tool is known already */
  add(tool: ClientTool): string | undefined {
    const key = keyOf(tool);
    if (this.#flat.has(key)) return undefined;
    const wanted = flatName(tool);
    const name = this.#tools.has(wanted) ? shortened(wanted, key) : wanted;
    this.#flat.set(key, name);
    this.#tools.set(name, tool);
    return name;
  }

  /** The name of the tool at the service; an undeclared tool gets one as well. */
  flatOf(tool: ClientTool): string {
    return this.#flat.get(keyOf(tool)) ?? flatName(tool);
  }

  has(name: string): boolean {
    return this.#tools.has(name);
  }

  /** The client's tool for a name at the service. */
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
