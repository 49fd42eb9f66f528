import { randomBytes } from 'node:crypto';
import { type CallRecord } from '../calls/call-record.js';

/** The columns of a call, in the order of a row, with their SQL types. A row never contains prompts or completions. */
export const CALL_COLUMNS = {
  /** When the call began, in milliseconds since 1970. */
  at: 'bigint',
  /** Unique among all processes, so that writing a row twice has no effect. */
  id: 'text',
  request_id: 'text',
  key: 'text',
  team: 'text',
  /** The requested model; null if the request named no existing model. */
  model: 'text',
  /** The model and the deployment of the last attempt. */
  served_model: 'text',
  deployment: 'text',
  operation: 'text',
  dialect: 'text',
  upstream_dialect: 'text',
  stream: 'bigint',
  /** The status that the client received; 499 if it disconnected before the end. */
  status: 'bigint',
  /** The error code, also for failures inside a stream; null for success. */
  error: 'text',
  attempts: 'bigint',
  prompt_tokens: 'bigint',
  completion_tokens: 'bigint',
  cached_tokens: 'bigint',
  cache_write_tokens: 'bigint',
  long_cache_write_tokens: 'bigint',
  reasoning_tokens: 'bigint',
  audio_input_tokens: 'bigint',
  image_input_tokens: 'bigint',
  audio_output_tokens: 'bigint',
  image_output_tokens: 'bigint',
  images: 'bigint',
  seconds: 'double precision',
  searches: 'bigint',
  estimated: 'bigint',
  uncounted: 'bigint',
  /** Billionths of a US dollar; null if unknown. */
  cost_nano: 'bigint',
  price: 'text',
  duration_ms: 'double precision',
  first_token_ms: 'double precision',
  trace_id: 'text',
} as const;

export type CallColumn = keyof typeof CALL_COLUMNS;
export const CALL_COLUMN_NAMES = Object.keys(CALL_COLUMNS) as readonly CallColumn[];

/** One call: a value for each column. */
export type CallRow = readonly (string | number | null)[];

const MAX_NAME_LENGTH = 200;
const MAX_PRICE_LENGTH = 500;
/** Configured names as they are stored; there are few of them. */
const fitNames = new Map<string, string>();
const MOST_NAMES = 10_000;
const REFUSED = /[\0\p{Surrogate}]/gu;

const process = randomBytes(9).toString('base64url');
let count = 0;

/**
 * The row of a finished call.
 * @param status the status that the client received
 * @param endMs when it ended, in milliseconds since 1970
 */
export function callRow(record: CallRecord, status: number, endMs: number): CallRow {
  const { usage, error, durationMs, firstTokenMs, costNanoUsd } = record;
  const isUncounted = usage === undefined && record.isUncounted;
  const model = stored(record.model);
  const attempt = record.attemptLog.at(-1);
  return [
    Math.round(endMs - durationMs),
    `${process}${(count++).toString(36)}`,
    // Visible ASCII, and short.
    record.requestId,
    stored(record.client) ?? '',
    record.team === undefined ? null : stored(record.team),
    model,
    attempt?.model === record.model ? model : stored(attempt?.model),
    stored(attempt?.deployment),
    record.operation.name,
    record.route?.dialect ?? null,
    attempt?.dialect ?? null,
    record.isStream ? 1 : 0,
    status,
    stored(error?.logCode),
    record.attempts,
    usage?.promptTokens ?? null,
    usage?.completionTokens ?? null,
    usage?.cachedTokens ?? null,
    usage?.cacheWriteTokens ?? null,
    usage?.longCacheWriteTokens ?? null,
    usage?.reasoningTokens ?? null,
    usage?.audioInputTokens ?? null,
    usage?.imageInputTokens ?? null,
    usage?.audioOutputTokens ?? null,
    usage?.imageOutputTokens ?? null,
    usage?.images ?? null,
    usage?.seconds ?? null,
    usage?.searches ?? null,
    usage?.isEstimated === true ? 1 : 0,
    isUncounted ? 1 : 0,
    // A call that used nothing costs nothing, whatever the price.
    costNanoUsd ?? (usage === undefined && !isUncounted ? 0 : null),
    record.price?.slice(0, MAX_PRICE_LENGTH) ?? null,
    Math.round(durationMs * 10) / 10,
    firstTokenMs === undefined ? null : Math.round(firstTokenMs * 10) / 10,
    record.trace?.id ?? null,
  ];
}

/** A name as it is stored: databases refuse some characters that configured names may contain. */
function stored(name: string | undefined): string | null {
  if (name === undefined) return null;
  let fit = fitNames.get(name);
  if (fit === undefined) {
    if (fitNames.size === MOST_NAMES) fitNames.clear();
    fit = name.slice(0, MAX_NAME_LENGTH).replaceAll(REFUSED, '\ufffd');
    fitNames.set(name, fit);
  }
  return fit;
}
