import { CLIENT_DIALECTS } from '../dialects/client-dialects.js';
import { OWN_DIALECT } from '../dialects/own-request.js';

const CHAT = `POST ${OWN_DIALECT.route}`;
const MODELS = 'GET /v1/models';

/** A longer path is not a typo. */
const LONGEST_PATH = 2000;

/** Paths of other APIs, versions and services, by their endings. */
const ENDINGS: readonly (readonly [pattern: RegExp, meant: string])[] = [
  [/(?:^|\/)chats?\/completions?$/, CHAT],
  [/(?:^|\/)(?:completions?|responses|messages)$/, CHAT],
  [/^\/(?:api\/)?(?:v1\/)?(?:chat|generate)$/, CHAT],
  [/(?:^|\/)(?:models?|tags)$/, MODELS],
  [/(?:^|\/)(?:readyz?|readiness)$/, 'GET /v1/health/ready'],
  [/(?:^|\/)(?:healthz?|livez|liveness|ping)$/, 'GET /v1/health'],
];

/**
 * The route that was probably meant, such as `POST /v1/chat/completions`, if the path has other
 * slashes, capitals or escapes, is under another base path, or has the name of another service.
 * @param methodsOf the methods that a path supports
 * @returns undefined if no route resembles the path
 */
export function meantRoute(
  method: string,
  path: string,
  methodsOf: (path: string) => readonly string[],
): string | undefined {
  if (path.length > LONGEST_PATH) return undefined;
  const tidy = tidied(path);
  if (tidy !== path && methodsOf(tidy).includes(method)) return `${method} ${tidy}`;
  const lower = tidy.toLowerCase();
  if (lower !== path && methodsOf(lower).includes(method)) return `${method} ${lower}`;
  if (method === 'POST' && (lower === '/' || lower === '/v1')) return CHAT;
  if (method === 'POST') {
    const dialect = CLIENT_DIALECTS.find(({ route }) => lower.endsWith(route.replace(/^\/v\d+/, '')));
    if (dialect !== undefined && dialect.route !== path) return `POST ${dialect.route}`;
  }
  // A route that exists under other methods was meant itself.
  if (methodsOf(path).length > 0) return undefined;
  return ENDINGS.find(([pattern]) => pattern.test(lower))?.[1];
}

/** Removes escapes, double slashes, dot segments and a trailing slash. */
function tidied(path: string): string {
  const kept: string[] = [];
  for (const segment of decoded(path).split('/')) {
    if (segment === '..') kept.pop();
    else if (segment !== '' && segment !== '.') kept.push(segment);
  }
  return `/${kept.join('/')}`;
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
