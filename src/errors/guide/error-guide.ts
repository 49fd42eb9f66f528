import { GATEWAY_ERRORS } from './gateway-errors.js';
import { type GuideEntry } from './guide-entry.js';
import { CLIENT_ERRORS } from './client-errors.js';
import { SERVICE_ERRORS } from './service-errors.js';

/**
 * What an error code is about: the client and its request, the gateway itself, or a model's
 * service.
 */
export type ErrorOrigin = 'client' | 'gateway' | 'service';

const BY_ORIGIN = {
  client: CLIENT_ERRORS,
  gateway: GATEWAY_ERRORS,
  service: SERVICE_ERRORS,
} as const satisfies Record<ErrorOrigin, Readonly<Record<string, GuideEntry>>>;

/**
 * Every code of the gateway itself. Codes in the errors of services are passed on and are not
 * listed here.
 */
export type ErrorCode =
  keyof typeof CLIENT_ERRORS | keyof typeof GATEWAY_ERRORS | keyof typeof SERVICE_ERRORS;

/** All codes, in the order of the documentation. */
export const ERROR_CODES = Object.values(BY_ORIGIN).flatMap((codes) => Object.keys(codes)) as ErrorCode[];

/** The origins of codes, in the order of the documentation. */
export const ERROR_ORIGINS = Object.keys(BY_ORIGIN) as ErrorOrigin[];

/** An entry and its origin. */
export interface ErrorGuide extends GuideEntry {
  readonly origin: ErrorOrigin;
}

/** @returns undefined for any other code */
export function errorGuide(code: string): ErrorGuide | undefined {
  for (const origin of ERROR_ORIGINS) {
    const codes: Readonly<Record<string, GuideEntry>> = BY_ORIGIN[origin];
    const guide = Object.hasOwn(codes, code) ? codes[code] : undefined;
    if (guide !== undefined) return { ...guide, origin };
  }
  return undefined;
}
