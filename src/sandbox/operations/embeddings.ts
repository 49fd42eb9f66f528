import { type IntendedAnswer, intendedJson } from '../response/intended-answer.js';
import { RequestProblem } from '../request-problem.js';
import { estimateTokens } from '../chat/text-pieces.js';
import { MOST_DIMENSIONS, piecesOf, vectorOf } from '../content/embedding-vector.js';
import { type SandboxOperation, invalid, missing, readChoice, readCount, readJson } from './operation.js';

/** Few enough to read, but enough to tell texts apart. */
const USUAL_DIMENSIONS = 256;
const MOST_INPUTS = 2048;

/** A text, or the tokens of one. */
type Input = string | readonly number[];

/** Wire format: https://platform.openai.com/docs/api-reference/embeddings */
export const EMBEDDINGS: SandboxOperation = {
  target: 'embeddings',
  reply: (request) => {
    const { fields, model } = readJson(request);
    const inputs = readInputs(fields.input);
    const dimensions = readCount(fields.dimensions, 'dimensions', USUAL_DIMENSIONS, MOST_DIMENSIONS);
    const form = readChoice(fields.encoding_format, 'encoding_format', ['float', 'base64']);
    return { model, intended: intendedEmbeddings(model, inputs, dimensions, form) };
  },
};

function intendedEmbeddings(
  model: string,
  inputs: readonly Input[],
  dimensions: number,
  form: 'float' | 'base64',
): IntendedAnswer {
  return intendedJson(() => {
    const data = inputs.map((input, index) => {
      const vector = vectorOf(typeof input === 'string' ? piecesOf(input) : input, dimensions);
      const embedding = form === 'float' ? [...vector] : Buffer.from(vector.buffer).toString('base64');
      return { object: 'embedding', index, embedding };
    });
    const tokens = inputs.reduce((sum, input) => sum + tokensIn(input), 0);
    return JSON.stringify({
      object: 'list',
      data,
      model,
      usage: { prompt_tokens: tokens, total_tokens: tokens },
    });
  });
}

function tokensIn(input: Input): number {
  return typeof input === 'string' ? estimateTokens(input) : input.length;
}

function readInputs(input: unknown): readonly Input[] {
  if (input === undefined || input === null) throw missing('input');
  // A list of numbers is one text, given as tokens.
  const inputs = Array.isArray(input) && typeof input[0] !== 'number' ? (input as unknown[]) : [input];
  if (inputs.length === 0 || inputs.length > MOST_INPUTS) {
    throw new RequestProblem(400, `'input' must hold 1 to ${MOST_INPUTS} texts.`, 'invalid_value', 'input');
  }
  return inputs.map((each) => {
    const isTokens = Array.isArray(each) && each.every((token) => Number.isInteger(token) && token >= 0);
    if ((typeof each !== 'string' && !isTokens) || (each as Input).length === 0) {
      throw invalid('input', 'a text or a list of tokens, neither of them empty, or a list of those');
    }
    return each as Input;
  });
}
