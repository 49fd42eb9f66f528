import { stringifyJson } from '../../protocol/json.js';
import { plainText } from '../../telemetry/log/plain-text.js';
import { type Masker } from './masker.js';
import { shorten } from './shorten.js';
import { type Step, type StepKind } from './timeline.js';

const TITLES: Readonly<Record<StepKind, string>> = {
  client_request: 'Client request',
  dropped: 'Not sent, because the format of the service has no place for it',
  login_request: 'Login request',
  login_answer: 'Login response',
  token: 'Token',
  chat_request: 'Request',
  chat_answer: 'Response',
  expression: 'Expression',
  openai_answer: 'OpenAI response',
  client_answer: 'Client response',
  failure: 'Failed',
};
/** Limit for any value, even in a complete body. */
const MAX_VALUE = 2_000;
const MAX_ANSWER_TEXT = 4_000;

/** Fields whose texts come from the gateway or the configuration. */
const OWN_FIELDS: ReadonlySet<string> = new Set(['expression', 'problem']);

/** A step with secrets masked. */
export interface ShownStep {
  readonly step: StepKind;
  readonly name?: string;
  readonly nth?: number;
  readonly [field: string]: unknown;
}

/** Masks first, then shortens, because a truncated secret would no longer be found. */
export function show({ kind, name, nth, isLogin, fields }: Step, masker: Masker): ShownStep {
  const maxText = kind === 'openai_answer' || kind === 'client_answer' ? MAX_ANSWER_TEXT : undefined;
  const masked = Object.entries(fields).map(([field, value]) => [
    field,
    masker.value(value, isLogin && !OWN_FIELDS.has(field), field),
  ]);
  return {
    step: kind,
    ...(name !== undefined && { name }),
    ...(nth > 1 && { nth }),
    ...(shorten(Object.fromEntries(masked), maxText) as Record<string, unknown>),
  };
}

/** @param intro a line before the first step */
export function toText(steps: readonly ShownStep[], intro?: string): string {
  const blocks = steps.map(({ step, name, nth, ...fields }, index) => {
    const which = [name, nth === undefined ? undefined : `no. ${nth}`].filter(Boolean).join(', ');
    const heading = `${index + 1}. ${TITLES[step]}${which === '' ? '' : `: ${which}`}`;
    const lines = Object.entries(fields)
      .filter(([, value]) => value !== undefined)
      .flatMap(([field, value]) => linesOf(field.replaceAll('_', ' '), value));
    return [heading, ...lines.map((line) => `   ${line}`)].join('\n');
  });
  if (intro !== undefined) blocks.unshift(intro);
  return plainText(`${blocks.join('\n\n')}\n`);
}

function linesOf(field: string, value: unknown): string[] {
  if (field === 'headers' && typeof value === 'object' && value !== null) {
    const headers = Object.entries(value).map(([name, text]) => `  ${name}: ${String(text)}`);
    return [`${field}:`, ...(headers.length === 0 ? ['  (none)'] : headers)];
  }
  if (field === 'first events' && Array.isArray(value)) {
    return [`${field}:`, ...value.map((event) => `  ${inline(event)}`)];
  }
  const [first = '', ...others] = inline(value).split('\n');
  return [`${field}: ${first}`, ...others.map((line) => `  ${line}`)];
}

function inline(value: unknown): string {
  const text = typeof value === 'string' ? value : stringifyJson(value);
  return text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE)}… (${text.length} characters)` : text;
}
