import { type GatewayError } from '../../errors/gateway-error.js';
import { stringifyJson } from '../../protocol/json.js';

const USAGE_FIELDS = /stream_options|include_usage/;

/** The words of a service that refuses a request for what is in it; undefined for every other failure. */
export function refusalIn(error: GatewayError, status: number): string | undefined {
  if (status !== 400 && status !== 422) return undefined;
  const said = 'upstreamError' in error ? stringifyJson(error.upstreamError) : undefined;
  return `${error.message} ${said}`;
}

/** Whether a service does not know the field by which the usage of a stream is asked for. */
export function isAboutUsage(refusal: string): boolean {
  return USAGE_FIELDS.test(refusal);
}
