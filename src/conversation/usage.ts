/** Tokens as the upstream counted them. */
export interface Usage {
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** Counted here, since the upstream does not tell. */
  readonly isEstimated?: boolean;
}
