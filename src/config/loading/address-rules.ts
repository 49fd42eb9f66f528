import { type ConfigReport } from '../config-report.js';
import { hasReadableUserInfo } from '../proxy-environment.js';

const HTTP = /^https?:\/\/[^\s/]\S*$/i;

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
    }
  }
}

function hasUserInfo({ username, password }: URL): boolean {
  return username !== '' || password !== '';
}
