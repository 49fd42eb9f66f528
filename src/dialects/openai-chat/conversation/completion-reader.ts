import { type ReplyEvent } from '../../../conversation/reply.js';
import { UpstreamError } from '../../../errors/upstream-errors.js';
import { errorOf } from '../../../protocol/errors/error-shape.js';
import { type JsonObject, isJsonObject } from '../../../protocol/json.js';
import { ReportedFailure } from '../../ports/upstream-dialect.js';
import { type Names } from '../../fields/shape.js';
import { readIndex } from '../gathering/positioned-items.js';
import { ChunkReader } from './chunk-reader.js';

/**
 * Reads a complete chat completion, or its first choice, like a single chunk of a stream.
 * @throws ReportedFailure for an error, UpstreamError for anything that is not a completion
 */
export function readCompletion(document: unknown, lost?: Names): readonly ReplyEvent[] {
  const error = errorOf(document, true);
  if (error !== undefined) throw new ReportedFailure(error, document);
  if (!isJsonObject(document)) throw invalid("The upstream's answer is not a JSON object.");
  const { choices, ...head } = document;
  if (!Array.isArray(choices)) throw invalid("The upstream's answer is JSON, but holds no choices.");
  const choice = firstOf(choices.filter(isJsonObject));
  if (choice === undefined) throw invalid("The upstream's answer holds no choices.");
  if (choices.length > 1) lost?.add('response.choices');
  const reader = new ChunkReader(lost);
  const { message, delta, text, finish_reason, ...fields } = choice;
  const given = isJsonObject(message) ? message : delta;
  const said = isJsonObject(given) ? withPositions(given) : { content: text };
  const events = reader.add({ ...head, choices: [{ ...fields, index: 0, delta: said, finish_reason }] });
  return [...events, ...reader.finish()];
}

function firstOf(choices: readonly JsonObject[]): JsonObject | undefined {
  return choices.find(({ index }) => readIndex(index) === 0) ?? choices[0];
}

/** In a complete message, each entry is a separate call. */
function withPositions({ tool_calls: calls, ...message }: JsonObject): JsonObject {
  if (!Array.isArray(calls)) return { ...message, tool_calls: calls };
  const known = (calls as readonly unknown[]).filter(isJsonObject);
  return { ...message, tool_calls: known.map((call, index) => ({ ...call, index })) };
}

function invalid(message: string): UpstreamError {
  return new UpstreamError('upstream_invalid_response', message);
}
