import { type Prompt } from '../conversation/prompt.js';
import { type ReplyEvent } from '../conversation/reply.js';
import { type DialectRequest, type WireFormat } from './dialect.js';
import { type SseEvent } from './framing/sse-events.js';

/** What a request for a service is to say beside its prompt. */
export interface RequestOptions {
  /** The service's name of the model. */
  readonly model: string;
  readonly isStream: boolean;
  /** Which field the limit of new tokens goes to, in formats with several; default: the one that most services know. */
  readonly tokenLimitField?: 'max_tokens' | 'max_completion_tokens';
}

/** A prompt in a wire format. */
export interface WrittenRequest {
  readonly request: DialectRequest;
  /** What the format has no place for, by the names of the prompt's own fields, such as `top_k`. */
  readonly dropped: readonly string[];
}

/** One wire format as services speak it. */
export interface UpstreamDialect extends WireFormat {
  /**
   * Writes a prompt in it.
   * @throws InvalidRequestError for what it has no place for, and must not be lost
   */
  request(prompt: Prompt, options: RequestOptions): WrittenRequest;

  /** Reads a stream. */
  reader(): ReplyReader;

  /**
   * Reads a whole reply.
   * @param document its JSON, integers beyond 2^53 as bigints
   * @returns the events that it means, `start` first, `end` last
   * @throws ReportedFailure for an error, UpstreamError for what is no reply
   */
  read(document: unknown): readonly ReplyEvent[];
}

/** Reads the stream of one reply. */
export interface ReplyReader {
  /** The reply has ended by its own words: nothing that follows belongs to it. */
  readonly isDone: boolean;

  /**
   * @returns what the event means; `start` before all else, nothing for news of no interest; `end` with the event that
   * ends the reply
   * @throws ReportedFailure for an event that reports an error, UpstreamError for one that cannot be read
   */
  read(event: SseEvent): readonly ReplyEvent[];

  /**
   * The body has ended, and no event said that the reply has.
   * @returns what is still to be said, `end` last, where nothing can be missing
   * @throws UpstreamError where the reply broke off
   */
  end(): readonly ReplyEvent[];
}

/** An error that a service reports in a good response, in its own words. */
export class ReportedFailure extends Error {
  /** @param document as parsed: the event or the document that reports it */
  constructor(
    readonly error: unknown,
    readonly document: unknown,
  ) {
    super('The service reports an error.');
  }
}
