/**
 * The store is available but will never accept a batch because of its contents: a constraint, a
 * type, a range.
 */
export class RefusedDataError extends Error {
  /**
   * @param code the database's error code
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

/**
 * The code of an error from the system or a database. Unlike a message, a code contains no address.
 */
export function codeOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return error instanceof Error ? error.name : 'unknown error';
}

/**
 * The error to throw for a failed write.
 * @param refusals matches the database's codes for refused data
 */
export function refusalOr(error: unknown, refusals: RegExp): unknown {
  const code = codeOf(error);
  return error instanceof Error && refusals.test(code) ? new RefusedDataError(code, error) : error;
}
