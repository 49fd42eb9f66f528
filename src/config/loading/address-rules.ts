import { type ConfigReport } from '../config-report.js';
import { hasReadableUserInfo } from '../proxy-environment.js';

const HTTP = /^https?:\/\/[^\s/]\S*$/i;

const ENDPOINT = /(\/chat\/completions|\/completions|\/embeddings|\/responses|\/messages|\/models)\/*$/i;

/** Whether an address belongs to the built-in pretend service. */
export function isSandbox(address: unknown): boolean {
  return typeof address === 'string' && address.startsWith('sandbox:');
}

/** Checks every field of a model that holds an address: `proxy` and whatever ends in `_url`, in later types too. */
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
          : 'expected an address that begins with http:// or https://, got another kind of string',
      );
    } else if (!isProxy && hasUserInfo(new URL(value))) {
      // Clients drop it or refuse it, and it would show up in logs.
      report.problem(
        key,
        'holds a user name or password, expected them in fields of their own, not in the address',
      );
    } else if (isProxy && !hasReadableUserInfo(new URL(value))) {
      report.problem(key, 'holds a user name or password that is not percent-encoded, expected %25 for a %');
    } else if (!isProxy) checkPath(key, new URL(value), fields, report);
  }
}

/** What people paste that is more, or less, than the address calls are made below. */
function checkPath(
  key: string,
  { pathname, search, hash }: URL,
  fields: Readonly<Record<string, unknown>>,
  report: ConfigReport,
): void {
  if (hash !== '') {
    report.problem(key, 'holds a fragment (#…), which no call can send; expected the address without it');
  }
  if (key !== 'base_url' || hasOwnPath(fields)) return;
  if (search !== '')
    report.warning(key, 'holds a query (?…); expected it under query:, which login and probes send too');
  const [, ending] = ENDPOINT.exec(pathname) ?? [];
  if (ending === undefined) return;
  const message = `ends in ${ending}, which the gateway adds by itself; expected the address before it`;
  // Some services keep their chat below /models.
  if (ending === '/models')
    report.warning(
      key,
      message.replace('which the gateway adds by itself', 'below which /chat/completions is called'),
    );
  else report.problem(key, message);
}

/** A mapping says itself what comes behind the address. */
function hasOwnPath({ request }: { readonly request?: unknown }): boolean {
  return typeof request === 'object' && request !== null && 'path' in request;
}

function hasUserInfo({ username, password }: URL): boolean {
  return username !== '' || password !== '';
}
