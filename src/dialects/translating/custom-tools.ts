import { type Prompt } from '../../conversation/prompt.js';
import { type ReplyEvent, type ToolCallPiece } from '../../conversation/reply.js';
import { isJsonObject, parseLosslessJson, stringifyJson } from '../../protocol/json.js';

/*
 * Custom tools, whose input is free text, for services that support only functions: each becomes a
 * function with one text parameter, and its calls become the custom tool calls that the client
 * expects.
 */

const INPUT = 'input';

/** The JSON Schema of such a function's arguments. */
export const INPUT_SCHEMA = {
  type: 'object',
  properties: { [INPUT]: { type: 'string' } },
  required: [INPUT],
  additionalProperties: false,
} as const;

/** A custom tool's input as the arguments of the function. */
export function argumentsOfInput(text: string): string {
  return stringifyJson({ [INPUT]: text });
}

/** The input in such arguments; other text of the model remains unchanged. */
export function inputOfArguments(text: string): string {
  const value = parseLosslessJson(text);
  const input = isJsonObject(value) ? value[INPUT] : value;
  if (typeof input === 'string') return input;
  return input === undefined ? text : stringifyJson(input);
}

interface HeldCall {
  readonly piece: ToolCallPiece;
  text: string;
}

/**
 * Converts calls of these functions back into calls of the client's custom tools. Each is held
 * until the reply finishes, because its free text is a value in the JSON of its arguments, whose
 * pieces may arrive between those of other calls.
 */
export class CustomCalls {
  readonly #held = new Map<number, HeldCall>();
  /** Indexes of other calls. */
  readonly #others = new Set<number>();

  private constructor(private readonly names: ReadonlySet<string>) {}

  /** @returns undefined for a prompt without custom tools, whose replies need no conversion */
  static of({ tools }: Prompt): CustomCalls | undefined {
    const names = tools.filter(({ isCustom }) => isCustom === true).map(({ name }) => name);
    return names.length === 0 ? undefined : new CustomCalls(new Set(names));
  }

  /**
   * @returns the event as the client expects it, preceded at the end by the calls that were held
   */
  pass(event: ReplyEvent): readonly ReplyEvent[] {
    if (event.kind === 'tool-calls') return this.#pass(event.pieces);
    if (this.#held.size === 0 || (event.kind !== 'finish' && event.kind !== 'end')) return [event];
    const pieces = [...this.#held.values()].map(({ piece, text }) => ({
      ...piece,
      type: 'custom',
      arguments: inputOfArguments(text),
    }));
    this.#held.clear();
    return [{ kind: 'tool-calls', pieces }, event];
  }

  #pass(pieces: readonly ToolCallPiece[]): readonly ReplyEvent[] {
    const passed = pieces.filter((piece) => !this.#hold(piece));
    return passed.length === 0 ? [] : [{ kind: 'tool-calls', pieces: passed }];
  }

  #hold(piece: ToolCallPiece): boolean {
    const { index, type, name, seal } = piece;
    if (this.#others.has(index)) return false;
    const held = this.#held.get(index);
    if (held !== undefined) {
      held.text += piece.arguments;
      if (seal !== undefined) this.#held.set(index, { text: held.text, piece: { ...held.piece, seal } });
      return true;
    }
    if (type !== 'custom' && name !== undefined && this.names.has(name)) {
      this.#held.set(index, { piece, text: piece.arguments });
      return true;
    }
    this.#others.add(index);
    return false;
  }
}
