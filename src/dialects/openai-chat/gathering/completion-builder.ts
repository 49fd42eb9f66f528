import { UpstreamError } from '../../../errors/upstream-errors.js';
import { defaultFinishReason, readFinishReason } from '../finish-reason.js';
import { type JsonObject, isJsonObject } from '../../../protocol/json.js';
import { isEmpty, mergeFields } from './merge-fields.js';
import { readIndex } from './positioned-items.js';
import { addContent, plainContent } from './message-content.js';
import { messageText } from '../../../protocol/message-text.js';
import { laterUsage } from '../usage.js';
import { ToolCalls } from './tool-calls.js';

/**
 * Fields of the whole stream: the first chunk with a value decides, and later ones only add what is
 * missing.
 */
const SAID_ONCE: ReadonlySet<string> = new Set([
  'id',
  'created',
  'model',
  'system_fingerprint',
  'service_tier',
]);

/**
 * Builds one chat completion from the chunks of a stream. If a service deviates from the format,
 * the builder infers what was meant, and refuses ambiguous chunks. Wire format:
 * https://platform.openai.com/docs/api-reference/chat-streaming
 */
export class CompletionBuilder {
  readonly #head: JsonObject = {};
  #usage: unknown;
  readonly #choices = new Map<number, ChoiceBuilder>();

  /** @throws UpstreamError if `choices` is not a list */
  add(chunk: JsonObject): void {
    const { choices, usage, object, ...head } = chunk;
    for (const [key, value] of Object.entries(head)) this.#addHead(key, value);
    this.#addUsage(usage);
    if (isEmpty(choices)) return;
    if (!Array.isArray(choices))
      throw new UpstreamError(
        'upstream_invalid_response',
        "The choices in the upstream's stream are not a list.",
      );
    const known = (choices as readonly unknown[]).filter(isJsonObject);
    for (const [position, choice] of known.entries()) {
      const index = readIndex(choice['index']) ?? position;
      const built = this.#choices.get(index) ?? new ChoiceBuilder();
      this.#choices.set(index, built);
      built.add(choice, object === 'chat.completion');
      if (isEmpty(usage)) this.#addUsage(choice['usage']);
    }
  }

  /**
   * @param isDone the service marked the stream as complete, so a choice without a finish reason
   * has ended, too
   * @throws UpstreamError if a tool call is incomplete or contradictory
   */
  build(isDone = false): JsonObject {
    const choices = [...this.#choices]
      .sort(([a], [b]) => a - b)
      .map(([index, choice]) => ({ index, ...choice.build(isDone) }));
    return {
      ...this.#head,
      object: 'chat.completion',
      choices,
      ...(this.#usage !== undefined && { usage: this.#usage }),
    };
  }

  #addHead(key: string, value: unknown): void {
    if (key === '__proto__') return;
    const before = Object.hasOwn(this.#head, key) ? this.#head[key] : undefined;
    const saysNothing = isEmpty(value) || (key === 'created' && value === 0);
    if (before === undefined) this.#head[key] = value;
    else if (saysNothing) return;
    else if (SAID_ONCE.has(key)) {
      if (isEmpty(before) || before === 0) this.#head[key] = value;
    } else if (isJsonObject(before) && isJsonObject(value)) mergeFields(before, value);
    else if (!(Array.isArray(value) && value.length === 0)) this.#head[key] = value;
  }

  /** Some services update the counts in each chunk: the last ones are the total. */
  #addUsage(usage: unknown): void {
    this.#usage = laterUsage(this.#usage, usage);
  }
}

/** One choice, built from its deltas. */
class ChoiceBuilder {
  readonly #message: JsonObject = {};
  #logprobs: JsonObject | null | undefined;
  readonly #fields: JsonObject = {};
  readonly #toolCalls = new ToolCalls();
  readonly #functionCall = new ToolCalls();
  /** Texts of messages that arrived instead of deltas. */
  readonly #texts: string[] = [];
  #finishReason: string | undefined;

  /** @param isWhole the service labels the chunk as a completion, so its message is complete */
  add(choice: JsonObject, isWhole: boolean): void {
    const { index: _index, delta, message, text, logprobs, finish_reason, usage: _usage, ...fields } = choice;
    if (isJsonObject(delta)) this.#addDelta(delta);
    if (isJsonObject(message))
      this.#addMessage(message, isWhole, isJsonObject(delta) && saysSomething(delta));
    else if (typeof text === 'string' && !isJsonObject(delta)) this.#addDelta({ content: text });
    else if (text !== undefined) fields['text'] = text;
    if (isJsonObject(logprobs)) mergeFields((this.#logprobs ??= {}), logprobs);
    else if (logprobs === null) this.#logprobs ??= null;
    this.#finishReason = readFinishReason(finish_reason) ?? this.#finishReason;
    mergeFields(this.#fields, fields);
  }

  build(isDone: boolean): JsonObject {
    const message: JsonObject = { ...this.#message, content: plainContent(this.#content ?? null) };
    if (isEmpty(message['role'])) message['role'] = 'assistant';
    if (!this.#toolCalls.isEmpty) {
      const calls = this.#toolCalls.build();
      if (calls.length > 0) message['tool_calls'] = calls;
    }
    const [functionCall] = this.#functionCall.build();
    if (functionCall !== undefined) message['function_call'] = functionCall['function'];
    return {
      message,
      finish_reason: this.#finishReason ?? (isDone ? defaultFinishReason(message) : null),
      ...(this.#logprobs !== undefined && { logprobs: this.#logprobs }),
      ...this.#fields,
    };
  }

  #addDelta({ content, tool_calls: calls, function_call: call, ...fields }: JsonObject): void {
    if (content !== undefined) this.#message['content'] = addContent(this.#content, content);
    if (Array.isArray(calls)) this.#toolCalls.add(calls);
    else if (isJsonObject(calls)) this.#toolCalls.add([calls]);
    if (isJsonObject(call)) this.#functionCall.add([{ function: call, index: 0 }]);
    mergeFields(this.#message, fields);
  }

  /** Adds a message that arrived instead of a delta: a piece, or everything so far. */
  #addMessage(message: JsonObject, isWhole: boolean, isBesideDelta: boolean): void {
    const { content, ...fields } = message;
    for (const [key, value] of Object.entries(fields)) {
      const known = this.#message[key];
      const isRepeated = typeof value === 'string' && typeof known === 'string' && value.startsWith(known);
      if (isRepeated) this.#message[key] = value;
      else if (!isBesideDelta) this.#addDelta({ [key]: value });
    }
    const plain = plainContent(content);
    const before = messageText(this.#message['content']);
    const text = messageText(plain);
    if (text === '') return;
    if (before === '' && typeof plain === 'string') this.#texts.push(plain);
    else if (isWhole || text.trim().startsWith(before.trim())) this.#message['content'] = plain;
    else if (!isBesideDelta) this.#message['content'] = addContent(this.#message['content'], plain);
  }

  get #content(): unknown {
    if (this.#texts.length > 0) this.#message['content'] = meantText(this.#texts.splice(0));
    return this.#message['content'];
  }
}

/**
 * The text that consecutive messages of a stream mean: either each repeats and extends the previous
 * one, or each is a piece.
 * @throws UpstreamError if both are possible
 */
export function meantText(texts: readonly string[]): string {
  const last = texts.at(-1)!;
  const isRepeating = texts.every((text, at) => at === 0 || text.startsWith(texts[at - 1]!));
  if (!isRepeating) return texts.join('');
  if (texts.length > 1 && texts[0] === last)
    throw new UpstreamError(
      'upstream_invalid_response',
      "The upstream's stream repeats a message, and it is ambiguous whether as a whole or in pieces.",
    );
  return last;
}

export function saysSomething(delta: JsonObject): boolean {
  return Object.entries(delta).some(([key, value]) => key !== 'role' && !isEmpty(value));
}
