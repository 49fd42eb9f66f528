/**
 * Where a redirect points, as far as it may be shown: scheme and host. Paths and parameters may hold credentials.
 * @param location header of the response, without secrets; empty where there is none
 * @param base address of the request, without which a path says nothing
 * @returns undefined without a target that HTTP knows
 */
export function redirectTarget(location: string, base?: string): string | undefined {
  if (location === '' || !URL.canParse(location, base)) return undefined;
  const target = new URL(location, base);
  if (!/^https?:$/.test(target.protocol)) return undefined;
  return base !== undefined && target.origin === new URL(base).origin
    ? 'another path of the same address'
    : target.origin;
}
