import { type AnswerSource } from '../upstream/response/answer-source.js';
import { type ErrorReader } from '../upstream/failure/upstream-failure.js';
import { type UpstreamRequest } from '../upstream/upstream-request.js';

/** A call in the words of the service that it goes to, for one attempt, and the way to read what comes back. */
export interface PreparedCall {
  /** May be replaced by one that says more, until it is sent. */
  request: UpstreamRequest;
  /** Whether the service is asked for a stream, whatever the client wants. */
  readonly isStream: boolean;
  /** Reads the bodies of refused calls; undefined where they are OpenAI's. */
  readonly errors: ErrorReader | undefined;

  /**
   * An accepted response as the OpenAI response that it means: one JSON document or an event stream, as its
   * `content-type` then tells. Whatever fails comes out of the reading of it, as a GatewayError.
   * @param further for a response that takes more requests than one
   */
  receive(answer: AnswerSource, further: FurtherRequests): AnswerSource;
}

/** Further requests of a call, with its credential, which may end before they do: it is renewed as for the first. */
export interface FurtherRequests {
  /**
   * Settles when the service has accepted.
   * @param say makes the request of one that has no body yet, but address, headers and credential; `kept` is what the
   * login kept. Called again after a renewal
   * @param onSent called at once for each request that is sent, so that it can be aborted
   * @returns the request that was accepted
   * @throws GatewayError
   */
  send(
    say: (bare: UpstreamRequest, kept: Readonly<Record<string, unknown>>) => Promise<UpstreamRequest>,
    onSent: (answer: AnswerSource) => void,
  ): Promise<UpstreamRequest>;
}
