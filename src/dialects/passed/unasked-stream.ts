import { UpstreamError } from '../../errors/upstream-errors.js';
import { parseJson } from '../../protocol/json.js';
import { type ReplyGathering } from '../ports/received-reply.js';
import { ReportedFailure } from '../ports/upstream-dialect.js';
import { SseBoundary } from '../framing/sse-boundary.js';
import { sseEvents } from '../framing/sse-events.js';
import { eventError } from '../openai-chat/watching/event-error.js';

/**
 * A stream that arrived instead of a requested document, in a format whose streams cannot be
 * gathered: a failed call.
 */
export class UnaskedStream implements ReplyGathering {
  readonly #boundary = new SseBoundary();
  #failure: ReportedFailure | undefined;

  get isDone(): boolean {
    return this.#failure !== undefined;
  }

  isWholeDespite(): boolean {
    return false;
  }

  read(chunk: Buffer): void {
    const events = this.#boundary.push(chunk);
    if (events === undefined) return;
    for (const event of sseEvents(events.toString())) {
      const value = parseJson(event.data);
      const error = eventError(event, value);
      if (error !== undefined) this.#failure ??= new ReportedFailure(error, value);
    }
  }

  /** @throws ReportedFailure, UpstreamError */
  finish(): never {
    throw (
      this.#failure ??
      new UpstreamError(
        'upstream_invalid_response',
        'The upstream answered with a stream, which the request did not ask for.',
      )
    );
  }
}
