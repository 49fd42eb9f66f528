import { type IncomingHttpHeaders } from 'node:http';
import { type LimitsConfig, type TimeoutsConfig } from '../../config/settings.js';
import { type WholeReply } from '../../dialects/dialect.js';
import { type GatewayError } from '../../errors/gateway-error.js';
import { type AnswerSource } from '../../upstream/response/answer-source.js';
import { type UpstreamRequest } from '../../upstream/upstream-request.js';

/** An answer that is good for the caller: read to its end, or a stream. */
export interface RoutedAnswer {
  readonly whole: WholeReply | undefined;
  /** Present where `whole` is not. */
  readonly stream: AnswerSource | undefined;
  /** The upstream's. */
  readonly headers: IncomingHttpHeaders;
  /** The request that was sent; its secrets are taken out of headers and in-band errors. */
  readonly request: UpstreamRequest;
  readonly limits: LimitsConfig;
  /** The clocks of the deployment that answers. */
  readonly timeouts: TimeoutsConfig;
  /** Whether another client waits for the slot that this answer holds. */
  isSlotWanted(): boolean;
  /**
   * Gives back the slots that the answer holds; call it once.
   * @param error what went wrong after the answer had begun
   */
  end(error?: GatewayError): void;
}
