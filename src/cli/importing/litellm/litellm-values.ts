import { type Fields, type ImportedGateway } from '../imported-gateway.js';

const MOST_RETRIES = 20;

/** Reads a positive number or its text; undefined for any other value. */
export function seconds(value: unknown): number | undefined {
  const number = numberOf(value);
  return number !== undefined && number > 0 && number < Infinity ? number : undefined;
}

/** Reads a whole number of at least 0 or its text; undefined for any other value. */
export function wholeNumber(value: unknown): number | undefined {
  const number = numberOf(value);
  return number !== undefined && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}

/** Converts a number of retries; one above the gateway's limit is noted. */
export function retryOf(count: number, gateway: ImportedGateway, of?: string): Fields {
  if (count > MOST_RETRIES) gateway.note('num_retries', `${MOST_RETRIES} is the most`, of);
  return { max_retries: Math.min(count, MOST_RETRIES) };
}

/** A text that is not empty, without surrounding spaces. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

/** Whether a value sets nothing: false, or an empty text, list or mapping. */
export function isUnset(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

/** Reads a number or its text; undefined for any other value. */
export function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' ? number : undefined;
}
