import { UpstreamError } from '../../../errors/upstream-errors.js';
import { defaultFinishReason, readFinishReason } from '../finish-reason.js';
import { type JsonObject, isJsonObject } from '../../../protocol/json.js';
import { isEmpty, mergeFields, readIndex } from './merge-fields.js';
import { addContent, plainContent } from './message-content.js';
import { messageText } from '../../../protocol/message-text.js';
import { ToolCalls } from './tool-calls.js';

/** Said of a stream as a whole: the first chunk that knows it decides, and later ones only fill what is missing. */
const SAID_ONCE: ReadonlySet<string> = new Set([
  'id',
  'created',
  'model',
  'system_fingerprint',
  'service_tier',
]);

/**
 * Gathers the chunks of a stream into the one chat completion that they spell, also where a service deviates from the
 * format: what it meant is gathered, and what could mean two things is refused.
 * Wire format: https://platform.openai.com/docs/api-reference/chat-streaming
 */
export class CompletionBuilder {
  readonly #head: JsonObject = {};
  #usage: unknown;
  readonly #choices = new Map<number, ChoiceBuilder>();

  /** @throws UpstreamError for `choices` that are no list */
  add(chunk: JsonObject): void {
    const { choices, usage, object, ...head } = chunk;
    for (const [key, value] of Object.entries(head)) this.#addHead(key, value);
    this.#addUsage(usage);
    if (isEmpty(choices)) return;
    if (!Array.isArray(choices))
      throw new UpstreamError(
        'upstream_invalid_response',
        "The choices in the upstream's stream are no list.",
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
   * @param isDone the service said that the stream is complete: a choice without a reason to end has ended all the same
   * @throws UpstreamError where what was said of a tool call is incomplete or contradictory
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
    const before = this.#head[key];
    const saysNothing = isEmpty(value) || (key === 'created' && value === 0);
    if (before === undefined) this.#head[key] = value;
    else if (saysNothing) return;
    else if (SAID_ONCE.has(key)) {
      if (isEmpty(before) || before === 0) this.#head[key] = value;
    } else if (isJsonObject(before) && isJsonObject(value)) mergeFields(before, value);
    else if (!(Array.isArray(value) && value.length === 0)) this.#head[key] = value;
  }

  /** Some services count on in each chunk: the last count is the whole. */
  #addUsage(usage: unknown): void {
    if (isJsonObject(usage) && Object.keys(usage).length > 0) this.#usage = usage;
  }
}

/** One choice as its deltas spell it. */
class ChoiceBuilder {
  readonly #message: JsonObject = {};
  readonly #logprobs: JsonObject = {};
  readonly #fields: JsonObject = {};
  readonly #toolCalls = new ToolCalls();
  readonly #functionCall = new ToolCalls();
  /** Texts of messages that came in the place of deltas. */
  readonly #texts: string[] = [];
  #hasLogprobs = false;
  #finishReason: string | undefined;

  /** @param isWhole the service calls the chunk a completion: its message is all that was meant */
  add(choice: JsonObject, isWhole: boolean): void {
    const { index: _index, delta, message, text, logprobs, finish_reason, usage: _usage, ...fields } = choice;
    if (isJsonObject(delta)) this.#addDelta(delta);
    if (isJsonObject(message))
      this.#addMessage(message, isWhole, isJsonObject(delta) && saysSomething(delta));
    else if (typeof text === 'string' && !isJsonObject(delta)) this.#addDelta({ content: text });
    else if (text !== undefined) fields['text'] = text;
    if (isJsonObject(logprobs)) {
      this.#hasLogprobs = true;
      mergeFields(this.#logprobs, logprobs);
    }
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
      ...(this.#hasLogprobs && { logprobs: this.#logprobs }),
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

  /** A message in the place of a delta: a piece, or all that was said so far. */
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

/** Each text repeats the one before and goes on, or each is a piece. */
function meantText(texts: readonly string[]): string {
  const last = texts.at(-1)!;
  const isRepeating = texts.every((text, at) => at === 0 || text.startsWith(texts[at - 1]!));
  if (!isRepeating) return texts.join('');
  if (texts.length > 1 && texts[0] === last)
    throw new UpstreamError(
      'upstream_invalid_response',
      "The upstream's stream says the same message twice: as a whole or as pieces, nobody can tell.",
    );
  return last;
}

function saysSomething(delta: JsonObject): boolean {
  return Object.entries(delta).some(([key, value]) => key !== 'role' && !isEmpty(value));
}
