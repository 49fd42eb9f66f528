import { InvalidRequestError } from '../../errors/caller-errors.js';

/** RFC 2046, 5.1.1. */
const LONGEST_BOUNDARY = 70;
const PRINTABLE = /^[ -~\u0080-\u00ff]+$/;
const BOUNDARY = /;\s*boundary\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))/gi;

/** Whether a request of this `content-type` is a form whose parts may be files (RFC 7578). */
export function isForm(contentType: string | undefined): boolean {
  return contentType !== undefined && /^\s*multipart\/form-data\s*(?:;|$)/i.test(contentType);
}

/**
 * The boundary between the parts of a form, from its `content-type`.
 * @throws InvalidRequestError
 */
export function boundaryOf(contentType: string): string {
  const said = [...contentType.matchAll(BOUNDARY)];
  const [match] = said;
  if (match === undefined) throw invalid("The 'content-type' of the form names no boundary.");
  if (said.length > 1) throw invalid("The 'content-type' of the form names more than one boundary.");
  const boundary = match[1]?.replaceAll(/\\(.)/g, '$1') ?? match[2]!;
  if (boundary.length <= LONGEST_BOUNDARY && PRINTABLE.test(boundary)) return boundary;
  throw invalid(`The boundary of a form has 1 to ${LONGEST_BOUNDARY} characters.`);
}

function invalid(message: string): InvalidRequestError {
  return new InvalidRequestError('invalid_value', message);
}
