import { UpstreamError } from '../../../../errors/upstream-errors.js';
import { type ToolCallPiece } from '../../../../conversation/reply.js';
import { BUILT_LIMITS } from '../../../../protocol/json.js';
import { ToolCalls } from '../../gathering/tool-calls.js';
import { type ToolCall, newCallId } from '../../gathering/tool-call.js';
import { sealOfCall } from '../reasoning-details.js';
import { JsonArguments } from './json-arguments.js';

/** The parts of one call that the client has received. */
class Spoken {
  readonly #json = new JsonArguments();
  /** Number of pieces of the call that were read. */
  #read = 0;
  readonly #said: string[] = [];

  constructor(
    /** Undefined: the client has not seen the call, and gets it only at the end. */
    readonly index: number | undefined,
    readonly name: string,
    readonly isCustom: boolean,
    public hasSeal: boolean,
  ) {}

  /** Whether only a repetition can follow. */
  get isWhole(): boolean {
    return this.#json.isWhole;
  }

  /** @returns the part that the client gets now */
  news({ pieces }: ToolCall): string {
    let text = '';
    for (; this.#read < pieces.length; this.#read++) {
      const piece = pieces[this.#read]!;
      text += this.isCustom ? piece : this.#json.add(piece);
    }
    if (this.isCustom) this.#said.push(text);
    return text;
  }

  /** @returns undefined if the client has received something else */
  rest(meant: string): string | undefined {
    if (!this.isCustom) return this.#json.rest(meant);
    const said = this.#said.join('');
    return meant.startsWith(said) ? meant.slice(said.length) : undefined;
  }
}

/**
 * The tool calls of a stream as they arrive. Repetitions, corrections and ambiguous pieces are held
 * until the end, where they mean the same as in a gathered reply.
 */
export class SpokenCalls {
  readonly #calls = new ToolCalls();
  readonly #spoken = new Map<ToolCall, Spoken>();
  readonly #ids = new Set<string>();
  #count = 0;
  #entries = 0;

  get isEmpty(): boolean {
    return this.#calls.isEmpty;
  }

  /** Whether the client has received at least one call. */
  get hasSpoken(): boolean {
    return this.#count > 0;
  }

  /**
   * @param entries of a delta's `tool_calls`
   * @returns the pieces that the client gets now
   */
  add(entries: readonly unknown[]): ToolCallPiece[] {
    this.#entries += entries.length;
    if (this.#entries > BUILT_LIMITS.values)
      throw invalid(`The upstream's stream has more than ${BUILT_LIMITS.values} pieces of tool calls.`);
    const touched = this.#calls.add(entries);
    const pieces: ToolCallPiece[] = [];
    for (const call of new Set(touched)) {
      const piece = this.#news(call);
      if (piece !== undefined) pieces.push(piece);
    }
    return pieces;
  }

  /**
   * @returns the pieces that the client still lacks
   * @throws UpstreamError if the calls are ambiguous, or differ from what the client has received
   */
  finish(): ToolCallPiece[] {
    const meant = this.#calls.meant();
    const pieces: ToolCallPiece[] = [];
    for (const call of meant) {
      const piece = this.#rest(call);
      if (piece !== undefined) pieces.push(piece);
    }
    for (const [call, { index }] of this.#spoken)
      if (index !== undefined && !meant.includes(call)) throw contradiction();
    return pieces;
  }

  #news(call: ToolCall): ToolCallPiece | undefined {
    const spoken = this.#spoken.get(call);
    if (spoken !== undefined) {
      if (spoken.index === undefined) return undefined;
      const text = spoken.news(call);
      return text === '' ? undefined : { index: spoken.index, arguments: text };
    }
    // Until its arguments begin, the name may grow.
    if (call.name === undefined || call.pieces.length === 0) return undefined;
    if (this.#mayContinueAnother(call)) {
      this.#spoken.set(call, new Spoken(undefined, call.name, false, false));
      return undefined;
    }
    return this.#begin(call, call.name);
  }

  /** Some services generate a new id for each piece of one call. */
  #mayContinueAnother({ kind, index, name }: ToolCall): boolean {
    if (kind === 'custom') return false;
    for (const [other, spoken] of this.#spoken) {
      const isAlike = other.kind === kind && other.index === index && other.name === name;
      if (isAlike && !(spoken.index !== undefined && spoken.isWhole)) return true;
    }
    return false;
  }

  #begin(call: ToolCall, name: string): ToolCallPiece & { readonly index: number } {
    const seal = sealOfCall(call.callFields);
    const isCustom = call.kind === 'custom';
    const spoken = new Spoken(this.#count++, name, isCustom, seal !== undefined);
    this.#spoken.set(call, spoken);
    return {
      index: spoken.index!,
      id: this.#uniqueId(call.id),
      type: isCustom ? 'custom' : 'function',
      name,
      arguments: spoken.news(call),
      ...(seal !== undefined && { seal }),
    };
  }

  /** A result refers to its call by id alone. */
  #uniqueId(given: string | undefined): string {
    const id = given === undefined || this.#ids.has(given) ? newCallId() : given;
    this.#ids.add(id);
    return id;
  }

  #rest(call: ToolCall): ToolCallPiece | undefined {
    const built = call.build();
    const body = built[call.kind] as Record<string, string>;
    const name = body['name']!;
    const meant = body[call.kind === 'custom' ? 'input' : 'arguments']!;
    const before = this.#spoken.get(call);
    const first = before?.index === undefined ? this.#begin(call, name) : undefined;
    const spoken = this.#spoken.get(call)!;
    const text = spoken.name === name ? spoken.rest(meant) : undefined;
    if (text === undefined) throw contradiction();
    if (first !== undefined) return { ...first, arguments: first.arguments + text };
    const seal = spoken.hasSeal ? undefined : sealOfCall(call.callFields);
    if (text === '' && seal === undefined) return undefined;
    return { index: spoken.index!, arguments: text, ...(seal !== undefined && { seal }) };
  }
}

function contradiction(): UpstreamError {
  return invalid("The upstream's stream repeats or corrects what it said of a tool call.");
}

function invalid(message: string): UpstreamError {
  return new UpstreamError('upstream_invalid_response', message);
}
