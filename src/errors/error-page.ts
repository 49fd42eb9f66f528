import { type ErrorCode } from './guide/error-guide.js';

/**
 * Where a gateway serves the pages about its error codes; the page of a code is one level below.
 */
export const ERROR_PAGES = '/errors';

/** The page about an error code, as a path on any gateway: `/errors/queue_full`. */
export function errorPage(code: ErrorCode): string {
  return `${ERROR_PAGES}/${code}`;
}
