import { type JsonObject, isJsonObject } from './json.js';
import { SSE_DONE, sseEvent } from './sse-data.js';

/**
 * Says a whole chat completion as the stream that the caller asked for: per choice one chunk with the message, one
 * with the finish reason, then the usage if it was asked for, then `[DONE]`.
 * Wire format: https://platform.openai.com/docs/api-reference/chat-streaming
 */
export function completionToStream(completion: JsonObject, wantsUsage: boolean): string {
  const { choices, usage, object: _object, ...rest } = completion;
  const head = { ...rest, object: 'chat.completion.chunk' };
  const pending = wantsUsage ? { usage: null } : {};
  let events = '';
  for (const choice of (choices as readonly unknown[]).filter(isJsonObject)) {
    const { message, finish_reason, index = 0, logprobs, ...others } = choice;
    const delta = toDelta((message ?? {}) as JsonObject);
    const first = {
      ...others,
      index,
      delta,
      finish_reason: null,
      ...(logprobs !== undefined && { logprobs }),
    };
    events += sseEvent({ ...head, choices: [first], ...pending });
    events += sseEvent({
      ...head,
      choices: [{ index, delta: {}, finish_reason: finish_reason ?? 'stop' }],
      ...pending,
    });
  }
  if (wantsUsage && usage !== undefined) events += sseEvent({ ...head, choices: [], usage });
  return events + SSE_DONE;
}

/** In a delta, each tool call tells its position. */
function toDelta(message: JsonObject): JsonObject {
  const { tool_calls: toolCalls } = message;
  if (!Array.isArray(toolCalls)) return message;
  return { ...message, tool_calls: toolCalls.map((call: JsonObject, index) => ({ index, ...call })) };
}

/** Gathers the chunks of a stream into the one chat completion that they spell. */
export class CompletionBuilder {
  #head: JsonObject = {};
  #usage: unknown;
  readonly #choices = new Map<number, JsonObject & { message: JsonObject }>();

  add(chunk: JsonObject): void {
    const { choices, usage, ...head } = chunk;
    this.#head = { ...head, ...this.#head };
    if (usage !== undefined && usage !== null) this.#usage = usage;
    if (!Array.isArray(choices)) return;
    for (const choice of (choices as readonly unknown[]).filter(isJsonObject)) this.#addChoice(choice);
  }

  build(): JsonObject {
    const choices = [...this.#choices.values()].sort((a, b) => Number(a['index']) - Number(b['index']));
    for (const { message } of choices) {
      message['role'] ??= 'assistant';
      message['content'] ??= null;
    }
    return {
      ...this.#head,
      object: 'chat.completion',
      choices,
      ...(this.#usage !== undefined && { usage: this.#usage }),
    };
  }

  #addChoice(choice: JsonObject): void {
    const index = typeof choice['index'] === 'number' ? choice['index'] : 0;
    let built = this.#choices.get(index);
    if (built === undefined) {
      built = { index, message: {}, finish_reason: null };
      this.#choices.set(index, built);
    }
    const { delta, logprobs, finish_reason } = choice;
    if (isJsonObject(delta)) mergeDelta(built.message, delta);
    if (isJsonObject(logprobs)) {
      built['logprobs'] ??= {};
      mergeDelta(built['logprobs'] as JsonObject, logprobs);
    }
    if (typeof finish_reason === 'string') built['finish_reason'] = finish_reason;
  }
}

/** Texts grow, lists with positions merge by position, other lists append, anything else is replaced. */
function mergeDelta(target: JsonObject, delta: JsonObject): void {
  for (const [key, value] of Object.entries(delta)) {
    if (key === '__proto__') continue;
    const before = target[key];
    if (typeof value === 'string' && typeof before === 'string' && !NAMES.has(key))
      target[key] = before + value;
    else if (Array.isArray(value)) target[key] = mergeList(Array.isArray(before) ? before : [], value);
    else if (isJsonObject(value) && isJsonObject(before)) mergeDelta(before, value);
    else if (value !== null || before === undefined) target[key] = isJsonObject(value) ? { ...value } : value;
  }
}

/** Said once, and by some services again in every chunk. */
const NAMES: ReadonlySet<string> = new Set(['role', 'id', 'type', 'name']);

/** A position beyond this is not believed: it would make a list of that length. */
const MAX_LIST_INDEX = 1000;

function mergeList(target: unknown[], values: readonly unknown[]): unknown[] {
  for (const value of values) {
    const index = isJsonObject(value) ? value['index'] : undefined;
    if (
      !isJsonObject(value) ||
      !Number.isInteger(index) ||
      (index as number) < 0 ||
      (index as number) > MAX_LIST_INDEX
    ) {
      target.push(value);
      continue;
    }
    const { index: _index, ...part } = value;
    const before = target[index as number];
    if (isJsonObject(before)) mergeDelta(before, part);
    else target[index as number] = structuredClone(part);
  }
  return target;
}
