import { type Usage } from '../../conversation/usage.js';
import { type Operation } from '../../protocol/operation.js';
import { type Upload } from '../../upstream/upstream-request.js';

/** One wire format of one operation; `name` is the one in `speaks:` and the log. */
export interface WireFormat {
  readonly name: string;
  readonly operation: Operation;

  /**
   * Where services have it, below `base_url`, such as `/chat/completions`.
   * @param model the service's name of the model, for formats that have it in the path
   */
  path(model: string, isStream: boolean): string;

  /** Where services list their models, below `base_url`; default: as OpenAI-compatible ones do. */
  readonly modelsPath?: string;
  /** Headers that its services require, lower-case names; headers of the client and the model override them. */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * What the document or the event that reports a failure says of its use.
   * @param document as parsed; it may be anything
   */
  failedUsage?(document: unknown): Usage | undefined;
  /** Prefix of the client headers that belong to the format; they are sent to services that speak it. */
  readonly headerPrefix?: string;
}

/** A model's default limit of new tokens, and the field for it. */
export interface TokenLimit {
  readonly field: string;
  readonly value: number;
}

/** A request in one wire format, for a service that speaks it. */
export interface DialectRequest {
  readonly dialect: WireFormat;
  readonly isStream: boolean;
  /** Name of the client; empty for requests of the gateway itself. Queues share their capacity by it. */
  owner: string;
  /** Whether the usage of a stream is asked for; undefined in formats that have no word for it. */
  readonly wantsUsage?: boolean | undefined;

  /**
   * The bytes for the service: unchanged except for the model's name and, if the client set no limit of new tokens,
   * the configured default.
   * @param asks whether the usage of the stream is asked for though the client has not
   */
  bodyFor(upstreamModel: string, tokenLimit?: TokenLimit, asks?: boolean): Buffer;

  /** Present if the request is streamed to the service: its bytes, available once, with the model's name replaced. */
  uploadFor?(upstreamModel: string): Upload;
}
