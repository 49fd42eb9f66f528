import { credentialRefused } from '../../../errors/credential-words.js';
import { saysError } from '../../../protocol/errors/error-shape.js';
import { type JsonObject, isJsonObject, parseJson } from '../../../protocol/json.js';
import { readSigns } from '../../../upstream/failure/failure-signs.js';
import { type SecretRedactor } from '../../../upstream/secret-redactor.js';
import { type UpstreamRequest } from '../../../upstream/upstream-request.js';

const BETWEEN_EVENTS = /((?:\r\n|\n|\r(?!\n)){2,})/;
const BETWEEN_LINES = /(\r\n|\n|\r)/;
/** The fields of a choice with the model's own text. */
const CONTENT: ReadonlySet<string> = new Set(['delta', 'message', 'text', 'logprobs']);

/**
 * Removes secrets from everything in a stream that is not content: errors, comments and other
 * events. Events without secrets and the model's own text keep every byte.
 * @param events begins and ends between events
 */
export function cleanEvents(events: Buffer, redactor: SecretRedactor, request: UpstreamRequest): Buffer {
  // Latin-1 preserves every byte.
  const parts = events.toString('latin1').split(BETWEEN_EVENTS);
  let isChanged = false;
  for (const [index, part] of parts.entries()) {
    const event = Buffer.from(part, 'latin1').toString();
    const clean = cleanEvent(event, redactor, request);
    if (clean === event) continue;
    parts[index] = Buffer.from(clean).toString('latin1');
    isChanged = true;
  }
  return isChanged ? Buffer.from(parts.join(''), 'latin1') : events;
}

function cleanEvent(event: string, redactor: SecretRedactor, request: UpstreamRequest): string {
  const lines = event.split(BETWEEN_LINES);
  const isData = (line: string): boolean => line.startsWith('data:');
  const data = lines.filter(isData).map((line) => line.slice(line[5] === ' ' ? 6 : 5));
  const changed = cleanData(data.join('\n'), redactor, request);
  let clean = changed;
  for (const [index, line] of lines.entries()) {
    if (!isData(line)) lines[index] = redactor.redact(line, request);
    else if (clean !== undefined) {
      lines[index] = `data: ${clean}`;
      // The first line now holds the other lines of this event's data.
      clean = '';
    }
  }
  const text = lines.join('');
  return changed === undefined ? text : text.replaceAll(/(?:\r\n|\n|\r)data: (?=$|\r|\n)/g, '');
}

/** @returns undefined if the data can remain unchanged */
function cleanData(data: string, redactor: SecretRedactor, request: UpstreamRequest): string | undefined {
  const value = parseJson(data);
  if (value === undefined) {
    const clean = redactor.redact(data, request);
    return clean === data ? undefined : clean.replaceAll(/[\r\n]+/g, ' ');
  }
  const clean = isJsonObject(value)
    ? cleanChunk(value, redactor, request)
    : redactor.redactValue(value, request);
  const text = JSON.stringify(clean);
  return text === JSON.stringify(value) ? undefined : text;
}

function cleanChunk(chunk: JsonObject, redactor: SecretRedactor, request: UpstreamRequest): JsonObject {
  const { choices, ...rest } = chunk;
  const isContent = Array.isArray(choices);
  if (isContent && !saysError(chunk['error']) && !choices.some(hasError)) return withoutEmptyError(chunk);
  const clean = redactor.redactValue(rest, request) as Record<string, unknown>;
  if (isJsonObject(clean['error'])) clean['error'] = inOwnWords(clean['error'], request);
  else if (typeof clean['error'] === 'string' && readSigns(clean['error']).reason === 'credential') {
    clean['error'] = credentialRefused(request.model, clean['error']);
  }
  if (!isContent) {
    return choices === undefined ? clean : { ...clean, choices: redactor.redactValue(choices, request) };
  }
  return { ...clean, choices: choices.map((choice: unknown) => cleanChoice(choice, redactor, request)) };
}

function cleanChoice(choice: unknown, redactor: SecretRedactor, request: UpstreamRequest): unknown {
  if (!isJsonObject(choice)) return choice;
  const entries = Object.entries(choice).map(([name, value]) => [
    name,
    CONTENT.has(name) ? value : redactor.redactValue(value, request),
  ]);
  return Object.fromEntries(entries) as unknown;
}

/**
 * Removes an `error` object that reports no error, because SDKs treat any truthy value there as an
 * error.
 */
function withoutEmptyError(chunk: JsonObject): JsonObject {
  const { error, ...rest } = chunk;
  return typeof error === 'object' && error !== null ? rest : chunk;
}

/**
 * Says that a credential was the gateway's, so that no client takes it for its own key.
 * @param said everything that the service sent, if that is more than the error
 */
export function inOwnWords(error: JsonObject, { model }: UpstreamRequest, said: unknown = error): JsonObject {
  if (readSigns(said).reason !== 'credential') return error;
  const { message } = error;
  return {
    ...error,
    message: credentialRefused(model, typeof message === 'string' ? message : undefined),
    type: 'upstream_error',
    code: 'upstream_auth_failed',
  };
}

function hasError(choice: unknown): boolean {
  return isJsonObject(choice) && saysError(choice['error']);
}
