import { RequestProblem } from '../request-problem.js';
import { type OperationRequest } from './operation.js';

/** @throws RequestProblem for a body that is not a form */
export async function readForm({ body, contentType = '' }: OperationRequest): Promise<FormData> {
  if (!/^multipart\/form-data\b/iu.test(contentType)) {
    throw new RequestProblem(415, 'The body must be multipart/form-data.', 'unsupported_media_type');
  }
  try {
    return await new Response(new Uint8Array(body), { headers: { 'content-type': contentType } }).formData();
  } catch {
    throw new RequestProblem(400, 'We could not parse the form of your request.', 'invalid_form');
  }
}

/** A field's text; undefined if it is absent or a file. */
export function textIn(form: FormData, name: string): string | undefined {
  const value = form.get(name);
  return typeof value === 'string' && value !== '' ? value : undefined;
}
