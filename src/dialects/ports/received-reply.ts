import { type BodyKind } from '../../upstream/response/body-kind.js';

export interface ReplyGathering {
  /** Nothing that follows belongs to the reply. */
  readonly isDone: boolean;
  /** Whether the stream was complete, and its connection alone went on or broke. */
  isWholeDespite(code: string | null): boolean;
  /** @throws UpstreamError for an event that cannot be one, or is ambiguous */
  read(chunk: Buffer): void;
  /**
   * @returns the reply as one document, or what reported an error
   * @throws UpstreamError for a stream that broke off
   */
  finish(): Record<string, unknown>;
}

export interface FirstEvent {
  /** What it reports; undefined where it is no error. */
  readonly error: unknown;
  /** As parsed. */
  readonly event: unknown;
}

/** A body that was read to its end. */
export interface ReceivedBody {
  /** Empty where the body was a stream. */
  readonly bytes: Buffer;
  /** Where it was one: all of it. */
  readonly gathering?: ReplyGathering | undefined;
  /** What it is by its bytes. */
  readonly kind: BodyKind;
}

/** An error that came under a good status. */
export class ReportedError {
  constructor(
    readonly error: unknown,
    readonly document: unknown,
    /** It is in no known format: words that may mean anything. */
    readonly isBare: boolean,
  ) {}
}
