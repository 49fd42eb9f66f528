interface ErrorAnswer {
  error: { message: string; type: string; param: string | null; code: string | null };
}

/** The error of a response that has the format and the headers of one. */
export async function errorOf(response: Response): Promise<ErrorAnswer['error']> {
  const body = (await response.json()) as ErrorAnswer;
  expect(Object.keys(body)).toEqual(['error']);
  for (const key of ['message', 'type', 'param', 'code']) expect(body.error).toHaveProperty(key);
  expect(response.headers.get('x-request-id')).toBeTruthy();
  expect(response.headers.get('content-type')).toContain('application/json');
  return body.error;
}
