import { type JsonObject, isObject, parseObject } from '../chat/chat-request.js';
import { intendedJson } from '../response/intended-answer.js';
import { type SandboxOperation, invalid, missing, modelOf, nextId } from './operation.js';

/** The service's default model. */
const USUAL_MODEL = 'omni-moderation-latest';
const CATEGORIES = [
  'harassment',
  'harassment/threatening',
  'hate',
  'hate/threatening',
  'illicit',
  'illicit/violent',
  'self-harm',
  'self-harm/instructions',
  'self-harm/intent',
  'sexual',
  'sexual/minors',
  'violence',
  'violence/graphic',
] as const;
type Category = (typeof CATEGORIES)[number];

/** The words that the sandbox flags. */
const WORDS: readonly (readonly [words: RegExp, category: Category])[] = [
  [/\b(?:kill|murder|attack)/iu, 'violence'],
  [/杀|打死|袭击/u, 'violence'],
  [/\b(?:hate)/iu, 'hate'],
  [/仇恨/u, 'hate'],
  [/\b(?:idiot|stupid)/iu, 'harassment'],
  [/白痴|蠢货/u, 'harassment'],
];

/** Wire format: https://platform.openai.com/docs/api-reference/moderations */
export const MODERATIONS: SandboxOperation = {
  target: 'moderations',
  reply: ({ body }) => {
    const fields = parseObject(body);
    const model = modelOf(fields.model ?? USUAL_MODEL);
    const results = readTexts(fields.input).map(resultFor);
    const id = nextId('modr');
    return { model, intended: intendedJson(() => JSON.stringify({ id, model, results })) };
  },
};

function resultFor(text: string): JsonObject {
  const found = new Set(WORDS.filter(([words]) => words.test(text)).map(([, category]) => category));
  const each = <Value>(value: (category: Category) => Value): Record<string, Value> =>
    Object.fromEntries(CATEGORIES.map((category) => [category, value(category)]));
  return {
    flagged: found.size > 0,
    categories: each((category) => found.has(category)),
    category_scores: each((category) => (found.has(category) ? 0.97 : 0.0001)),
    category_applied_input_types: each(() => ['text']),
  };
}

/** A list of parts is one input; a list of texts is several. */
function readTexts(input: unknown): readonly string[] {
  if (input === undefined || input === null) throw missing('input');
  if (typeof input === 'string') return [input];
  if (!Array.isArray(input) || input.length === 0) throw invalid('input', 'a text, texts or parts');
  if (input.every((each) => typeof each === 'string')) return input;
  const parts = input.map((part: unknown) => {
    if (!isObject(part)) throw invalid('input', 'a text, texts or parts');
    return typeof part.text === 'string' ? part.text : '';
  });
  return [parts.join(' ')];
}
