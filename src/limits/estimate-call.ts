import { type Model } from '../routing/model.js';
import { type ClientRequest } from '../dialects/ports/dialect.js';
import { CHAT, COMPLETIONS, COUNT_TOKENS, EMBEDDINGS, MODERATION, RERANK } from '../protocol/operation.js';
import { type Prices } from '../prices/prices.js';
import { type Estimate } from './limiter.js';

/** New tokens of a call for which neither the client nor the configuration sets a limit. */
const GUESSED_OUTPUT = 1024;

/** How large a call may become, in tokens. */
export interface CallSize {
  readonly input: number;
  readonly output: number;
  /** `output` without what is only guessed. */
  readonly leastOutput: number;
  /** How many it may make. */
  readonly images: number;
}

/** What a call asks for, as far as it concerns limits. */
export interface CallWish {
  readonly model: Model;
  readonly request: ClientRequest;
}

const NOTHING: CallSize = { input: 0, output: 0, leastOutput: 0, images: 0 };
const FREE: Estimate = { tokens: 0, nanoUsd: 0, leastTokens: 0, leastNanoUsd: 0 };

/**
 * The size of a call, without reading its text: each token of the input takes at least one byte. Counting tokens uses
 * none, and how many an upload has only its service knows.
 */
export function sizeOf({ model, request }: CallWish): CallSize {
  const { operation } = request.dialect;
  if (operation === COUNT_TOKENS) return NOTHING;
  const input = request.body.length;
  const replies = request.replyCount ?? 1;
  switch (operation) {
    case CHAT:
    case COMPLETIONS:
      return { input, ...outputOf(model, request.outputLimit, replies), images: replies };
    case EMBEDDINGS:
    case RERANK:
    case MODERATION:
      return { input, output: 0, leastOutput: 0, images: 1 };
    default:
      return { input, output: input === 0 ? 0 : GUESSED_OUTPUT * replies, leastOutput: 0, images: replies };
  }
}

/**
 * A price that is not known counts as 0: keys with a budget cannot use such a model.
 * @param prices undefined where no budget is to be held
 */
export function estimateOf(
  { model, request }: CallWish,
  { input, output, leastOutput, images }: CallSize,
  prices: Prices | undefined,
): Estimate {
  if (request.dialect.operation === COUNT_TOKENS) return FREE;
  const costOf = (tokens: number): number =>
    bounded(Math.ceil(prices?.estimateNanoUsd(model, input, tokens, images) ?? 0));
  const nanoUsd = costOf(output);
  const leastNanoUsd = output === leastOutput ? nanoUsd : costOf(leastOutput);
  return {
    tokens: bounded(input + output),
    nanoUsd,
    leastTokens: bounded(input + leastOutput),
    leastNanoUsd,
  };
}

/** Clients may ask for any number; Redis makes negative ones of those beyond 2^63. No limit is as large as that. */
function bounded(count: number): number {
  return Math.min(count, Number.MAX_SAFE_INTEGER);
}

/** @param limit of all replies together */
function outputOf(
  model: Model,
  limit: number | undefined,
  replies: number,
): Pick<CallSize, 'output' | 'leastOutput'> {
  if (limit !== undefined) return { output: limit, leastOutput: limit };
  let output = 0;
  let isGuessed = false;
  for (const { deployments } of [model, ...model.fallbacks.map((fallback) => fallback.model)]) {
    for (const { config } of deployments) {
      isGuessed ||= config.max_tokens === undefined;
      output = Math.max(output, config.max_tokens ?? GUESSED_OUTPUT);
    }
  }
  output *= replies;
  return { output, leastOutput: isGuessed ? 0 : output };
}
