import { type IncomingHttpHeaders } from 'node:http';
import { type LimitsConfig, type TimeoutsConfig } from '../../config/settings.js';
import { type WholeReply } from '../../dialects/ports/dialect.js';
import { type GatewayError } from '../../errors/gateway-error.js';
import { type AnswerSource } from '../../upstream/response/answer-source.js';
import { type UpstreamRequest } from '../../upstream/upstream-request.js';
import { type OpenedBytes } from './opened-bytes.js';

/** A response for the client: a complete reply, a stream of events, or bytes as they arrive. */
export interface RoutedAnswer {
  readonly whole: WholeReply | undefined;
  /** A stream of events. */
  readonly stream: AnswerSource | undefined;
  /**
   * Raw bytes, the first of which have arrived; present if there is neither a complete reply nor a
   * stream.
   */
  readonly bytes: OpenedBytes | undefined;
  /** The upstream's headers. */
  readonly headers: IncomingHttpHeaders;
  /** The request that was sent; its secrets are removed from headers and in-band errors. */
  readonly request: UpstreamRequest;
  /** Whether the stream contains usage although the client has not asked for it. */
  readonly hidesUsage: boolean;
  readonly limits: LimitsConfig;
  /** The timeouts of the deployment that responds. */
  readonly timeouts: TimeoutsConfig;
  /** Whether another client waits for the slot that this response holds. */
  isSlotWanted(): boolean;
  /**
   * Releases the slots of the response; call it once.
   * @param error the failure, if the response failed after it had begun
   */
  end(error?: GatewayError): void;
}
