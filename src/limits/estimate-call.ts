import { type Model } from '../routing/model.js';
import { type ClientRequest } from '../dialects/ports/dialect.js';
import { CHAT, COMPLETIONS, COUNT_TOKENS, EMBEDDINGS, MODERATION, RERANK } from '../protocol/operation.js';
import { type Prices } from '../prices/prices.js';
import { type Estimate } from './limiter.js';

/** Assumed new tokens of a call if neither the client nor the configuration sets a limit. */
const GUESSED_OUTPUT = 1024;

/** How large a call may become, in tokens. */
export interface CallSize {
  readonly input: number;
  readonly output: number;
  /** `output` without the part that is only assumed. */
  readonly leastOutput: number;
  /** Maximum number of generated images. */
  readonly images: number;
}

/** The properties of a call that matter for limits. */
export interface CallWish {
  readonly model: Model;
  readonly request: ClientRequest;
}

const NOTHING: CallSize = { input: 0, output: 0, leastOutput: 0, images: 0 };
const FREE: Estimate = { tokens: 0, nanoUsd: 0, leastTokens: 0, leastNanoUsd: 0 };

/**
 * Estimates the size of a call without parsing its text: each input token takes at least one byte.
 * A call that only counts tokens uses none. The tokens of an upload count as none, because only the
 * service knows them.
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
 * An unknown price counts as 0, because keys with a budget cannot use such a model.
 * @param prices undefined if no budget applies
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

/**
 * Clients may request any number, and Redis turns numbers beyond 2^63 into negative ones. No limit
 * is that large.
 */
function bounded(count: number): number {
  return Math.min(count, Number.MAX_SAFE_INTEGER);
}

/** @param limit the limit of all replies together */
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
