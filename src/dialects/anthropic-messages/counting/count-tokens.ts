import { type Part, type Prompt, type Source } from '../../../conversation/prompt.js';
import { stringifyJson } from '../../../protocol/json.js';
import { type TokenCounter } from '../../counting/token-counter.js';
import { imageSize } from './image-size.js';

/** Tokens that a service adds to each message, and once for the start of the reply. */
const TOKENS_PER_TURN = 4;
const TOKENS_OF_START = 3;
/** https://platform.claude.com/docs/en/build-with-claude/vision: larger images are scaled down before. */
const PIXELS_PER_TOKEN = 750;
const MOST_TOKENS_PER_IMAGE = 1600;
/**
 * https://platform.claude.com/docs/en/build-with-claude/pdf-support: 1,500 to 3,000 tokens of text
 * per page, and an image of the page.
 */
const TOKENS_PER_PAGE = 3000;
const PAGE = /\/Type\s*\/Page(?![a-z])/gi;
/** Only this many characters are counted exactly; the rest is extrapolated. */
const MOST_COUNTED = 1_000_000;

/**
 * Estimates the tokens of a prompt with the gateway's own tokenizer: instructions, turns, tools and
 * images.
 * @returns the response body of `/v1/messages/count_tokens`
 */
export async function countTokens(
  counter: TokenCounter,
  prompt: Prompt,
): Promise<{ readonly input_tokens: number }> {
  const { texts, tokens } = inputOf(prompt);
  return { input_tokens: tokens + (await countTexts(counter, texts)) };
}

/** The texts of a prompt that a model reads, and the tokens of everything that is not text. */
export function inputOf(prompt: Prompt): { readonly texts: readonly string[]; readonly tokens: number } {
  const found = { texts: [] as string[], tokens: TOKENS_OF_START };
  for (const { text } of prompt.system) found.texts.push(text);
  for (const { parts } of prompt.turns) {
    found.tokens += TOKENS_PER_TURN;
    for (const part of parts) add(part, found);
  }
  for (const { name, description, parameters } of prompt.tools)
    found.texts.push(stringifyJson({ name, description, parameters }));
  if (prompt.output.kind === 'schema') found.texts.push(stringifyJson(prompt.output.schema));
  return found;
}

async function countTexts(counter: TokenCounter, texts: readonly string[]): Promise<number> {
  const all = texts.join('\n');
  const sample = all.slice(0, MOST_COUNTED);
  const [count] = await counter.count([sample]);
  return sample === '' ? 0 : Math.round((count! * all.length) / sample.length);
}

function add(part: Part, found: { readonly texts: string[]; tokens: number }): void {
  switch (part.kind) {
    case 'text':
    case 'reasoning':
      found.texts.push(part.text);
      break;
    case 'tool-call':
      found.texts.push(part.name, part.arguments);
      break;
    case 'tool-result':
      found.tokens += TOKENS_PER_TURN;
      for (const inner of part.parts) add(inner, found);
      break;
    case 'image':
      found.tokens += imageTokens(part.source);
      break;
    case 'file':
      found.tokens += fileTokens(part.source);
      break;
    case 'audio':
      break;
  }
}

function imageTokens(source: Source): number {
  const size = source.kind === 'data' ? imageSize(source.data) : undefined;
  if (size === undefined) return MOST_TOKENS_PER_IMAGE;
  return Math.min(MOST_TOKENS_PER_IMAGE, Math.ceil((size.width * size.height) / PIXELS_PER_TOKEN));
}

function fileTokens(source: Source): number {
  if (source.kind !== 'data') return TOKENS_PER_PAGE;
  const pages = Buffer.from(source.data, 'base64').toString('latin1').match(PAGE)?.length ?? 0;
  return Math.max(1, pages) * TOKENS_PER_PAGE;
}
