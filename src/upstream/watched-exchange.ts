import { type IncomingHttpHeaders } from 'node:http';
import { type TimeoutsConfig } from '../config/settings.js';
import { type AnswerSink } from './response/answer-source.js';
import { UpstreamExchange } from './upstream-exchange.js';
import { type UpstreamRequest } from './upstream-request.js';

/** What happens between the gateway and a model service. Holds secrets: mask them before showing it. */
export type ExchangeEvent =
  | { readonly kind: 'sent'; readonly request: UpstreamRequest }
  | { readonly kind: 'answered'; readonly status: number; readonly headers: IncomingHttpHeaders }
  /** More of the answer's body, unpacked. */
  | { readonly kind: 'data'; readonly chunk: Buffer };

export type ExchangeTrace = (event: ExchangeEvent) => void;

/** An exchange that somebody looks at: the workbench. */
export class WatchedExchange extends UpstreamExchange {
  #isTold = false;

  constructor(
    request: UpstreamRequest,
    timeouts: TimeoutsConfig,
    isStream: boolean,
    private readonly trace: ExchangeTrace,
  ) {
    super(timeouts, isStream);
    trace({ kind: 'sent', request });
  }

  override onResponseStart(controller: unknown, status: number, headers: IncomingHttpHeaders): void {
    if (status >= 200) this.trace({ kind: 'answered', status, headers });
    super.onResponseStart(controller, status, headers);
  }

  /** A body that was looked at before is read twice, and told once. */
  override readTo(sink: AnswerSink): void {
    if (this.#isTold) {
      super.readTo(sink);
      return;
    }
    this.#isTold = true;
    super.readTo({
      onData: (chunk) => {
        this.trace({ kind: 'data', chunk: Buffer.from(chunk) });
        return sink.onData(chunk);
      },
      onEnd: () => sink.onEnd(),
      onError: (error) => sink.onError(error),
    });
  }
}
