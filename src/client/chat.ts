import { type ConnectionOptions, answered, call, requestIdOf } from './connection.js';
import { type ByteReader, eventData } from './event-data.js';
import { LlmGatewayError, errorFromObject, errorObjectOf, isObject } from './gateway-error.js';

/** An answer is complete with `[DONE]`; a service that then forgets to close is not waited for. */
const MAX_END_WAIT_MS = 500;

/** A message in OpenAI's shape; whatever else it holds is sent along. */
export interface ChatMessage {
  readonly role: string;
  readonly content?: unknown;
  readonly [field: string]: unknown;
}

/** `base_url`, `api_key` and `signal` are the client's; every other option is a field of the API's body. */
export interface ChatOptions extends ConnectionOptions {
  readonly max_tokens?: number | null | undefined;
  readonly temperature?: number | null | undefined;
  readonly [field: string]: unknown;
}

/**
 * Asks a model, and returns the text of its (first) answer; empty when it only calls tools.
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
    throw new LlmGatewayError('The answer is not JSON.', { ...details, code: 'invalid_response', cause });
  }
  const choice = firstChoice(body);
  if (!isObject(choice) || !isObject(choice.message)) {
    throw new LlmGatewayError('The answer is not a chat completion.', {
      ...details,
      code: 'invalid_response',
    });
  }
  const { content } = choice.message;
  return typeof content === 'string' ? content : '';
}

/**
 * Asks a model, and yields its answer piece by piece. Leaving the loop aborts the request.
 * @throws LlmGatewayError also when the stream reports an error or ends before `[DONE]`: half an answer is none
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
    throw new LlmGatewayError(`The answer is not a stream, but ${type}.`, {
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
    throw new LlmGatewayError('The stream ended before the answer was complete.', {
      ...details,
      code: 'stream_interrupted',
    });
  } finally {
    // Ends the request when the loop was left early; after the end it does nothing. A connection that has failed
    // would say so once more here.
    await reader.cancel().catch(() => undefined);
  }
}

/** Takes the end of the answer off the connection, which can then be used again, and is no hang-up to the gateway. */
async function readToEnd(reader: ByteReader): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const enough = new Promise<true>((resolve) => (timer = setTimeout(() => resolve(true), MAX_END_WAIT_MS)));
  const isOver = async (): Promise<boolean> => (await reader.read()).done;
  try {
    while (!(await Promise.race([isOver(), enough])));
  } catch {
    // The answer was complete; how the connection ends does not matter.
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
    throw new LlmGatewayError('The stream holds an event that is not JSON.', {
      ...details,
      code: 'invalid_response',
      cause,
    });
  }
}

/** The choice with index 0: with `n` above 1 the answers come interleaved, and one text is asked for. */
function firstChoice(body: unknown): unknown {
  if (!isObject(body) || !Array.isArray(body.choices)) return undefined;
  const choices: readonly unknown[] = body.choices;
  return choices.find((choice) => isObject(choice) && (choice.index === 0 || choice.index === undefined));
}
