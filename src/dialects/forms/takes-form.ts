import { type IncomingHttpHeaders } from 'node:http';
import { UnsupportedMediaTypeError } from '../../errors/caller-errors.js';
import { type Dialect } from '../ports/dialect.js';
import { isForm } from './form-boundary.js';

/**
 * Whether a request of this format is a form; otherwise it must be JSON.
 * @throws UnsupportedMediaTypeError for a request that should have been a form
 */
export function takesForm(
  { bodyForms }: Dialect,
  { 'content-type': contentType }: IncomingHttpHeaders,
): boolean {
  if (bodyForms === undefined || !bodyForms.includes('form')) return false;
  if (isForm(contentType)) return true;
  if (bodyForms.includes('json')) return false;
  throw new UnsupportedMediaTypeError(
    "The request body must be a form: send 'content-type: multipart/form-data'.",
  );
}
