import { type Fields, type ImportedGateway } from '../imported-gateway.js';

const MOST_RETRIES = 20;

/** A number above 0, also as a text. */
export function seconds(value: unknown): number | undefined {
  const number = numberOf(value);
  return number !== undefined && number > 0 && number < Infinity ? number : undefined;
}

/** A whole number of at least 0, also as a text. */
export function wholeNumber(value: unknown): number | undefined {
  const number = numberOf(value);
  return number !== undefined && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}

/** The setting for a number of retries; more than the gateway allows is noted. */
export function retryOf(count: number, gateway: ImportedGateway, of?: string): Fields {
  if (count > MOST_RETRIES) gateway.note('num_retries', `${MOST_RETRIES} is the most`, of);
  return { max_retries: Math.min(count, MOST_RETRIES) };
}

/** A text that is not empty, without the spaces around it. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

/** Nothing is set: a switch that is off, an empty text, list or mapping. */
export function isUnset(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

/** A number, also as a text. */
export function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' ? number : undefined;
}
