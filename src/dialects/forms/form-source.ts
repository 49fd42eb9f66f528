/** A form that is being received. */
export interface FormSource {
  /** Includes the boundary. */
  readonly contentType: string;
  /** The length that the client declared, in bytes; undefined if unknown. */
  readonly length: number | undefined;
  /**
   * Requests more bytes; the client waits until they are requested.
   * @returns undefined at the end
   * @throws GatewayError if the rest does not arrive or is too large
   */
  next(): Promise<Buffer | undefined>;
  /** How many more bytes may be held. */
  readonly room: number;
  /** Accounts for held bytes. @throws TooManyBodiesError, ModelTooLateError */
  hold(bytes: number): void;
  /** Releases all held bytes. */
  release(): void;
}
