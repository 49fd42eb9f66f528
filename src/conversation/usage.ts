/**
 * The usage of a call. Counts are whole numbers of tokens unless stated otherwise; absent =
 * unknown, or none.
 */
export interface Usage {
  /** All input, cached tokens included. */
  readonly promptTokens: number;
  /** All output, reasoning included. */
  readonly completionTokens: number;
  /** Of the input: read from the service's cache. */
  readonly cachedTokens?: number;
  /** Of the input: written to the service's cache, for any duration. */
  readonly cacheWriteTokens?: number;
  /** Of `cacheWriteTokens`: kept for an hour or longer. */
  readonly longCacheWriteTokens?: number;
  /** Of the output. */
  readonly reasoningTokens?: number;
  /** Of the input. */
  readonly audioInputTokens?: number;
  /** Of the input. */
  readonly imageInputTokens?: number;
  /** Of the output. */
  readonly audioOutputTokens?: number;
  /** Of the output. */
  readonly imageOutputTokens?: number;
  /** Images that were generated. */
  readonly images?: number;
  /** Seconds of audio; may have a fraction. */
  readonly seconds?: number;
  /** Searches that the service ran, of documents or of the web. */
  readonly searches?: number;
  /**
   * The service's name for the tier in which it served the call, in lower case; absent = the
   * default tier.
   */
  readonly serviceTier?: string;
  /** Whether the gateway counted, because the service reports no usage. */
  readonly isEstimated?: boolean;
}
