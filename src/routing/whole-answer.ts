import { UpstreamError } from '../errors/upstream-errors.js';
import { CompletionBuilder } from '../protocol/completion-builder.js';
import { type JsonObject, isJsonObject, parseJson } from '../protocol/json.js';
import { sseData } from '../protocol/sse-data.js';
import { StreamProgress } from '../protocol/stream-progress.js';
import { readUsage } from '../protocol/usage.js';
import { type AcceptedAnswer } from './deployment-caller.js';
import { type ChatCall } from '../providers/llm-provider.js';
import { type RequestRecord } from '../telemetry/request-record.js';
import { isJson, mediaType, saysUtf8 } from '../upstream/response-headers.js';
import { type UpstreamFailure } from '../upstream/upstream-failure.js';

const JSON_TYPE = 'application/json';

/** A whole answer, as bytes for the caller and as the object that they spell. */
export interface WholeAnswer {
  readonly bytes: Buffer;
  readonly contentType: string;
  readonly completion: JsonObject;
}

/**
 * Reads an answer to its end and makes sure that it is a chat completion: a page of HTML or half a document under
 * HTTP 200 is a failed call. A stream, from a service that only streams, is gathered into one completion.
 * @param limitBytes `limits.answer`: longer ones are refused rather than held in memory
 * @throws GatewayError
 */
export async function readWholeAnswer(
  answer: AcceptedAnswer,
  call: ChatCall,
  record: RequestRecord,
  failure: UpstreamFailure,
  limitBytes: number,
): Promise<WholeAnswer> {
  const { exchange, request } = answer;
  const received = await exchange.readAll(limitBytes);
  const contentType = exchange.headers['content-type'] ?? '';
  const isStream = mediaType(contentType) === 'text/event-stream';
  const completion = isStream ? gatherChunks(received, call.request.choiceCount) : parseObject(received);
  if (completion === undefined) throw invalid("The upstream's answer is not a JSON object.", exchange.status);
  if (!Array.isArray(completion['choices'])) {
    if (completion['error']) throw failure.fromError(completion['error'], request);
    throw invalid("The upstream's answer is JSON, but holds no choices.", exchange.status);
  }
  record.usage = readUsage(completion['usage']);
  if (isStream) return { completion, bytes: Buffer.from(JSON.stringify(completion)), contentType: JSON_TYPE };
  return {
    completion,
    bytes: received,
    contentType: isJson(contentType) && saysUtf8(contentType) ? contentType : JSON_TYPE,
  };
}

/** Whether it is one document, good or bad, though a stream was asked for. */
export function isDocument(contentType: string | undefined): boolean {
  return isJson(contentType) || mediaType(contentType) === 'text/html';
}

/** @throws UpstreamError for a stream that breaks off, or holds what is no chunk, or says what could mean two things */
function gatherChunks(bytes: Buffer, choiceCount: number): JsonObject {
  const progress = new StreamProgress(choiceCount);
  progress.read(bytes);
  const builder = new CompletionBuilder();
  const text = bytes.toString();
  const events = [...sseData(text)];
  for (const [at, data] of events.entries()) {
    if (data.trim() === '[DONE]') break;
    const chunk = parseJson(data);
    // Some services send these to keep a connection alive.
    if (chunk === null || data.trim() === '') continue;
    if (!isJsonObject(chunk)) {
      if (at === events.length - 1 && !ENDS_EVENT.test(text)) break;
      throw new UpstreamError(
        'upstream_invalid_response',
        "An event of the upstream's stream is not a JSON object.",
      );
    }
    if (chunk['error']) return chunk;
    builder.add(chunk);
  }
  if (!progress.isDone && !progress.isFinished)
    throw new UpstreamError('upstream_stream_interrupted', 'The upstream broke its answer off.');
  const completion = builder.build(true);
  if ((completion['choices'] as readonly unknown[]).length > 0) return completion;
  throw new UpstreamError('upstream_invalid_response', "The upstream's stream holds no choices.");
}

const ENDS_EVENT = /(?:\r\n|\n|\r)(?:\r\n|\n|\r)$/;

function invalid(message: string, upstreamStatus: number): UpstreamError {
  return new UpstreamError('upstream_invalid_response', message, { upstreamStatus });
}

function parseObject(text: Buffer | string): JsonObject | undefined {
  const value = parseJson(text.toString());
  return isJsonObject(value) ? value : undefined;
}
