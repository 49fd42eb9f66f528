/** A text in both languages of the documentation. */
export interface BothLanguages {
  readonly en: string;
  readonly zh: string;
}

/**
 * Whether the same request can succeed later. `no`: only after a change. `yes`: at once or soon.
 * `after`: when the time in `Retry-After` has passed.
 */
export type RetryAdvice = 'no' | 'yes' | 'after';

/** Advice for clients and operators about one error code. */
export interface GuideEntry {
  /** HTTP statuses with which it is returned; `log`: it appears only in the log. */
  readonly status: string;
  readonly retry: RetryAdvice;
  readonly cause: BothLanguages;
  readonly action: BothLanguages;
}
