import { type GatewayError } from '../../errors/gateway-error.js';
import { stringifyJson } from '../../protocol/json.js';

const USAGE_FIELDS = /stream_options|include_usage/;

/**
 * The message of a service that refuses the contents of a request; undefined for any other failure.
 */
export function refusalIn(error: GatewayError, status: number): string | undefined {
  if (status !== 400 && status !== 422) return undefined;
  const said = 'upstreamError' in error ? stringifyJson(error.upstreamError) : undefined;
  return `${error.message} ${said}`;
}

/** Whether a service does not know the field that asks for the usage of a stream. */
export function isAboutUsage(refusal: string): boolean {
  return USAGE_FIELDS.test(refusal);
}
