import { type Prompt } from '../../conversation/prompt.js';
import { type ReplyEvent } from '../../conversation/reply.js';
import { type DialectRequest, type WireFormat } from './wire-format.js';
import { type Names } from '../fields/shape.js';
import { type SseEvent } from '../framing/sse-events.js';

/** Parameters of a request in addition to its prompt. */
export interface RequestOptions {
  /** The service's name of the model. */
  readonly model: string;
  readonly isStream: boolean;
  /**
   * Whether to ask for the usage of a stream, in formats whose services report none otherwise;
   * default: yes.
   */
  readonly asksForUsage?: boolean;
  /**
   * The field for the limit of new tokens, in formats with several; default: the one that most
   * services know.
   */
  readonly tokenLimitField?: 'max_tokens' | 'max_completion_tokens';
}

/** A prompt in a wire format. */
export interface WrittenRequest {
  readonly request: DialectRequest;
  /**
   * The parts that the format cannot express, by snake_case names of the prompt's fields, such as
   * `top_k`.
   */
  readonly dropped: readonly string[];
}

/** One wire format of services. */
export interface UpstreamDialect extends WireFormat {
  /**
   * Writes a prompt in this format.
   * @throws InvalidRequestError for anything that it cannot express and that must not be lost
   */
  request(prompt: Prompt, options: RequestOptions): WrittenRequest;

  /**
   * Reads a stream.
   * @param lost receives the names of fields that no event can express, such as `response.logprobs`
   */
  reader(lost?: Names): ReplyReader;

  /**
   * Reads a complete reply.
   * @param document its JSON, with integers beyond 2^53 as bigints
   * @param lost receives the names of fields that no event can express
   * @returns the events of the reply, `start` first, `end` last
   * @throws ReportedFailure for an error
   * @throws UpstreamError for anything that is not a reply
   */
  read(document: unknown, lost?: Names): readonly ReplyEvent[];
}

/** Reads the stream of one reply. */
export interface ReplyReader {
  /** Whether the reply has ended in its own format; nothing that follows belongs to it. */
  readonly isDone: boolean;

  /**
   * @returns the reply events that it means: `start` first, none for an event without meaning, and
   * `end` with the event that ends the reply
   * @throws ReportedFailure for an event that reports an error
   * @throws UpstreamError for an event that cannot be read
   */
  read(event: SseEvent): readonly ReplyEvent[];

  /**
   * Call this if the body has ended without an event that ends the reply.
   * @returns the remaining events, `end` last, if nothing can be missing
   * @throws UpstreamError if the reply was cut off
   */
  end(): readonly ReplyEvent[];
}

/** An error that a service reports in a successful response. */
export class ReportedFailure extends Error {
  /** @param document the parsed event or document that reports it */
  constructor(
    readonly error: unknown,
    readonly document: unknown,
  ) {
    super('The service reports an error.');
  }
}
