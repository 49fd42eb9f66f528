import { type ChatRequest } from './openai-chat/chat-request.js';
import { type GatewayError } from '../errors/gateway-error.js';
import { type AnswerSource } from '../upstream/response/answer-source.js';
import { type ErrorReader } from '../upstream/failure/upstream-failure.js';
import { type UpstreamExchange } from '../upstream/upstream-exchange.js';
import { type UpstreamRequest } from '../upstream/upstream-request.js';

/** How a service's own answers are said in OpenAI's words; without one, answers pass byte by byte. */
export interface AnswerDialect extends ErrorReader {
  /**
   * An accepted answer as the OpenAI answer that it means: one JSON document or an event stream, as its
   * `content-type` then tells. Whatever fails comes out of the reading of it, as a GatewayError.
   * @param further for an answer that takes more calls than one
   */
  translate(
    answer: AnswerSource,
    request: UpstreamRequest,
    chat: ChatRequest,
    further: FurtherCalls,
  ): AnswerSource;
}

/** The credential of a call, for a dialect that makes further calls with it: it may end before they do. */
export interface FurtherCalls {
  /** The failed call that an answer means which refuses the credential; undefined for any other answer. */
  refusal(
    exchange: UpstreamExchange,
    request: UpstreamRequest,
    dialect: AnswerDialect,
  ): Promise<GatewayError | undefined>;

  /**
   * One renewal, however many calls of however many callers were refused.
   * @returns the call's request as it is before a mapping, with a fresh credential; undefined where there is none
   * @throws UpstreamError when renewing failed
   */
  renew(refused: UpstreamRequest): Promise<UpstreamRequest | undefined>;

  /** The call with the renewed credential was refused as well. */
  refusedAgain(request: UpstreamRequest): Promise<void>;

  /** A call with a renewed credential succeeded. */
  worked(request: UpstreamRequest): void;
}
