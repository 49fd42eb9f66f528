/** A text in both languages of the documentation. */
export interface BothLanguages {
  readonly en: string;
  readonly zh: string;
}

/**
 * Whether the same request can succeed later. `no`: only after something was changed. `yes`: at once or soon.
 * `after`: once the time in `Retry-After` has passed.
 */
export type RetryAdvice = 'no' | 'yes' | 'after';

/** What a client or an operator should know of one error code. */
export interface GuideEntry {
  /** HTTP statuses that come with it; `log`: only the log shows it. */
  readonly status: string;
  readonly retry: RetryAdvice;
  readonly cause: BothLanguages;
  readonly action: BothLanguages;
}
