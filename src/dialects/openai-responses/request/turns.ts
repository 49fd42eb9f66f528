import {
  type Part,
  type Prompt,
  type Seal,
  type TextPart,
  type ToolCallPart,
  type ToolResultPart,
  type Turn,
} from '../../../conversation/prompt.js';

/** The meaning of one input item. */
export type Entry =
  | { readonly kind: 'system' | 'user' | 'assistant'; readonly parts: readonly Part[] }
  | { readonly kind: 'result'; readonly result: ToolResultPart }
  /** Data that the service wants back with one of its calls. */
  | { readonly kind: 'seal'; readonly call: string; readonly seal: Seal };

/**
 * The result of a call that the client never ran, because services refuse a call without a result.
 */
const ABORTED = 'aborted';

/**
 * Converts items to turns. The items of one reply form one turn. The results of its calls follow it
 * directly, wherever they are in the list, because services require that order and clients put
 * other items in between.
 */
export function turnsOf(entries: readonly Entry[]): Pick<Prompt, 'system' | 'turns'> {
  const seals = new Map(
    entries.flatMap((entry) => (entry.kind === 'seal' ? [[entry.call, entry.seal]] : [])),
  );
  const results = new Results(entries);
  const system: TextPart[] = [];
  const turns: Turn[] = [];
  let reply: Part[] = [];
  const endReply = (): void => {
    const parts = reply;
    reply = [];
    // Reasoning with nothing after it is useless.
    if (!parts.some(({ kind }) => kind !== 'reasoning')) return;
    turns.push({ role: 'assistant', parts });
    const taken = parts
      .filter(({ kind }) => kind === 'tool-call')
      .map((call) => results.take(call as ToolCallPart));
    if (taken.length > 0) turns.push({ role: 'user', parts: taken });
  };
  for (const entry of entries) {
    if (entry.kind === 'seal') continue;
    if (entry.kind === 'assistant') {
      reply.push(...entry.parts.map((part) => withSeal(part, seals)));
      continue;
    }
    endReply();
    if (entry.kind === 'result') {
      if (results.isOrphan(entry.result)) turns.push({ role: 'user', parts: wordsOf(entry.result) });
      continue;
    }
    if (entry.parts.length === 0) continue;
    if (entry.kind === 'user') turns.push({ role: 'user', parts: entry.parts });
    else addInstructions(entry.parts, system, turns);
  }
  endReply();
  return { system, turns };
}

/** Results of calls by call id; some services reuse ids. */
class Results {
  readonly #waiting = new Map<string, ToolResultPart[]>();
  readonly #orphans = new Set<ToolResultPart>();

  constructor(entries: readonly Entry[]) {
    const calls = new Map<string, number>();
    for (const entry of entries) {
      if (entry.kind !== 'assistant') continue;
      for (const part of entry.parts)
        if (part.kind === 'tool-call') calls.set(part.id, (calls.get(part.id) ?? 0) + 1);
    }
    for (const entry of entries) {
      if (entry.kind !== 'result') continue;
      const { result } = entry;
      const left = calls.get(result.id) ?? 0;
      calls.set(result.id, left - 1);
      if (left <= 0) this.#orphans.add(result);
      else this.#waiting.set(result.id, [...(this.#waiting.get(result.id) ?? []), result]);
    }
  }

  take({ id }: ToolCallPart): ToolResultPart {
    return (
      this.#waiting.get(id)?.shift() ?? {
        kind: 'tool-result',
        id,
        parts: [{ kind: 'text', text: ABORTED }],
        isError: true,
      }
    );
  }

  /** Whether the result has no call. */
  isOrphan(result: ToolResultPart): boolean {
    return this.#orphans.has(result);
  }
}

function withSeal(part: Part, seals: ReadonlyMap<string, Seal>): Part {
  const seal = part.kind === 'tool-call' ? seals.get(part.id) : undefined;
  return seal === undefined ? part : ({ ...part, seal } as ToolCallPart);
}

function wordsOf({ id, parts }: ToolResultPart): Part[] {
  return [{ kind: 'text', text: `Result of the tool call ${id}:` }, ...parts];
}

/** Instructions are text; other parts become a turn of their own. */
function addInstructions(parts: readonly Part[], system: TextPart[], turns: Turn[]): void {
  const texts = parts.filter((part) => part.kind === 'text');
  const others = parts.filter((part) => part.kind !== 'text');
  if (turns.length === 0) system.push(...texts);
  else if (texts.length > 0) turns.push({ role: 'system', parts: texts });
  if (others.length > 0) turns.push({ role: 'user', parts: others });
}
