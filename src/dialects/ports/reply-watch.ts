import { type Usage } from '../../conversation/usage.js';
import { type GatewayError } from '../../errors/gateway-error.js';
import { type SecretRedactor } from '../../upstream/secret-redactor.js';
import { type UpstreamRequest } from '../../upstream/upstream-request.js';
import { type TextSample } from '../counting/text-sample.js';
import { type SseBoundary } from '../framing/sse-boundary.js';

export interface WatchOptions {
  /**
   * Whether to remove events that contain only the usage, because the gateway asked for them and
   * the client did not.
   */
  readonly hidesUsage?: boolean;
  /** Whether to count the words that pass, in case the service reports no usage. */
  readonly countsWords?: boolean;
}

/**
 * Observes a stream that passes byte by byte: whether it has data, whether it has ended, an error,
 * the usage; and writes the bytes that end it correctly.
 */
export interface ReplyWatch {
  /** Whether more than comments has arrived. */
  readonly hasData: boolean;
  /** Whether the reply has ended, normally or with an error; nothing that follows belongs to it. */
  readonly isOver: boolean;
  /** The first error that the upstream reported; undefined: none so far. */
  readonly error: unknown;
  /** The parsed event that reported it. */
  readonly errorEvent: unknown;
  readonly usage: Usage | undefined;
  /**
   * The usage reported before the end of the reply; the input count is final, the output count is
   * not.
   */
  readonly begunUsage?: Usage | undefined;
  /** The words that have passed; undefined if they are not counted. */
  readonly said?: TextSample | undefined;

  /**
   * Processes events on their way to the client.
   * @param events begins and ends between events
   * @param sent the request, whose secrets must not appear in an error
   * @returns the bytes for the client
   */
  pass(events: Buffer, redactor: SecretRedactor, sent: UpstreamRequest): Buffer;

  /** Whether the unfinished event is the one that ends a reply: the rest of it may never arrive. */
  holdsEnd(boundary: SseBoundary): boolean;

  /** Whether a last event is complete although the blank line after it is missing. */
  isWhole(rest: Buffer): boolean;

  /**
   * The bytes that remain to be sent when nothing more arrives.
   * @param code of the failure that ended the connection; undefined if it ended normally
   * @returns empty if nothing is missing; undefined if the reply is incomplete
   */
  ending(code?: string | null): string | undefined;

  /** The event that reports a failure of the gateway inside a stream. */
  failure(error: GatewayError): string;
}
