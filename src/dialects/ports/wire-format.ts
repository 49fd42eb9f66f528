import { type Usage } from '../../conversation/usage.js';
import { type Operation } from '../../protocol/operation.js';
import { type Upload } from '../../upstream/upstream-request.js';

/** One wire format of one operation; `name` appears in `speaks:` and in the log. */
export interface WireFormat {
  readonly name: string;
  readonly operation: Operation;

  /**
   * The path below `base_url`, such as `/chat/completions`.
   * @param model the service's name of the model, for formats with it in the path
   */
  path(model: string, isStream: boolean): string;

  /**
   * The path of the service's list of models, below `base_url`; default: that of OpenAI-compatible
   * services.
   */
  readonly modelsPath?: string;
  /**
   * Headers that services of this format require, with lower-case names; headers of the client and
   * the model override them.
   */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * The usage that a failed document or event reports.
   * @param document the parsed document, which may be anything
   */
  failedUsage?(document: unknown): Usage | undefined;
  /**
   * Prefix of the client headers that belong to the format; they are sent to services that support
   * it.
   */
  readonly headerPrefix?: string;
}

/** A model's default limit of new tokens, and the field for it. */
export interface TokenLimit {
  readonly field: string;
  readonly value: number;
}

/** A request in one wire format, for a service that supports it. */
export interface DialectRequest {
  readonly dialect: WireFormat;
  readonly isStream: boolean;
  /**
   * Name of the client; empty for requests of the gateway itself. Queues use it to divide their
   * capacity between clients.
   */
  owner: string;
  /**
   * Whether the request asks for the usage of a stream; undefined in formats without such a field.
   */
  readonly wantsUsage?: boolean | undefined;

  /**
   * The bytes for the service: unchanged except for the model's name and, if the client set no
   * limit of new tokens, the configured default.
   * @param asks whether to ask for the usage of the stream when the client has not
   */
  bodyFor(upstreamModel: string, tokenLimit?: TokenLimit, asks?: boolean): Buffer;

  /**
   * Present if the request is streamed to the service: its bytes, available once, with the model's
   * name replaced.
   */
  uploadFor?(upstreamModel: string): Upload;
}
