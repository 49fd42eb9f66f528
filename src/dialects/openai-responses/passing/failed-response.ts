import { type JsonObject } from '../../../protocol/json.js';
import { type ClientRequest } from '../../ports/dialect.js';
import { EventText } from '../reply/event-text.js';
import { type ResponseHead, documentOf, responseHead, responseOf } from '../reply/response-head.js';

/** The state of a stream when it failed. */
export interface StreamState {
  /** Undefined if no event contained it. */
  readonly head: ResponseHead | undefined;
  /** The sequence number of the next event. */
  readonly sequence: number;
}

/**
 * The events that end a stream with a failure. No single event reaches all clients: some look for
 * `error`, with its fields directly in it or in an inner object, others only for `response.failed`.
 * @param error in OpenAI's format
 * @param response the failed response, if the service sent one
 */
export function failureEvents(
  error: JsonObject,
  { head, sequence }: StreamState,
  request: ClientRequest,
  response?: JsonObject,
): string {
  const { message, param } = error;
  const code = codeOf(error['code']);
  const events = new EventText(sequence);
  const flat = { code, message, param: param ?? null };
  const failed = response ?? responseOf(head ?? responseHead(request.model, undefined), documentOf(request));
  return (
    (head === undefined && response === undefined ? begun(failed, events) : '') +
    events.of('error', { ...flat, error }) +
    events.of('response.failed', {
      response: {
        ...failed,
        status: 'failed',
        error: { code, message },
      },
    })
  );
}

/** Clients expect a text. */
function codeOf(code: unknown): string {
  return typeof code === 'string' && code !== ''
    ? code
    : typeof code === 'number'
      ? String(code)
      : 'server_error';
}

/** Every stream begins with these events, even a failed one. */
function begun(response: JsonObject, events: EventText): string {
  return events.of('response.created', { response });
}
