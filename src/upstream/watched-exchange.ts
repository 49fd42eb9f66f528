import { type IncomingHttpHeaders } from 'node:http';
import { Inspection } from '../calls/inspection.js';
import { type TimeoutsConfig } from '../config/settings.js';
import { type AnswerSink } from './response/answer-source.js';
import { UpstreamExchange } from './upstream-exchange.js';
import { type UpstreamRequest } from './upstream-request.js';

/**
 * An event between the gateway and an upstream. It contains secrets, which must be masked before it
 * is shown.
 */
export type ExchangeEvent =
  | { readonly kind: 'sent'; readonly request: UpstreamRequest }
  | { readonly kind: 'answered'; readonly status: number; readonly headers: IncomingHttpHeaders }
  /** More of the body, decompressed. */
  | { readonly kind: 'data'; readonly chunk: Buffer };

/** Every exchange with an upstream in this process. */
export const EXCHANGES = new Inspection<ExchangeEvent>('exchange');

/** An exchange that `EXCHANGES` reports. */
export class WatchedExchange extends UpstreamExchange {
  #isReported = false;

  constructor(request: UpstreamRequest, timeouts: TimeoutsConfig, isStream: boolean) {
    super(timeouts, isStream);
    EXCHANGES.publish({ kind: 'sent', request });
  }

  override onResponseStart(controller: unknown, status: number, headers: IncomingHttpHeaders): void {
    if (status >= 200) EXCHANGES.publish({ kind: 'answered', status, headers });
    super.onResponseStart(controller, status, headers);
  }

  /** Always undefined, because the body is reported while it is read. */
  override get arrived(): undefined {
    return undefined;
  }

  /** A body that was peeked at is read twice, but reported once. */
  override readTo(sink: AnswerSink, isText?: boolean): void {
    if (this.#isReported) {
      super.readTo(sink, isText);
      return;
    }
    this.#isReported = true;
    const watched: AnswerSink = {
      onData: (chunk) => {
        EXCHANGES.publish({ kind: 'data', chunk: Buffer.from(chunk) });
        return sink.onData(chunk);
      },
      onEnd: () => sink.onEnd(),
      onError: (error) => sink.onError(error),
    };
    super.readTo(watched, isText);
  }
}
