import { randomUUID } from 'node:crypto';
import { UpstreamError } from '../../../errors/upstream-errors.js';
import { isSame, isWholeObject, meantArguments, squeezed } from './call-arguments.js';
import { type JsonObject, isJsonObject, stringifyJson } from '../../../protocol/json.js';
import { mergeFields } from './merge-fields.js';
import { readIndex } from './positioned-items.js';

/** Most calls in one message: assigning a piece compares it with each of them. */
export const MOST_CALLS = 1024;

/** The content of one entry of a delta's `tool_calls`. */
interface Said {
  readonly index: number | undefined;
  readonly id: string | undefined;
  readonly type: string | undefined;
  /** `function`, or `custom` with a text instead of JSON. */
  readonly kind: 'function' | 'custom';
  readonly name: string | undefined;
  /** A piece of the arguments, or of a custom tool's input. */
  readonly text: string;
  readonly callFields: JsonObject;
  readonly functionFields: JsonObject;
}

/** One tool call, as far as a stream has sent it. */
export class ToolCall {
  id: string | undefined;
  type: string | undefined;
  name: string | undefined;
  readonly pieces: string[] = [];
  readonly callFields: JsonObject = {};
  readonly functionFields: JsonObject = {};
  /** It began since its first entry could not continue the call at its place, and nothing identified it. */
  isGuessed = false;

  constructor(
    /** The service's own index, which may begin anywhere or be missing. */
    readonly index: number | undefined,
    readonly kind: 'function' | 'custom',
  ) {}

  get text(): string {
    return this.pieces.join('');
  }

  /** Whether its arguments are not a JSON object. */
  get isBroken(): boolean {
    const { kind, pieces } = this;
    return kind === 'function' && pieces.length > 0 && !isWholeObject(meantArguments(pieces));
  }

  add({ id, type, name, text, callFields, functionFields }: Said): void {
    this.id ??= id;
    this.type ??= type;
    if (name !== undefined) this.name = grownName(this.name, name, this.pieces.length > 0);
    if (text !== '') this.pieces.push(text);
    mergeFields(this.callFields, callFields);
    mergeFields(this.functionFields, functionFields);
  }

  /** The call as a message holds it. @throws UpstreamError if its function has no name */
  build(): JsonObject {
    if (this.name === undefined) {
      throw new UpstreamError(
        'upstream_invalid_response',
        "The upstream's stream holds a tool call without the name of its function.",
      );
    }
    const text = this.kind === 'custom' ? this.text : meantArguments(this.pieces) || '{}';
    return {
      id: this.id ?? newCallId(),
      type: this.type ?? this.kind,
      [this.kind]: {
        name: this.name,
        [this.kind === 'custom' ? 'input' : 'arguments']: text,
        ...this.functionFields,
      },
      ...this.callFields,
    };
  }
}

/**
 * The tool calls of one message. Pieces are assigned by everything that identifies a call rather than by
 * index alone: services repeat ids, omit indexes (Gemini, Mistral), give all calls the same one (Ollama) or
 * count other things with it (Claude's blocks), and repeat names or write empty ones.
 */
export class ToolCalls {
  readonly #calls: ToolCall[] = [];
  /** Without an index or an id, an entry was taken for a piece of the latest call, or for a new one. */
  #hasGuessed = false;
  /** The latest entry could not continue the call at its place. */
  #isOutOfPlace = false;

  get isEmpty(): boolean {
    return this.#calls.length === 0;
  }

  /** Index of a call among the others, in the order of their beginnings. */
  positionOf(call: ToolCall): number {
    return this.#calls.indexOf(call);
  }

  /**
   * @param entries of a delta's `tool_calls`
   * @returns for each entry the call that it belongs to
   * @throws UpstreamError for more calls than one message can mean
   */
  add(entries: readonly unknown[]): ToolCall[] {
    const touched: ToolCall[] = [];
    const isList = entries.length > 1;
    for (const [position, entry] of entries.entries()) {
      if (!isJsonObject(entry)) continue;
      const said = readEntry(entry);
      this.#isOutOfPlace = false;
      let call = this.#callOf(said, isList ? position : undefined, touched);
      if (call === undefined) {
        if (this.#calls.length === MOST_CALLS)
          throw new UpstreamError(
            'upstream_invalid_response',
            `A message of the upstream's holds more than ${MOST_CALLS} tool calls.`,
          );
        call = new ToolCall(said.index, said.kind);
        call.isGuessed = this.#isOutOfPlace;
        this.#calls.push(call);
      }
      call.add(said);
      touched.push(call);
    }
    return touched;
  }

  /** @throws UpstreamError where a call has no name, or two lists of arguments, or pieces of other calls */
  build(): JsonObject[] {
    return this.meant().map((call) => call.build());
  }

  /**
   * Those that the service means, in their order, once all is said.
   * @throws UpstreamError where pieces cannot be told apart
   */
  meant(): ToolCall[] {
    const calls = this.#calls.filter(
      ({ name, pieces, callFields }) =>
        name !== undefined || pieces.length > 0 || Object.keys(callFields).length > 0,
    );
    const joined = [...withoutRepeats(withoutSplits(calls))];
    if (this.#hasGuessed && joined.some((call) => call.isBroken))
      throw new UpstreamError(
        'upstream_invalid_response',
        "The upstream's stream does not tell which tool call a piece of arguments belongs to.",
      );
    if (joined.every(({ index }) => index !== undefined)) joined.sort((a, b) => a.index! - b.index!);
    return joined;
  }

  /** @returns undefined for a new call */
  #callOf(said: Said, position: number | undefined, touched: readonly ToolCall[]): ToolCall | undefined {
    const { index, id, name } = said;
    const sameId = id === undefined ? undefined : this.#calls.findLast((call) => call.id === id);
    let call = sameId ?? (index === undefined && id === undefined ? this.#repeated(said) : undefined);
    if (index !== undefined) {
      // Some services derive ids from functions rather than calls.
      if (sameId !== undefined && sameId.index !== undefined && sameId.index !== index && name !== undefined)
        return undefined;
      call ??= this.#calls.findLast((other) => other.index === index) ?? this.#withoutIndex(index);
    } else call ??= position === undefined ? this.#calls.at(-1) : this.#calls[position];
    if (call === undefined) return undefined;
    const isOther = (id !== undefined && id !== call.id) || name !== undefined;
    if (isOther && touched.includes(call)) return undefined;
    if (beginsAnother(call, said)) {
      if (id !== undefined) return undefined;
      this.#hasGuessed = this.#isOutOfPlace = true;
      return this.#repeated(said);
    }
    const isAlone = this.#calls.filter((other) => index === undefined || other.index === index).length < 2;
    const isNamedAgain = name !== undefined && call.name !== undefined && id === undefined;
    if (isNamedAgain || (sameId === undefined && !isAlone)) this.#hasGuessed = true;
    return call;
  }

  /** The call that an entry without an id repeats completely. */
  #repeated({ name, text }: Said): ToolCall | undefined {
    if (name === undefined || !isWholeObject(text)) return undefined;
    return this.#calls.find((call) => call.name === name && isSame(call.text, text));
  }

  #withoutIndex(position: number): ToolCall | undefined {
    const call = this.#calls[position];
    return call?.index === undefined ? call : undefined;
  }
}

/** Whether an entry begins another call, although its index leads to `call`. */
function beginsAnother(call: ToolCall, { id, name, text }: Said): boolean {
  if (id !== undefined && call.id !== undefined && id !== call.id) {
    // A call begins with a name. Some services change the id between two pieces of one call.
    return name !== undefined || text === '' || (isFinished(call) && !isSame(call.text, text));
  }
  if (name === undefined || call.name === undefined || call.pieces.length === 0) return false;
  // Until its arguments begin, a name may come in pieces.
  if (name !== call.name) return true;
  // Some services repeat the name in each piece, while the arguments grow.
  if (!isWholeObject(text) || !isWholeObject(call.text) || isSame(call.text, text)) return false;
  return id === undefined || isFinished(call);
}

/** An empty object may be complete, or a placeholder. */
function isFinished({ text }: ToolCall): boolean {
  return isWholeObject(text) && !isSame(text, '{}');
}

/** A service that makes up an id for each piece seems to make many calls, all of them incomplete. */
function withoutSplits(calls: readonly ToolCall[]): ToolCall[] {
  const joined: ToolCall[] = [];
  for (let at = 0; at < calls.length; at++) {
    const call = calls[at]!;
    let end = at + 1;
    while (end < calls.length && isFragment(calls[end]!, call)) end++;
    const text = calls.slice(at, end).map((part) => part.text);
    joined.push(call);
    if (end === at + 1 || !isFragment(call, call)) continue;
    if (isWholeObject(text.join(''))) call.pieces.push(...text.slice(1));
    else joined.push(...calls.slice(at + 1, end));
    // Pieces that form no complete object are not compared again, starting from each of them.
    at = end - 1;
  }
  return joined;
}

/** What a call repeats completely may have come in pieces that were joined only at the end. */
function withoutRepeats(calls: readonly ToolCall[]): readonly ToolCall[] {
  if (!calls.some(({ isGuessed }) => isGuessed)) return calls;
  const said = new Set<string>();
  return calls.filter(({ isGuessed, name, pieces, text }) => {
    const content = JSON.stringify([name, squeezed(meantArguments(pieces))]);
    if (isGuessed && isWholeObject(text) && said.has(content)) return false;
    said.add(content);
    return true;
  });
}

function isFragment(call: ToolCall, { kind, index, name }: ToolCall): boolean {
  const isAlike = call.kind === kind && call.index === index && call.name === name;
  return isAlike && kind === 'function' && call.pieces.length > 0 && !isWholeObject(call.text);
}

/** Some services repeat names, and others send them in pieces. */
function grownName(before: string | undefined, name: string, isFixed: boolean): string {
  if (before === undefined || name.startsWith(before)) return name;
  return isFixed ? before : before + name;
}

export function newCallId(): string {
  return `call_${randomUUID().replaceAll('-', '')}`;
}

function readEntry(entry: JsonObject): Said {
  const { index, id, type, function: called, custom, name, arguments: given, ...callFields } = entry;
  const kind = isJsonObject(custom) && !isJsonObject(called) ? 'custom' : 'function';
  const body = isJsonObject(called) ? called : isJsonObject(custom) ? custom : { name, arguments: given };
  const { name: ownName, arguments: ownArguments, input, ...functionFields } = body;
  return {
    index: readIndex(index),
    id: typeof id === 'number' || typeof id === 'bigint' ? String(id) : nonEmpty(id),
    type: nonEmpty(type),
    kind,
    name: nonEmpty(ownName),
    text: textOf(kind === 'custom' ? input : ownArguments),
    callFields,
    functionFields,
  };
}

function nonEmpty(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Arguments are JSON as a string; some services send the object itself. */
function textOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : stringifyJson(value);
}
