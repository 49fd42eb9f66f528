import { errorPage } from '../../errors/error-page.js';
import { type ErrorCode, errorGuide } from '../../errors/guide/error-guide.js';

/** The remedy for an error code, and its page on any running gateway. */
export interface CodeHelp {
  readonly what_to_do: string;
  readonly help: string;
}

/** @returns undefined for a code that is not the gateway's own */
export function helpOf(code: string): CodeHelp | undefined {
  const guide = errorGuide(code);
  return guide && { what_to_do: guide.action.en, help: errorPage(code as ErrorCode) };
}

/** The same as lines for people, each code once. */
export function helpLines(codes: Iterable<string>): string {
  return [...new Set(codes)]
    .map((code) => [code, helpOf(code)] as const)
    .filter(([, help]) => help !== undefined)
    .map(([code, help]) => `${code}: ${help!.what_to_do} See ${help!.help} on a running gateway.\n`)
    .join('');
}
