/** The store responds and will never take a batch as it is, because of what is in it: a constraint, a type, a range. */
export class RefusedDataError extends Error {
  /**
   * @param code that of the database
   * @param cause its message names the constraint or the value
   */
  constructor(
    readonly code: string,
    override readonly cause: Error,
  ) {
    super(cause.message);
    this.name = 'RefusedDataError';
  }
}

/** Codes of systems and of databases say what is wrong, and nothing of the address. */
export function codeOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return error instanceof Error ? error.name : 'unknown error';
}

/**
 * The error to throw for one that a write has failed with.
 * @param refusals which codes of the database say that it refuses the data
 */
export function refusalOr(error: unknown, refusals: RegExp): unknown {
  const code = codeOf(error);
  return error instanceof Error && refusals.test(code) ? new RefusedDataError(code, error) : error;
}
