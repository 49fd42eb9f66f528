import { LARGE_BODY_BYTES, nextTurn } from '../../protocol/turns.js';
import { isJsonObject, parseJson } from '../../protocol/json.js';
import { countTokens } from '../anthropic-messages/counting/count-tokens.js';
import { type ClientRequest, isPrompted } from '../ports/dialect.js';
import { type TokenCounter } from './token-counter.js';
import { BodySize } from './body-size.js';

/** Fields of requests that contain what a model reads. */
const READ = [
  'system',
  'instructions',
  'messages',
  'tools',
  'prompt',
  'suffix',
  'input',
  'query',
  'documents',
  'texts',
] as const;
/** Number of bytes that are examined without a pause, which takes less than a millisecond. */
const SLICE_BYTES = 262_144;
const SAMPLE_BYTES = 16_384;

/**
 * Counts the tokens of a request in the gateway: a small one with the tokenizer, a large one by its
 * size and a sample.
 * @returns undefined for an upload, whose bytes are no longer available
 */
export async function inputTokensOf(
  counter: TokenCounter,
  request: ClientRequest,
): Promise<number | undefined> {
  const { body } = request;
  if (body.length === 0) return undefined;
  if (body.length > LARGE_BODY_BYTES) return tokensBySize(counter, body);
  if (isPrompted(request)) {
    try {
      return (await countTokens(counter, request.prompt())).input_tokens;
    } catch {
      // Only its own service can read the request, but its texts are counted all the same.
    }
  }
  const found = { texts: [] as string[], tokens: 0 };
  const fields = parseJson(body.toString());
  if (isJsonObject(fields)) for (const name of READ) collect(fields[name], found);
  const [count] = await counter.count([found.texts.join('\n')]);
  return found.tokens + count!;
}

async function tokensBySize(counter: TokenCounter, body: Buffer): Promise<number> {
  const size = new BodySize();
  for (let start = 0; start < body.length; start += SLICE_BYTES) {
    await nextTurn();
    size.add(body.subarray(start, start + SLICE_BYTES));
  }
  const sample = new BodySize();
  const beginning = body.subarray(0, SAMPLE_BYTES);
  sample.add(beginning);
  const [count] = await counter.count([sample.textOf(beginning)]);
  const guessed = sample.textTokens;
  return Math.round(size.textTokens * (guessed > 0 ? count! / guessed : 1)) + size.furtherTokens;
}

/** Collects every text and number below a value; some clients send tokens as numbers. */
function collect(value: unknown, found: { readonly texts: string[]; tokens: number }): void {
  if (typeof value === 'string') found.texts.push(value);
  else if (typeof value === 'number') found.tokens++;
  else if (Array.isArray(value)) for (const each of value as readonly unknown[]) collect(each, found);
  else if (isJsonObject(value)) for (const each of Object.values(value)) collect(each, found);
}
