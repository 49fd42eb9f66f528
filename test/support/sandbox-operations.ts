import { type Sandbox } from '../../src/sandbox/sandbox.js';

export const KEY = { authorization: 'Bearer sandbox-key' };
export const JSON_HEADERS = { ...KEY, 'content-type': 'application/json' };

/** Posts JSON, or a form. */
export const post = (sandbox: Sandbox, path: string, body: unknown): Promise<Response> =>
  fetch(sandbox.url + path, {
    method: 'POST',
    headers: body instanceof FormData ? KEY : JSON_HEADERS,
    body: body instanceof FormData ? body : JSON.stringify(body),
  });

/** The JSON of a successful response. */
export async function read<Shape>(sandbox: Sandbox, path: string, body: unknown): Promise<Shape> {
  const response = await post(sandbox, path, body);
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return JSON.parse(text) as Shape;
}

export const eventsIn = (text: string): unknown[] =>
  [...text.matchAll(/^data: (.*)$/gm)].map(([, data]) =>
    data === '[DONE]' ? data : (JSON.parse(data!) as unknown),
  );

export function form(
  fields: Readonly<Record<string, string>>,
  files: Readonly<Record<string, Blob>> = {},
): FormData {
  const made = new FormData();
  for (const [name, value] of Object.entries(fields)) made.append(name, value);
  for (const [name, value] of Object.entries(files)) made.append(name, value, `${name}.wav`);
  return made;
}

export const RECORDING = new Blob([new Uint8Array(32_000)]);
export const transcription = (more: Record<string, string> = {}): FormData =>
  form({ model: 'm', ...more }, { file: RECORDING });

/** One good request of each kind. */
export const REQUESTS: readonly (readonly [path: string, body: () => unknown])[] = [
  ['/v1/completions', () => ({ model: 'm', prompt: 'once' })],
  ['/v1/embeddings', () => ({ model: 'm', input: 'once' })],
  ['/v1/rerank', () => ({ model: 'm', query: 'a', documents: ['a'] })],
  ['/v2/rerank', () => ({ model: 'm', query: 'a', documents: ['a'] })],
  ['/v1/moderations', () => ({ model: 'm', input: 'once' })],
  ['/v1/images/generations', () => ({ model: 'm', prompt: 'a cat' })],
  ['/v1/images/edits', () => form({ model: 'm', prompt: 'a hat' }, { image: RECORDING })],
  ['/v1/audio/speech', () => ({ model: 'm', input: 'once', voice: 'alloy' })],
  ['/v1/audio/transcriptions', () => transcription()],
  ['/v1/audio/translations', () => transcription()],
  ['/v1/messages/count_tokens', () => ({ model: 'm', messages: [{ role: 'user', content: 'hi' }] })],
];
