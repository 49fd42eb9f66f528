/**
 * The scheme and host to which a redirect points. Paths and parameters are omitted, because they
 * may contain credentials.
 * @param location header of the response, without secrets; empty if there is none
 * @param base URL of the request, without which a path cannot be resolved
 * @returns undefined without a valid HTTP target
 */
export function redirectTarget(location: string, base?: string): string | undefined {
  if (location === '' || !URL.canParse(location, base)) return undefined;
  const target = new URL(location, base);
  if (!/^https?:$/.test(target.protocol)) return undefined;
  return base !== undefined && target.origin === new URL(base).origin
    ? 'another path of the same address'
    : target.origin;
}
