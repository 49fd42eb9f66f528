import { type ReplyEvent } from '../../../conversation/reply.js';
import { type JsonObject, isJsonObject, stringifyJson } from '../../../protocol/json.js';
import { type Names, UNNAMED } from '../../fields/shape.js';
import { sealOfText } from '../../translating/seals.js';
import { OPENAI_RESPONSES_NAME } from '../name.js';
import { PlacedSources } from './placed-sources.js';
import { CONTENT, ITEM_SHAPES, SILENT_EVENTS } from './shapes.js';

/** An output item, as far as it was read. */
interface Item {
  /** Undefined until an event contains it. */
  type: string | undefined;
  /** The index of a call among the reply's calls. */
  call?: number;
  /**
   * How many characters and citations of each text were read, by the kind of text and the part's
   * index.
   */
  readonly lengths: Map<string, number>;
  isDone: boolean;
  /** Whether an event has contained its position. */
  isPlaced: boolean;
}

type TextKind = 'text' | 'reasoning' | 'refusal';

/** The kinds of text by the type of their part. */
const TEXT_PARTS: Readonly<Record<string, { readonly kind: TextKind; readonly field: string }>> = {
  output_text: { kind: 'text', field: 'text' },
  refusal: { kind: 'refusal', field: 'refusal' },
  reasoning_text: { kind: 'reasoning', field: 'text' },
};
const CALLS: Readonly<Record<string, { readonly type: string; readonly field: string }>> = {
  function_call: { type: 'function', field: 'arguments' },
  custom_tool_call: { type: 'custom', field: 'input' },
};

/**
 * Reads the items of a response's output: from their deltas, and whatever no delta contained from
 * complete events and items. Each text is read once, even if it occurs several times.
 */
export class OutputReading {
  readonly #byIndex = new Map<unknown, Item>();
  readonly #byId = new Map<unknown, Item>();
  #callCount = 0;
  readonly #sources: PlacedSources;
  /** The latest item, for events with neither position nor id. */
  #last: Item | undefined;

  constructor(private readonly lost: Names = UNNAMED) {
    this.#sources = new PlacedSources(lost);
  }

  get hasCalls(): boolean {
    return this.#callCount > 0;
  }

  /** Whether there are items and all have ended. */
  get isWhole(): boolean {
    const items = [...this.#byIndex.values(), ...this.#byId.values()];
    return items.length > 0 && items.every(({ isDone }) => isDone);
  }

  /** @returns no events for an irrelevant one */
  read(event: JsonObject, type: string | undefined): readonly ReplyEvent[] {
    const { delta } = event;
    switch (type) {
      case 'response.output_item.added':
        return this.#readItem(event['output_index'], event['item'], false);
      case 'response.output_item.done':
        return this.#readItem(event['output_index'], event['item'], true);
      case 'response.content_part.done':
        CONTENT.lost(event['part'], 'response.', this.lost);
        return this.#readPart(this.#itemOf(event), event['content_index'], event['part']);
      case 'response.output_text.delta':
        return this.#readDelta('text', event, event['content_index'], delta);
      case 'response.output_text.done':
        return this.#readRest('text', this.#itemOf(event), event['content_index'], event['text']);
      case 'response.output_text.annotation.added':
        return this.#sources.read(
          this.#itemOf(event).lengths,
          event['content_index'],
          event['annotation_index'],
          [event['annotation']],
        );
      case 'response.refusal.delta':
        return this.#readDelta('refusal', event, event['content_index'], delta);
      case 'response.refusal.done':
        return this.#readRest('refusal', this.#itemOf(event), event['content_index'], event['refusal']);
      case 'response.reasoning_text.delta':
        return this.#readDelta('reasoning', event, event['content_index'], delta);
      case 'response.reasoning_text.done':
        return this.#readRest('reasoning', this.#itemOf(event), event['content_index'], event['text']);
      case 'response.reasoning_summary_text.delta':
      case 'response.reasoning_summary.delta':
        return this.#readDelta('summary', event, event['summary_index'], delta);
      case 'response.reasoning_summary_text.done':
      case 'response.reasoning_summary.done':
        return this.#readRest('summary', this.#itemOf(event), event['summary_index'], event['text']);
      case 'response.function_call_arguments.delta':
      case 'response.custom_tool_call_input.delta':
        return this.#readCallDelta(this.#itemOf(event), delta);
      case 'response.function_call_arguments.done':
        return this.#readCallRest(this.#itemOf(event), event['arguments']);
      case 'response.custom_tool_call_input.done':
        return this.#readCallRest(this.#itemOf(event), event['input']);
      default:
        if (!SILENT_EVENTS.has(type) && !this.#isOfLost(event)) this.lost.add(nameOf(type!));
        return [];
    }
  }

  /** Reads the parts of the complete output that no event contained. */
  readAll(output: readonly unknown[]): readonly ReplyEvent[] {
    return output.flatMap((item, index) => {
      const id = isJsonObject(item) ? item['id'] : undefined;
      const known = this.#byId.get(id) ?? (id === undefined ? this.#byIndex.get(index) : undefined);
      return known?.isDone === true
        ? []
        : this.#readItem(known === undefined ? undefined : index, item, true);
    });
  }

  #readItem(index: unknown, value: unknown, isDone: boolean): readonly ReplyEvent[] {
    if (!isJsonObject(value) || typeof value['type'] !== 'string') return [];
    const { type, id } = value as JsonObject & { readonly type: string };
    const isNext = index === undefined && id === undefined && (this.#last?.isDone ?? true);
    const item = isNext ? this.#begin() : this.#itemOf({ output_index: index, item_id: id });
    if (item.isDone) return [];
    item.type = type;
    item.isDone = isDone;
    const shape = ITEM_SHAPES.get(type);
    if (shape === undefined) this.lost.add(`response.${type}`);
    else if (isDone) shape.lost(value, 'response.', this.lost);
    const call = CALLS[item.type];
    if (call !== undefined) {
      const events = this.#readCall(item, call, value);
      // Some services send no arguments for a call without any, but clients of other formats expect
      // JSON.
      const isEmpty = isDone && call.type === 'function' && item.lengths.get('call') === 0;
      return isEmpty ? [...events, ...this.#readCallDelta(item, '{}')] : events;
    }
    const { content, summary, encrypted_content: sealed } = value;
    const events: ReplyEvent[] = [];
    if (Array.isArray(content))
      for (const [at, part] of content.entries()) events.push(...this.#readPart(item, at, part));
    if (Array.isArray(summary)) {
      for (const [at, part] of summary.entries())
        if (isJsonObject(part)) events.push(...this.#readRest('summary', item, at, part['text']));
    }
    if (isDone && item.type === 'reasoning' && typeof sealed === 'string' && sealed !== '')
      events.push({ kind: 'seal', seal: sealOfText(sealed, OPENAI_RESPONSES_NAME) });
    return events;
  }

  #readPart(item: Item, index: unknown, part: unknown): readonly ReplyEvent[] {
    const known = isJsonObject(part) ? TEXT_PARTS[String(part['type'])] : undefined;
    if (known === undefined) {
      if (isJsonObject(part)) this.lost.add(`response.${String(part['type'])}`);
      return [];
    }
    const { [known.field]: text, annotations } = part as JsonObject;
    const events = this.#readRest(known.kind, item, index, text);
    return Array.isArray(annotations)
      ? [...events, ...this.#sources.read(item.lengths, index, 0, annotations)]
      : events;
  }

  #readDelta(kind: TextKind | 'summary', event: JsonObject, index: unknown, delta: unknown): ReplyEvent[] {
    if (typeof delta !== 'string' || delta === '') return [];
    const item = this.#itemOf(event);
    const key = keyOf(kind, index);
    const length = item.lengths.get(key);
    if (length === undefined && !mayBegin(item, kind)) return this.#loseRepeated(kind);
    const between = length === undefined && kind === 'summary' ? betweenSummaries(item) : '';
    item.lengths.set(key, (length ?? 0) + delta.length);
    if (kind === 'text') this.#sources.note(item.lengths, index, delta.length);
    return [{ kind: kind === 'summary' ? 'reasoning' : kind, delta: between + delta }];
  }

  /** @param whole the text that begins with the deltas so far */
  #readRest(kind: TextKind | 'summary', item: Item, index: unknown, whole: unknown): readonly ReplyEvent[] {
    if (typeof whole !== 'string') return [];
    const length = item.lengths.get(keyOf(kind, index)) ?? 0;
    if (whole.length <= length) return [];
    const key = keyOf(kind, index);
    if (length === 0 && !mayBegin(item, kind)) return this.#loseRepeated(kind);
    const between = length === 0 && kind === 'summary' ? betweenSummaries(item) : '';
    item.lengths.set(key, whole.length);
    if (kind === 'text') this.#sources.note(item.lengths, index, whole.length - length);
    return [{ kind: kind === 'summary' ? 'reasoning' : kind, delta: between + whole.slice(length) }];
  }

  /** Reports reasoning as lost if it arrived in another form than the one that was read. */
  #loseRepeated(kind: TextKind | 'summary'): ReplyEvent[] {
    this.lost.add(kind === 'summary' ? 'response.summary' : 'response.reasoning_text');
    return [];
  }

  /** Whether an event belongs to an item that was reported as lost. */
  #isOfLost({ output_index: index, item_id: id }: JsonObject): boolean {
    const type = (this.#byIndex.get(index) ?? this.#byId.get(id))?.type;
    return type !== undefined && !ITEM_SHAPES.has(type);
  }

  #readCall(
    item: Item,
    { type, field }: { readonly type: string; readonly field: string },
    value: JsonObject,
  ): readonly ReplyEvent[] {
    const said = value[field];
    const text = typeof said === 'string' ? said : isJsonObject(said) ? stringifyJson(said) : '';
    if (item.call !== undefined) return this.#readCallRest(item, text);
    const { call_id: callId, id, name } = value;
    item.call = this.#callCount++;
    item.lengths.set('call', text.length);
    const given = typeof callId === 'string' && callId !== '' ? callId : id;
    const piece = {
      index: item.call,
      ...(typeof given === 'string' && { id: given }),
      type,
      ...(typeof name === 'string' && { name }),
      arguments: text,
    };
    return [{ kind: 'tool-calls', pieces: [piece] }];
  }

  #readCallDelta(item: Item, delta: unknown): readonly ReplyEvent[] {
    if (typeof delta !== 'string' || item.call === undefined) return [];
    item.lengths.set('call', (item.lengths.get('call') ?? 0) + delta.length);
    return [{ kind: 'tool-calls', pieces: [{ index: item.call, arguments: delta }] }];
  }

  #readCallRest(item: Item, whole: unknown): readonly ReplyEvent[] {
    const length = item.lengths.get('call') ?? 0;
    if (typeof whole !== 'string' || whole.length <= length) return [];
    return this.#readCallDelta(item, whole.slice(length));
  }

  /** Finds an item by its position, its id, or both, depending on the event. */
  #itemOf({ output_index: index, item_id: id }: JsonObject): Item {
    const isNamed = index !== undefined || id !== undefined;
    const known = isNamed ? (this.#byIndex.get(index) ?? this.#ofId(id, index)) : this.#last;
    const item = known ?? this.#begin();
    if (index !== undefined) {
      this.#byIndex.set(index, item);
      item.isPlaced = true;
    }
    if (id !== undefined) this.#byId.set(id, item);
    this.#last = item;
    return item;
  }

  /** An item at another position is a different one, even with the same id. */
  #ofId(id: unknown, index: unknown): Item | undefined {
    const item = this.#byId.get(id);
    return index !== undefined && item?.isPlaced === true ? undefined : item;
  }

  #begin(): Item {
    this.#last = { type: undefined, lengths: new Map(), isDone: false, isPlaced: false };
    return this.#last;
  }
}

/**
 * The name under which an event is reported as lost. Event names usually begin with `response.`
 * already.
 */
function nameOf(type: string): string {
  return type.startsWith('response.') ? type : `response.${type}`;
}

function keyOf(kind: string, index: unknown): string {
  return `${kind} ${typeof index === 'number' ? index : 0}`;
}

/** Reasoning is read once: either its text or its summary, whichever arrives first. */
function mayBegin(item: Item, kind: TextKind | 'summary'): boolean {
  if (kind !== 'reasoning' && kind !== 'summary') return true;
  const other = kind === 'reasoning' ? 'summary' : 'reasoning';
  return ![...item.lengths.keys()].some((key) => key.startsWith(other));
}

function betweenSummaries({ lengths }: Item): string {
  return [...lengths.keys()].some((key) => key.startsWith('summary')) ? '\n\n' : '';
}
