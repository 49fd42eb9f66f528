import { isMaskable } from '../../../config/secrets/secrets.js';
import { type UpstreamRequest } from '../../../upstream/upstream-request.js';
import { type AccessToken } from '../login-answer.js';
import { type LoginCarryConfig } from '../login.config.js';

/**
 * Adds the token to a request in the place that the model configures.
 * @param scheme precedes the token in `Authorization`
 */
export function carryToken(
  request: UpstreamRequest,
  carry: LoginCarryConfig | undefined,
  access: AccessToken,
  scheme = 'Bearer',
): UpstreamRequest {
  const { token } = access;
  const bare = withoutScheme(token);
  const headers: Record<string, string> = { ...request.headers, ...access.headers };
  let url = request.url;
  for (const name in access.query) url = withParameter(url, name, access.query[name]!);
  if (carry?.in === 'query')
    url = withParameter(url, carry.name ?? 'access_token', `${carry.prefix ?? ''}${token}`);
  else if (carry?.in === 'cookie') {
    const cookie = `${carry.name}=${carry.prefix ?? ''}${token}`;
    headers['cookie'] = headers['cookie'] === undefined ? cookie : `${headers['cookie']}; ${cookie}`;
  } else {
    const name = carry?.name?.toLowerCase() ?? 'authorization';
    const prefix = carry?.prefix ?? (name === 'authorization' ? `${scheme} ` : '');
    headers[name] = `${prefix}${/^bearer $/i.test(prefix) ? bare : token}`;
  }
  const extras = [access.headers, access.query, access.kept].flatMap(textsIn);
  if (bare !== token) extras.push(bare);
  return {
    ...request,
    url,
    headers,
    credential: token,
    credentials: extras.filter((text) => isMaskable(text)),
  };
}

/** The token without the scheme, which some services include in the token. */
export function withoutScheme(token: string): string {
  return token.replace(/^bearer +/i, '');
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

function withParameter(address: string, name: string, value: string): string {
  const url = new URL(address);
  url.searchParams.set(name, value);
  return url.href;
}
