import { KeySession } from './session.js';

/** The gateway's address: the page is `ui` relative to it, behind any prefix. */
export const BASE = new URL('./', location.href);

const TIMEOUT_MS = 10_000;
const session = new KeySession(BASE);
let key;

/** The key that this tab had before a reload. */
export const keptKey = () => session.get();

/** @param next the key for further requests; it is stored only after the gateway has accepted it */
export function useKey(next) {
  key = next;
}

/** Stores the key in use, so that it survives a reload of this tab. */
export function keepKey() {
  session.set(key);
}

export function forgetKey() {
  key = undefined;
  session.set(undefined);
}

/** The gateway returned an error. */
export class AnswerError extends Error {
  constructor(status, body) {
    super(body?.error?.message ?? `HTTP ${status}`);
    this.status = status;
    this.code = body?.error?.code ?? body?.error?.details?.error_code ?? null;
  }
}

/** Sends a request with the key. @returns {Promise<Response>} */
export function send(path, { method = 'GET', headers, body, signal } = {}) {
  const isForm = body instanceof FormData;
  return fetch(new URL(path, BASE), {
    method,
    cache: 'no-store',
    credentials: 'omit',
    referrerPolicy: 'no-referrer',
    headers: {
      ...(key !== undefined && { authorization: `Bearer ${key}` }),
      ...(body !== undefined && !isForm && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: isForm ? body : JSON.stringify(body) }),
    signal,
  });
}

/** @throws {AnswerError} for an error response; TypeError or similar without a response */
export async function getJson(path) {
  const answer = await send(path, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!answer.ok) throw await answerError(answer);
  return answer.json();
}

export async function answerError(answer) {
  const body = await answer.json().catch(() => undefined);
  return new AnswerError(answer.status, body);
}
