import { type ConnectionOptions, answered, call, requestIdOf } from './connection.js';
import { type ByteReader, eventData } from './event-data.js';
import { LlmGatewayError, errorFromObject, errorObjectOf, isObject } from './gateway-error.js';

/**
 * A stream is complete at `[DONE]`. This is the longest wait for the end of the response body
 * after it.
 */
const MAX_END_WAIT_MS = 500;

/** A message in OpenAI's format; other fields are sent unchanged. */
export interface ChatMessage {
  readonly role: string;
  readonly content?: unknown;
  readonly [field: string]: unknown;
}

/** `base_url`, `api_key` and `signal` belong to the client; every other option is a field of the request body. */
export interface ChatOptions extends ConnectionOptions {
  readonly max_tokens?: number | null | undefined;
  readonly temperature?: number | null | undefined;
  readonly [field: string]: unknown;
}

/**
 * Calls a model and returns the text of the first choice; empty if the model only calls tools.
 * @throws LlmGatewayError
 */
export async function chat(
  message: string | readonly ChatMessage[],
  model: string,
  options: ChatOptions = {},
): Promise<string> {
  const response = await call('chat/completions', options, bodyOf(message, model, options, false));
  const text = await answered(response.url, options.signal, () => response.text());
  const details = { status: response.status, requestId: requestIdOf(response) };
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (cause) {
    throw new LlmGatewayError('The response is not JSON.', { ...details, code: 'invalid_response', cause });
  }
  const choice = firstChoice(body);
  if (!isObject(choice) || !isObject(choice.message)) {
    throw new LlmGatewayError('The response is not a chat completion.', {
      ...details,
      code: 'invalid_response',
    });
  }
  const { content } = choice.message;
  return typeof content === 'string' ? content : '';
}

/**
 * Calls a model and yields the text as it arrives. Leaving the loop aborts the request.
 * @throws LlmGatewayError also if the stream reports an error or ends before `[DONE]`
 */
export async function* chatStream(
  message: string | readonly ChatMessage[],
  model: string,
  options: ChatOptions = {},
): AsyncGenerator<string, void> {
  const response = await call('chat/completions', options, bodyOf(message, model, options, true));
  const details = { status: response.status, requestId: requestIdOf(response) };
  const type = response.headers.get('content-type') ?? 'nothing';
  if (!/^text\/event-stream\b/iu.test(type) || response.body === null) {
    await response.body?.cancel();
    throw new LlmGatewayError(`The response is not a stream, but ${type}.`, {
      ...details,
      code: 'invalid_response',
    });
  }
  const reader = response.body.getReader();
  try {
    const events = eventData({ read: () => answered(response.url, options.signal, () => reader.read()) });
    for await (const event of events) {
      if (event === '[DONE]') return await readToEnd(reader);
      const chunk = chunkOf(event, details);
      const error = errorObjectOf(chunk);
      if (error !== undefined) throw errorFromObject(error, details.status, details.requestId);
      const choice = firstChoice(chunk);
      const content = isObject(choice) && isObject(choice.delta) ? choice.delta.content : undefined;
      if (typeof content === 'string' && content !== '') yield content;
    }
    throw new LlmGatewayError('The stream ended before the response was complete.', {
      ...details,
      code: 'stream_interrupted',
    });
  } finally {
    // Aborts the request if the loop was left early; after the end, it has no effect. A failed
    // connection rejects again here.
    await reader.cancel().catch(() => undefined);
  }
}

/** Reads to the end, so that the connection can be reused and the gateway sees no disconnect. */
async function readToEnd(reader: ByteReader): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const enough = new Promise<true>((resolve) => (timer = setTimeout(() => resolve(true), MAX_END_WAIT_MS)));
  const isOver = async (): Promise<boolean> => (await reader.read()).done;
  try {
    while (!(await Promise.race([isOver(), enough])));
  } catch {
    // The response was complete, so it does not matter how the connection ends.
  } finally {
    clearTimeout(timer);
  }
}

function bodyOf(
  message: string | readonly ChatMessage[],
  model: string,
  { base_url: _url, api_key: _key, signal: _signal, ...fields }: ChatOptions,
  stream: boolean,
): Record<string, unknown> {
  const messages = typeof message === 'string' ? [{ role: 'user', content: message }] : message;
  return { ...fields, model, messages, stream };
}

function chunkOf(
  event: string,
  details: { readonly status: number; readonly requestId: string | null },
): unknown {
  try {
    return JSON.parse(event) as unknown;
  } catch (cause) {
    throw new LlmGatewayError('The stream contains an event that is not JSON.', {
      ...details,
      code: 'invalid_response',
      cause,
    });
  }
}

/** The choice with index 0; if `n` is above 1, the choices arrive interleaved. */
function firstChoice(body: unknown): unknown {
  if (!isObject(body) || !Array.isArray(body.choices)) return undefined;
  const choices: readonly unknown[] = body.choices;
  return choices.find((choice) => isObject(choice) && (choice.index === 0 || choice.index === undefined));
}
