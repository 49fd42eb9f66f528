import { type JsonObject } from '../../../protocol/json.js';
import { type ClientRequest } from '../../ports/dialect.js';
import { EventText } from '../reply/event-text.js';
import { type ResponseHead, documentOf, responseHead, responseOf } from '../reply/response-head.js';

/** How far a stream had come when it failed. */
export interface StreamState {
  /** Undefined where no event told it. */
  readonly head: ResponseHead | undefined;
  /** Of the next event. */
  readonly sequence: number;
}

/**
 * The events that end a stream with a failure. No single event reaches all clients: some look for `error`, with its
 * fields in it or in an object of their own, others for `response.failed` alone.
 * @param error in OpenAI's words
 * @param response as the service failed it, where it did
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

/** Clients read it as a text. */
function codeOf(code: unknown): string {
  return typeof code === 'string' && code !== ''
    ? code
    : typeof code === 'number'
      ? String(code)
      : 'server_error';
}

/** Every stream begins so, a failed one too. */
function begun(response: JsonObject, events: EventText): string {
  return events.of('response.created', { response });
}
