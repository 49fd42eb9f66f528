import { randomUUID } from 'node:crypto';
import { countOf, tierOf } from '../../conversation/usage-classes.js';
import { type ReplyEvent } from '../../conversation/reply.js';
import { UpstreamError } from '../../errors/upstream-errors.js';
import { type JsonObject, isJsonObject, parseLosslessJson, stringifyJson } from '../../protocol/json.js';
import { streamInterrupted } from '../../upstream/response/answer-source.js';
import { type ReplyReader, ReportedFailure } from '../ports/upstream-dialect.js';
import { type SseEvent } from '../framing/sse-events.js';
import { type Names, UNNAMED, shapeOf } from '../fields/shape.js';
import { GROUNDING, Grounding } from './grounding.js';
import { GEMINI_NAME, sealOfText, withSignature } from './thought-signature.js';

/** By the service's reason; any reason that is not listed becomes `stop`. */
const FINISH_REASONS: Readonly<Record<string, string>> = {
  MAX_TOKENS: 'length',
  CONTINUATION: 'length',
  SAFETY: 'content_filter',
  RECITATION: 'content_filter',
  BLOCKLIST: 'content_filter',
  PROHIBITED_CONTENT: 'content_filter',
  SPII: 'content_filter',
  LANGUAGE: 'content_filter',
  MODEL_ARMOR: 'content_filter',
  IMAGE_SAFETY: 'content_filter',
  IMAGE_PROHIBITED_CONTENT: 'content_filter',
  IMAGE_RECITATION: 'content_filter',
};
/**
 * Reasons without a usable reply: the model attempted an invalid tool call, or the service refused
 * the history.
 */
const BROKEN: ReadonlySet<string> = new Set([
  'MALFORMED_RESPONSE',
  'MISSING_THOUGHT_SIGNATURE',
  'MALFORMED_FUNCTION_CALL',
  'UNEXPECTED_TOOL_CALL',
  'TOO_MANY_TOOL_CALLS',
]);

/** The fields of a response that are read, and those without meaning for the reply. */
const RESPONSE = shapeOf('usageMetadata modelVersion responseId createTime error', {
  promptFeedback: shapeOf('blockReason'),
  candidates: shapeOf('index finishReason finishMessage', {
    content: shapeOf('role', {
      parts: shapeOf('text thought thoughtSignature', { functionCall: shapeOf('id name args') }),
    }),
    ...GROUNDING,
  }),
});

/**
 * Reads the responses of `streamGenerateContent`, each of which is a part of the reply. The reply
 * ends with the body.
 * @see https://ai.google.dev/api/generate-content#v1beta.GenerateContentResponse
 */
export class GeminiReader implements ReplyReader {
  readonly isDone = false;
  #hasBegun = false;
  #calls = 0;
  #hasThoughts = false;
  #finish: string | undefined;
  #explanation: string | undefined;
  #usage: JsonObject | undefined;
  #searches = 0;
  /** The reply's text so far. */
  #text = '';
  readonly #grounding: Grounding;

  constructor(private readonly lost: Names = UNNAMED) {
    this.#grounding = new Grounding(lost);
  }

  read({ data }: SseEvent): readonly ReplyEvent[] {
    if (data.trim() === '' || data.trim() === '[DONE]') return [];
    const value = parseLosslessJson(data);
    if (value === undefined)
      throw new UpstreamError('upstream_invalid_response', "An event of the upstream's stream is not JSON.");
    return this.readResponse(value);
  }

  /** @throws ReportedFailure, UpstreamError */
  readResponse(value: unknown): ReplyEvent[] {
    const response = Array.isArray(value) && value.length === 1 ? (value[0] as unknown) : value;
    if (!isJsonObject(response)) throw invalid('is not a JSON object');
    if (response['error'] !== undefined) throw new ReportedFailure(response['error'], response);
    RESPONSE.lost(response, 'response.', this.lost);
    const { candidates, promptFeedback, usageMetadata } = response;
    if (Array.isArray(candidates) && candidates.length > 1) this.lost.add('response.candidates');
    const [candidate] = Array.isArray(candidates) ? (candidates as readonly unknown[]) : [];
    const blocked = isJsonObject(promptFeedback) ? promptFeedback['blockReason'] : undefined;
    if (!isJsonObject(candidate) && blocked === undefined && !isJsonObject(usageMetadata))
      throw invalid('holds no candidates');
    const events: ReplyEvent[] = [];
    if (!this.#hasBegun) {
      this.#hasBegun = true;
      const { modelVersion, responseId } = response;
      events.push({
        kind: 'start',
        model: typeof modelVersion === 'string' ? modelVersion : '',
        id: typeof responseId === 'string' ? responseId : undefined,
      });
    }
    if (isJsonObject(usageMetadata)) this.#usage = usageMetadata;
    if (blocked !== undefined) {
      this.#finish = 'content_filter';
      this.#explanation = `The prompt was blocked: ${stringifyJson(blocked)}.`;
    }
    if (isJsonObject(candidate)) events.push(...this.#readCandidate(candidate, response));
    return events;
  }

  end(): readonly ReplyEvent[] {
    if (this.#finish === undefined) throw streamInterrupted();
    const reason = this.#calls > 0 && this.#finish === 'stop' ? 'tool_calls' : this.#finish;
    const events: ReplyEvent[] = [
      ...this.#grounding.citations(this.#text).map((citation) => ({ kind: 'citation' as const, citation })),
      {
        kind: 'finish',
        reason,
        ...(this.#explanation !== undefined && { explanation: this.#explanation }),
      },
    ];
    if (this.#usage !== undefined)
      events.push({ kind: 'usage', counts: countsOf(this.#usage, this.#searches) });
    return [...events, { kind: 'end' }];
  }

  #readCandidate(candidate: JsonObject, response: JsonObject): ReplyEvent[] {
    const { content, finishReason, finishMessage } = candidate;
    this.#searches = Math.max(this.#searches, searchesIn(candidate));
    const parts =
      isJsonObject(content) && Array.isArray(content['parts']) ? (content['parts'] as unknown[]) : [];
    const starts: number[] = [];
    const events = parts.flatMap((part) => {
      starts.push(this.#text.length);
      return isJsonObject(part) ? this.#readPart(part) : [];
    });
    this.#grounding.add(candidate, starts);
    if (typeof finishReason !== 'string' || finishReason === 'FINISH_REASON_UNSPECIFIED') return events;
    if (BROKEN.has(finishReason)) {
      const message =
        typeof finishMessage === 'string' ? finishMessage : `The model ended with ${finishReason}.`;
      throw new ReportedFailure({ message, code: finishReason }, response);
    }
    this.#finish = FINISH_REASONS[finishReason] ?? 'stop';
    if (this.#finish === 'content_filter')
      this.#explanation =
        typeof finishMessage === 'string' ? finishMessage : `The reply was blocked: ${finishReason}.`;
    return events;
  }

  #readPart({ text, thought, functionCall, thoughtSignature }: JsonObject): ReplyEvent[] {
    const signature = typeof thoughtSignature === 'string' ? thoughtSignature : undefined;
    if (isJsonObject(functionCall)) return [this.#readCall(functionCall, signature)];
    const events: ReplyEvent[] = [];
    if (typeof text === 'string' && thought !== true) this.#text += text;
    if (typeof text === 'string' && text !== '')
      events.push({ kind: thought === true ? 'reasoning' : 'text', delta: text });
    if (thought === true) this.#hasThoughts = true;
    if (signature !== undefined && thought === true)
      events.push({ kind: 'seal', seal: { dialect: GEMINI_NAME, value: signature } });
    // The service would like this signature back but does not require it, and a client that sees no
    // thoughts should not get an empty one after each text.
    else if (signature !== undefined && this.#hasThoughts)
      events.push({ kind: 'seal', seal: sealOfText(signature, text === undefined || text === '') });
    return events;
  }

  #readCall({ id, name, args }: JsonObject, signature: string | undefined): ReplyEvent {
    if (typeof name !== 'string' || name === '') throw invalid('calls a tool without a name');
    const plainId = typeof id === 'string' && id !== '' ? id : `call_${randomUUID().replaceAll('-', '')}`;
    const piece = {
      index: this.#calls++,
      id: signature === undefined ? plainId : withSignature(plainId, signature),
      type: 'function',
      name,
      arguments: stringifyJson(args ?? {}),
      ...(signature !== undefined && { seal: { dialect: GEMINI_NAME, value: signature } }),
    };
    return { kind: 'tool-calls', pieces: [piece] };
  }
}

/** The counts of a response under the names of OpenAI's chat; undefined if it has none. */
export function countsIn({ usageMetadata: usage }: JsonObject): JsonObject | undefined {
  return isJsonObject(usage) ? countsOf(usage, 0) : undefined;
}

function countsOf(usage: JsonObject, searches: number): JsonObject {
  const of = (name: string): number => countOf(usage[name]);
  const prompt = of('promptTokenCount') + of('toolUsePromptTokenCount');
  const completion = of('candidatesTokenCount') + of('thoughtsTokenCount');
  const tier = tierOf(usage['serviceTier']) ?? tierOf(trafficTier(usage['trafficType']));
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: {
      cached_tokens: of('cachedContentTokenCount'),
      ...modalities(usage['promptTokensDetails']),
    },
    completion_tokens_details: {
      reasoning_tokens: of('thoughtsTokenCount'),
      ...modalities(usage['candidatesTokensDetails']),
    },
    ...(searches > 0 && { server_tool_use: { web_search_requests: searches } }),
    ...(tier !== undefined && { service_tier: tier }),
  };
}

/**
 * `ON_DEMAND` or, with a tier, `ON_DEMAND_FLEX`.
 * @see https://docs.cloud.google.com/vertex-ai/generative-ai/docs/reference/rest/v1/GenerateContentResponse#TrafficType
 */
function trafficTier(type: unknown): unknown {
  return typeof type === 'string' ? type.replace(/^(?:ON_DEMAND_|TRAFFIC_TYPE_UNSPECIFIED$)/, '') : undefined;
}

/** @see https://ai.google.dev/api/generate-content#ModalityTokenCount */
function modalities(details: unknown): JsonObject {
  const counts: JsonObject = {};
  for (const each of Array.isArray(details) ? (details as readonly unknown[]) : []) {
    if (!isJsonObject(each)) continue;
    const { modality, tokenCount } = each;
    const count = countOf(tokenCount);
    if (modality === 'AUDIO' && count > 0) counts['audio_tokens'] = count;
    if (modality === 'IMAGE' && count > 0) counts['image_tokens'] = count;
  }
  return counts;
}

function searchesIn({ groundingMetadata: grounding }: JsonObject): number {
  const queries = isJsonObject(grounding) ? grounding['webSearchQueries'] : undefined;
  return Array.isArray(queries) ? queries.length : 0;
}

function invalid(what: string): UpstreamError {
  return new UpstreamError('upstream_invalid_response', `The upstream's answer ${what}.`);
}
