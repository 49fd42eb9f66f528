import { UpstreamError } from '../../../errors/upstream-errors.js';
import { type ReplyEvent } from '../../../conversation/reply.js';
import { type JsonObject, excessOf, isJsonObject, parseLosslessJson } from '../../../protocol/json.js';
import { messageText } from '../../../protocol/message-text.js';
import { type ReplyReader, ReportedFailure } from '../../ports/upstream-dialect.js';
import { type SseEvent } from '../../framing/sse-events.js';
import { isDone } from '../done.js';
import { laterUsage } from '../usage.js';
import { eventError } from '../watching/event-error.js';
import { readFinishReason } from '../finish-reason.js';
import { saysSomething } from '../gathering/completion-builder.js';
import { isEmpty } from '../gathering/merge-fields.js';
import { readIndex } from '../gathering/positioned-items.js';
import { type Names, UNNAMED } from '../../fields/shape.js';
import { CHUNK } from './reply/shapes.js';
import { OPEN_SEAL, sealOfDetail, textOfDetail } from './reasoning-details.js';
import { countsOf, stopSequenceOf, usualReason } from './reply/outcome.js';
import { RepeatedTexts } from './reply/repeated-texts.js';
import { SaidSources } from './reply/said-sources.js';
import { SaidText } from './reply/said-text.js';
import { SpokenCalls } from './reply/spoken-calls.js';

type TextKind = 'text' | 'reasoning' | 'refusal';

const NOTHING: readonly ReplyEvent[] = [];

/**
 * Reads the meaning of a stream's chunks, of one choice, even if a service deviates from the
 * format. Deviations are tolerated as in a gathered stream, and ambiguous pieces are held until
 * they are clear. Wire format: https://platform.openai.com/docs/api-reference/chat-streaming
 */
export class ChunkReader implements ReplyReader {
  isDone = false;
  /** The only choice that is read: the first to arrive. */
  #choice: number | undefined;
  #events: ReplyEvent[] = [];
  readonly #said = { text: new SaidText(), reasoning: new SaidText(), refusal: new SaidText() };
  readonly #calls = new SpokenCalls();
  /** The field with the service's tool calls; some services send them in both. */
  #callField: 'tool_calls' | 'function_call' | undefined;
  /** Messages that arrived instead of deltas and began the text. */
  #messages: RepeatedTexts | undefined;
  /** Whether the last event was reasoning that is not sealed yet. */
  #isThinking = false;
  /** Whether reasoning arrived in a field of its own. */
  #isOpen = false;
  /** Length of the text so far. */
  #textLength = 0;
  readonly #sources: SaidSources;
  #finishReason: string | undefined;
  #stopSequence: string | undefined;
  #usage: unknown;
  #tier: unknown;

  constructor(private readonly lost: Names = UNNAMED) {
    this.#sources = new SaidSources(lost);
  }

  read(event: SseEvent): readonly ReplyEvent[] {
    if (this.isDone) return NOTHING;
    const { data } = event;
    if (isDone(data)) return this.finish();
    const chunk = parseLosslessJson(data);
    const error = eventError(event, chunk);
    if (error !== undefined) throw new ReportedFailure(error, chunk);
    if (isJsonObject(chunk)) return this.add(chunk);
    // Some services send these to keep a connection alive; after the last chunk, nothing can be
    // missing.
    if (chunk === null || data.trim() === '' || this.#finishReason !== undefined) return NOTHING;
    throw invalid(`An event of the upstream's stream ${excessOf(data) ?? 'is not a JSON object'}.`);
  }

  end(): readonly ReplyEvent[] {
    if (this.isDone) return NOTHING;
    if (this.#finishReason !== undefined) return this.finish();
    throw new UpstreamError('upstream_stream_interrupted', 'The upstream broke its answer off.');
  }

  /** Reads one chunk. @throws UpstreamError */
  add(chunk: JsonObject): readonly ReplyEvent[] {
    const { choices, usage } = chunk;
    CHUNK.lost(chunk, 'response.', this.lost);
    this.#count(usage);
    this.#tier = chunk['service_tier'] ?? this.#tier;
    if (isEmpty(choices)) return NOTHING;
    if (!Array.isArray(choices)) throw invalid("The choices in the upstream's stream are no list.");
    let position = 0;
    for (const choice of choices as readonly unknown[]) {
      if (!isJsonObject(choice)) continue;
      const index = readIndex(choice['index']) ?? position;
      position++;
      if (this.#choice === undefined) this.#begin(index, chunk);
      if (index !== this.#choice) {
        this.lost.add('response.choices');
        continue;
      }
      this.#read(choice, chunk['object'] === 'chat.completion');
      if (isEmpty(usage)) this.#count(choice['usage']);
    }
    return this.#take();
  }

  /**
   * Call this when the service marks the reply as complete.
   * @throws UpstreamError if it is empty or ambiguous
   */
  finish(): readonly ReplyEvent[] {
    if (this.#choice === undefined) throw invalid("The upstream's stream holds no choices.");
    this.#settleMessages();
    const pieces = this.#calls.finish();
    this.#closeReasoning();
    if (pieces.length > 0) this.#events.push({ kind: 'tool-calls', pieces });
    const reason = usualReason(this.#finishReason, this.#calls.hasSpoken);
    const stopSequence = reason === 'stop' ? this.#stopSequence : undefined;
    this.#events.push({ kind: 'finish', reason, ...(stopSequence !== undefined && { stopSequence }) });
    const counts = countsOf(this.#usage, this.#tier);
    if (counts !== undefined) this.#events.push({ kind: 'usage', counts });
    this.#events.push({ kind: 'end' });
    this.isDone = true;
    return this.#take();
  }

  #begin(index: number, { id, model }: JsonObject): void {
    this.#choice = index;
    this.#events.push({
      kind: 'start',
      model: typeof model === 'string' ? model : '',
      id: nonEmpty(typeof id === 'number' || typeof id === 'bigint' ? `${id}` : id),
    });
  }

  /** @param isWhole the service labels the chunk as a completion, so its message is complete */
  #read(choice: JsonObject, isWhole: boolean): void {
    const { delta, message, text, finish_reason } = choice;
    if (isJsonObject(delta)) this.#readDelta(delta);
    if (isJsonObject(message))
      this.#readMessage(message, isWhole, isJsonObject(delta) && saysSomething(delta));
    else if (typeof text === 'string' && !isJsonObject(delta)) this.#readDelta({ content: text });
    this.#finishReason = readFinishReason(finish_reason) ?? this.#finishReason;
    this.#stopSequence = stopSequenceOf(choice) ?? this.#stopSequence;
  }

  #readDelta(delta: JsonObject): void {
    const { content, reasoning_details: details, refusal, tool_calls: calls, function_call: call } = delta;
    const reasoning = reasoningOf(delta);
    if (Array.isArray(details) && details.length > 0)
      this.#readDetails(details.filter(isJsonObject), reasoning);
    else this.#say('reasoning', reasoning);
    this.#isOpen ||= reasoning !== '';
    if (typeof content === 'string') {
      if (content !== '') this.#sayText(content);
    } else if (!isEmpty(content)) this.#readParts(content);
    if (typeof refusal === 'string') this.#say('refusal', refusal);
    this.#cite(delta['annotations']);
    this.#readCalls(calls, call);
  }

  /**
   * Reads signatures, each of which signs the text before it. Services that also send the text
   * unencrypted send it first.
   * @param reasoning the unencrypted text beside them
   */
  #readDetails(details: readonly JsonObject[], reasoning: string): void {
    const isSame = details.map(textOfDetail).join('') === reasoning;
    const saysText = reasoning === '' ? !this.#isOpen : isSame;
    if (!saysText) this.#say('reasoning', reasoning);
    for (const detail of details) {
      if (saysText) this.#say('reasoning', textOfDetail(detail));
      const seal = sealOfDetail(detail);
      if (seal === undefined) continue;
      this.#events.push({ kind: 'seal', seal });
      this.#isThinking = false;
    }
  }

  /** Mistral's reasoning models send lists of parts. */
  #readParts(content: unknown): void {
    for (const part of (Array.isArray(content) ? content : [content]) as readonly unknown[]) {
      const thought = thoughtIn(part);
      if (thought !== undefined) this.#say('reasoning', thought);
      else if (isJsonObject(part) && part['type'] === 'refusal')
        this.#say('refusal', messageText(part['refusal']));
      else this.#sayText(messageText(part));
    }
  }

  #readCalls(calls: unknown, functionCall: unknown): void {
    const entries = isJsonObject(calls) ? [calls] : calls;
    if (Array.isArray(entries) && entries.length > 0) this.#addCalls('tool_calls', entries);
    if (isJsonObject(functionCall)) this.#addCalls('function_call', [{ function: functionCall, index: 0 }]);
  }

  #addCalls(field: 'tool_calls' | 'function_call', entries: readonly unknown[]): void {
    this.#callField ??= field;
    if (this.#callField !== field) return;
    const pieces = this.#calls.add(entries);
    if (pieces.length === 0) return;
    this.#closeReasoning();
    this.#events.push({ kind: 'tool-calls', pieces });
  }

  /** Reads a message that arrived instead of a delta: a piece, or everything so far. */
  #readMessage(message: JsonObject, isWhole: boolean, isBesideDelta: boolean): void {
    const { content, refusal, tool_calls: calls, function_call: call } = message;
    const plain = messageText(content);
    this.#repeat('reasoning', reasoningOf(message) || thoughtsIn(content), isBesideDelta);
    if (typeof refusal === 'string') this.#repeat('refusal', refusal, isBesideDelta);
    if (plain !== '') this.#readMessageText(plain, isWhole, isBesideDelta);
    this.#cite(message['annotations']);
    if (!isBesideDelta || this.#calls.isEmpty) this.#readCalls(calls, call);
  }

  /** Handles a text in a message that may repeat the text so far. */
  #repeat(kind: TextKind, text: string, isBesideDelta: boolean): void {
    if (text === '') return;
    const news = this.#said[kind].beyond(text) ?? (isBesideDelta ? '' : text);
    this.#say(kind, news);
  }

  #readMessageText(text: string, isWhole: boolean, isBesideDelta: boolean): void {
    if (this.#messages !== undefined || this.#said.text.isEmpty) {
      this.#messages ??= new RepeatedTexts();
      return this.#say('text', this.#messages.add(text));
    }
    const news = this.#said.text.beyond(text);
    if (news !== undefined) return this.#say('text', news);
    if (isWhole) throw invalid("The upstream's stream corrects what it said.");
    return isBesideDelta ? undefined : this.#say('text', text);
  }

  #cite(annotations: unknown): void {
    if (!Array.isArray(annotations)) return;
    for (const event of this.#sources.add(annotations, this.#textLength)) this.#events.push(event);
  }

  /** Resolves messages that repeat each other; the first was emitted already. */
  #settleMessages(): void {
    if (this.#messages === undefined) return;
    const rest = this.#messages.finish();
    this.#messages = undefined;
    this.#say('text', rest);
  }

  #sayText(text: string): void {
    if (this.#messages !== undefined) this.#settleMessages();
    this.#say('text', text);
  }

  #say(kind: TextKind, delta: string): void {
    if (delta === '') return;
    if (kind === 'reasoning') this.#isThinking = true;
    else this.#closeReasoning();
    if (kind === 'text') this.#textLength += delta.length;
    this.#said[kind].add(delta);
    this.#events.push({ kind, delta });
  }

  /** Closes reasoning without a signature; services that send it unencrypted may want it back. */
  #closeReasoning(): void {
    if (!this.#isThinking) return;
    this.#isThinking = false;
    this.#events.push({ kind: 'seal', seal: OPEN_SEAL });
  }

  /** Some services update the count in each chunk: the last one is the total. */
  #count(usage: unknown): void {
    this.#usage = laterUsage(this.#usage, usage);
  }

  #take(): readonly ReplyEvent[] {
    const events = this.#events;
    if (events.length === 0) return NOTHING;
    this.#events = [];
    return events;
  }
}

/** The reasoning text of a message or a delta; some services send it in both fields. */
function reasoningOf({ reasoning_content: content, reasoning }: JsonObject): string {
  const said = isEmpty(content) ? reasoning : content;
  return typeof said === 'string' ? said : '';
}

function nonEmpty(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function thoughtsIn(content: unknown): string {
  return Array.isArray(content) ? content.map((part: unknown) => thoughtIn(part) ?? '').join('') : '';
}

/** The text of a part of reasoning; undefined for other parts. */
function thoughtIn(part: unknown): string | undefined {
  if (!isJsonObject(part) || (part['type'] !== 'thinking' && part['type'] !== 'reasoning')) return undefined;
  return messageText(part['thinking'] ?? part['reasoning'] ?? part['text']);
}

function invalid(message: string): UpstreamError {
  return new UpstreamError('upstream_invalid_response', message);
}
