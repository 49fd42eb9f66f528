import { type AnswerSource } from '../../upstream/response/answer-source.js';
import { type ErrorReader } from '../../upstream/failure/upstream-failure.js';
import { type UpstreamRequest } from '../../upstream/upstream-request.js';

/** A call in the format of its service, for one attempt, and how to read the response. */
export interface PreparedCall {
  /** May be replaced until it is sent, for example by one with further headers. */
  request: UpstreamRequest;
  /** Whether a stream is requested from the service, whatever the client wants. */
  readonly isStream: boolean;
  /** Whether to ask for the usage of the stream when the client has not. */
  readonly asksForUsage: boolean;
  /** Reads the bodies of refused calls; undefined if they are in OpenAI's format. */
  readonly errors: ErrorReader | undefined;

  /**
   * Turns an accepted response into OpenAI's format: one JSON document or an event stream,
   * according to the resulting `content-type`. Every failure is thrown by reading it, as a
   * GatewayError.
   * @param further for a response that takes more than one request
   */
  receive(answer: AnswerSource, further: FurtherRequests): AnswerSource;
}

/**
 * Further requests of a call with its credential. The credential may expire before they end; then
 * it is renewed as for the first request.
 */
export interface FurtherRequests {
  /**
   * Settles when the service has accepted.
   * @param say builds the request from one with URL, headers and credential but without a body;
   * `kept` holds the values that the login captured. Called again after a renewal
   * @param onSent called at once for each request that is sent, so that it can be aborted
   * @returns the accepted request
   * @throws GatewayError
   */
  send(
    say: (bare: UpstreamRequest, kept: Readonly<Record<string, unknown>>) => Promise<UpstreamRequest>,
    onSent: (answer: AnswerSource) => void,
  ): Promise<UpstreamRequest>;
}
