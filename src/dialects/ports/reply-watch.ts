import { type Usage } from '../../conversation/usage.js';
import { type GatewayError } from '../../errors/gateway-error.js';
import { type SecretRedactor } from '../../upstream/secret-redactor.js';
import { type UpstreamRequest } from '../../upstream/upstream-request.js';
import { type TextSample } from '../counting/text-sample.js';
import { type SseBoundary } from '../framing/sse-boundary.js';

export interface WatchOptions {
  /** Events that hold the usage alone are kept back: the gateway has asked for them, and the client has not. */
  readonly hidesUsage?: boolean;
  /** The words that pass are counted, in case that nobody says how many they are. */
  readonly countsWords?: boolean;
}

/**
 * The eyes on a stream that passes byte by byte: whether there is data, whether it is over, an error, the usage; and
 * the bytes that end it honestly.
 */
export interface ReplyWatch {
  /** More than comments has come. */
  readonly hasData: boolean;
  /** The reply has ended, by its own words or with an error: nothing that follows belongs to it. */
  readonly isOver: boolean;
  /** The first error that the upstream reported; undefined: none so far. */
  readonly error: unknown;
  /** The event that reported it, as parsed. */
  readonly errorEvent: unknown;
  readonly usage: Usage | undefined;
  /** What the service has said of its use before the reply has ended; the input is right, the output is not yet. */
  readonly begunUsage?: Usage | undefined;
  /** The words that have passed; undefined where they are not counted. */
  readonly said?: TextSample | undefined;

  /**
   * Looks at events on their way.
   * @param events begins and ends between events
   * @param sent the request, whose secrets must not come back in an error
   * @returns what the client gets of them
   */
  pass(events: Buffer, redactor: SecretRedactor, sent: UpstreamRequest): Buffer;

  /** Whether the unfinished event is the one that ends a reply: what would complete it may never come. */
  holdsEnd(boundary: SseBoundary): boolean;

  /** Whether a last event without a blank line behind it is complete nevertheless. */
  isWhole(rest: Buffer): boolean;

  /**
   * What is still to be said where no more comes.
   * @param code of the failure that ended the connection; undefined where it ended in order
   * @returns empty where all is said; undefined where the reply is not complete
   */
  ending(code?: string | null): string | undefined;

  /** How a failure of the gateway is reported inside a stream. */
  failure(error: GatewayError): string;
}
