import { UpstreamError } from '../../../errors/upstream-errors.js';
import { isSame, isWholeObject, meantArguments, squeezed } from './call-arguments.js';
import { type JsonObject, isJsonObject } from '../../../protocol/json.js';
import { type Said, ToolCall, readEntry } from './tool-call.js';

/** Most calls in one message: assigning a piece compares it with each of them. */
export const MOST_CALLS = 1024;

/**
 * The tool calls of one message. Pieces are assigned by everything that identifies a call rather
 * than by index alone: services repeat ids, omit indexes (Gemini, Mistral), give all calls the same
 * one (Ollama) or count other things with it (Claude's blocks), and repeat names or write empty
 * ones.
 */
export class ToolCalls {
  readonly #calls: ToolCall[] = [];
  /**
   * Whether an entry without index and id was taken for a piece of the latest call, or for a new
   * one.
   */
  #hasGuessed = false;
  /** Whether the latest entry could not continue the call at its place. */
  #isOutOfPlace = false;

  get isEmpty(): boolean {
    return this.#calls.length === 0;
  }

  /** Index of a call among the others, in the order in which they began. */
  positionOf(call: ToolCall): number {
    return this.#calls.indexOf(call);
  }

  /**
   * @param entries of a delta's `tool_calls`
   * @returns the call of each entry
   * @throws UpstreamError for more calls than one message can contain
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

  /**
   * @throws UpstreamError if a call has no name, two sets of arguments, or pieces of other calls
   */
  build(): JsonObject[] {
    return this.meant().map((call) => call.build());
  }

  /**
   * The intended calls in their order, once the stream is complete.
   * @throws UpstreamError if pieces cannot be told apart
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
  // Once the arguments have begun, a name no longer comes in pieces, so another name begins another
  // call.
  if (name !== call.name) return true;
  // Some services repeat the name in each piece, while the arguments grow.
  if (!isWholeObject(text) || !isWholeObject(call.text) || isSame(call.text, text)) return false;
  return id === undefined || isFinished(call);
}

/**
 * Whether the arguments are certainly complete. An empty object is not: it may be a placeholder.
 */
function isFinished({ text }: ToolCall): boolean {
  return isWholeObject(text) && !isSame(text, '{}');
}

/**
 * Joins the pieces of one call to which a service gave an id each: they look like many calls, all
 * of them incomplete.
 */
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

/**
 * Drops guessed calls that repeat an earlier call completely. The pieces of the earlier call may
 * have been joined only at the end, so this could not be seen before.
 */
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
