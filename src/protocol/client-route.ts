import { type ErrorFormat, OPENAI_ERRORS } from './error-format.js';
import { type Operation, CHAT } from './operation.js';

/** Where clients ask models for something, by POST: an operation in one wire format. */
export interface ClientRoute {
  readonly path: string;
  readonly operation: Operation;
  readonly errors: ErrorFormat;
}

export const CHAT_COMPLETIONS: ClientRoute = {
  path: '/v1/chat/completions',
  operation: CHAT,
  errors: OPENAI_ERRORS,
};

const ROUTES: ReadonlyMap<string, ClientRoute> = new Map(
  [CHAT_COMPLETIONS].map((route) => [route.path, route]),
);

/** @returns undefined for all other paths of the gateway */
export function clientRouteOf(path: string): ClientRoute | undefined {
  return ROUTES.get(path);
}
