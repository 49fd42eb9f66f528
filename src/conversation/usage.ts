/** What a call used. Counts are whole numbers of tokens unless said otherwise; absent = not known, or none. */
export interface Usage {
  /** All input, cached tokens included. */
  readonly promptTokens: number;
  /** All output, reasoning included. */
  readonly completionTokens: number;
  /** Of the input: read from the service's cache. */
  readonly cachedTokens?: number;
  /** Of the input: written to the service's cache, for however long. */
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
  /** Images that were made. */
  readonly images?: number;
  /** Seconds of audio, perhaps with a fraction. */
  readonly seconds?: number;
  /** Searches that the service ran, of documents or of the web. */
  readonly searches?: number;
  /** The service's word for how it served the call, in lower case; absent = in the ordinary way. */
  readonly serviceTier?: string;
  /** Counted by the gateway, because the service does not report it. */
  readonly isEstimated?: boolean;
}
