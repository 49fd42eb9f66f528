import { type ConfigReport } from '../../rules/config-report.js';
import { hasReadableUserInfo } from '../../environment/proxy-environment.js';

const HTTP = /^https?:\/\/[^\s/]\S*$/i;

const ENDPOINT = /(\/chat\/completions|\/completions|\/embeddings|\/responses|\/messages|\/models)\/*$/i;

/** Whether an address refers to the built-in sandbox service. */
export function isSandbox(address: unknown): boolean {
  return typeof address === 'string' && address.startsWith('sandbox:');
}

/** Checks every address field of a model, whatever its type: `proxy` and fields that end in `_url`. */
export function checkAddresses(fields: Readonly<Record<string, unknown>>, report: ConfigReport): void {
  for (const [key, value] of Object.entries(fields)) {
    const isProxy = key === 'proxy';
    if (typeof value !== 'string' || value.trim() === '' || !(isProxy || key.endsWith('_url'))) continue;
    if (!isProxy && isSandbox(value)) continue;
    if (!HTTP.test(value) || !URL.canParse(value)) {
      report.problem(
        key,
        isProxy && value.startsWith('socks')
          ? 'expected a proxy whose address begins with http:// or https://; SOCKS is not supported'
          : 'expected an address that begins with http:// or https://, got a different string',
      );
    } else if (!isProxy && hasUserInfo(new URL(value))) {
      // HTTP clients drop or reject it, and it would appear in logs.
      report.problem(
        key,
        'contains a user name or password; put them in their own fields, not in the address',
      );
    } else if (isProxy && !hasReadableUserInfo(new URL(value))) {
      report.problem(key, 'contains a user name or password that is not percent-encoded; write %25 for a %');
    } else if (!isProxy) checkPath(key, new URL(value), fields, report);
  }
}

/** Finds common mistakes in pasted addresses: path segments that are missing or too many. */
function checkPath(
  key: string,
  { pathname, search, hash }: URL,
  fields: Readonly<Record<string, unknown>>,
  report: ConfigReport,
): void {
  if (hash !== '') {
    report.problem(key, 'contains a fragment (#…), which HTTP never sends; expected the address without it');
  }
  if (key !== 'base_url' || hasOwnPath(fields)) return;
  if (search !== '')
    report.warning(key, 'contains a query (?…); expected it under query:, which login and probes send too');
  const [, ending] = ENDPOINT.exec(pathname) ?? [];
  if (ending === undefined) return;
  const message = `ends in ${ending}, which the gateway appends itself; expected the address without it`;
  // Some services serve chat below `/models`.
  if (ending === '/models')
    report.warning(
      key,
      message.replace('which the gateway appends itself', 'to which the gateway appends /chat/completions'),
    );
  else report.problem(key, message);
}

/** A mapping itself sets the path below the base address. */
function hasOwnPath({ request }: { readonly request?: unknown }): boolean {
  return typeof request === 'object' && request !== null && 'path' in request;
}

function hasUserInfo({ username, password }: URL): boolean {
  return username !== '' || password !== '';
}
