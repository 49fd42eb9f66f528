/** A form on its way here. */
export interface FormSource {
  /** With the boundary. */
  readonly contentType: string;
  /** As announced, in bytes; undefined where nobody knows. */
  readonly length: number | undefined;
  /**
   * Asks for more: what is not asked for waits with the client.
   * @returns undefined at the end
   * @throws GatewayError where the rest does not come, or is too much
   */
  next(): Promise<Buffer | undefined>;
  /** Bytes that may be held beside those that are. */
  readonly room: number;
  /** Counts bytes that are held. @throws TooManyBodiesError, ModelTooLateError */
  hold(bytes: number): void;
  /** What was held is free again. */
  release(): void;
}
