import { type ChatRequest } from '../protocol/chat-request.js';
import { type AnswerSource } from './answer-source.js';
import { type UpstreamRequest } from './upstream-request.js';

/** How a service's own answers are said in OpenAI's words; without one, answers pass byte by byte. */
export interface AnswerDialect {
  /**
   * An accepted answer as the OpenAI answer that it means: one JSON document or an event stream, as its
   * `content-type` then tells. Whatever fails comes out of the reading of it, as a GatewayError.
   */
  translate(answer: AnswerSource, request: UpstreamRequest, chat: ChatRequest): AnswerSource;

  /** What the body of a refused call says went wrong, a text or an object; undefined when it says nothing. */
  explain(
    body: unknown,
    answer: Pick<AnswerSource, 'status' | 'headers'>,
    request: UpstreamRequest,
  ): Promise<unknown>;
}
