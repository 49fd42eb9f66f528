import { randomUUID } from 'node:crypto';
import { UpstreamError } from '../../../errors/upstream-errors.js';
import { isWholeObject, meantArguments } from './call-arguments.js';
import { type JsonObject, isJsonObject, stringifyJson } from '../../../protocol/json.js';
import { mergeFields } from './merge-fields.js';
import { readIndex } from './positioned-items.js';

/** The content of one entry of a delta's `tool_calls`. */
export interface Said {
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
  /**
   * Whether it was begun by a guess: its first entry could not continue the call at its place, and
   * nothing identified it.
   */
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

  /**
   * The call as a message contains it.
   * @throws UpstreamError if its function has no name
   */
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

/** The name after one more piece. Some services repeat names, and others send them in pieces. */
function grownName(before: string | undefined, name: string, isFixed: boolean): string {
  if (before === undefined || name.startsWith(before)) return name;
  return isFixed ? before : before + name;
}

export function newCallId(): string {
  return `call_${randomUUID().replaceAll('-', '')}`;
}

export function readEntry(entry: JsonObject): Said {
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
