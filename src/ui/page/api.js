/** The gateway's address: the page lies at `…/ui`, whatever stands before it. */
export const BASE = new URL('./', location.href);

const TIMEOUT_MS = 10_000;
/** Held here and nowhere else: not in storage, not in the address. */
let key;

export function useKey(next) {
  key = next;
}

/** The gateway answered, but not with what was asked for. */
export class AnswerError extends Error {
  constructor(status, body) {
    super(body?.error?.message ?? `HTTP ${status}`);
    this.status = status;
    this.code = body?.error?.code ?? null;
  }
}

/** A request with the key. @returns {Promise<Response>} */
export function send(path, { method = 'GET', body, signal } = {}) {
  return fetch(new URL(path, BASE), {
    method,
    cache: 'no-store',
    credentials: 'omit',
    referrerPolicy: 'no-referrer',
    headers: {
      ...(key !== undefined && { authorization: `Bearer ${key}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal,
  });
}

/** @throws {AnswerError} when the answer is a failure; TypeError and the like when there was none */
export async function getJson(path) {
  const answer = await send(path, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!answer.ok) throw await answerError(answer);
  return answer.json();
}

export async function answerError(answer) {
  const body = await answer.json().catch(() => undefined);
  return new AnswerError(answer.status, body);
}
