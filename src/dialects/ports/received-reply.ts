import { type BodyKind } from '../../upstream/response/body-kind.js';

export interface ReplyGathering {
  /** Whether the reply has ended; nothing that follows belongs to it. */
  readonly isDone: boolean;
  /** Whether the stream was complete, although its connection stayed open or failed. */
  isWholeDespite(code: string | null): boolean;
  /** @throws UpstreamError for an invalid or ambiguous event */
  read(chunk: Buffer): void;
  /**
   * @returns the reply as one document, or the document or event that reported an error
   * @throws UpstreamError for a stream that broke off
   */
  finish(): Record<string, unknown>;
}

export interface FirstEvent {
  /** The reported error; undefined if it reports none. */
  readonly error: unknown;
  /** The parsed event. */
  readonly event: unknown;
}

/** A body that was read completely. */
export interface ReceivedBody {
  /** Empty if the body was a stream. */
  readonly bytes: Buffer;
  /** Present if the body was a stream: all of it. */
  readonly gathering?: ReplyGathering | undefined;
  /** The kind of body, detected from its bytes. */
  readonly kind: BodyKind;
}

/** An error that was reported under a successful status. */
export class ReportedError {
  constructor(
    readonly error: unknown,
    readonly document: unknown,
    /** Whether it has no known format: its text may mean anything. */
    readonly isBare: boolean,
  ) {}
}
