import { type Usage } from '../conversation/usage.js';

/** The tokens of a call in classes that do not overlap, as whole numbers of at least 0. */
export interface UsageClasses {
  readonly input: number;
  readonly cachedInput: number;
  readonly cacheWrite: number;
  readonly longCacheWrite: number;
  readonly audioInput: number;
  readonly imageInput: number;
  readonly output: number;
  readonly reasoning: number;
  readonly audioOutput: number;
  readonly imageOutput: number;
}

/**
 * Splits the reported usage into these classes. Reported figures overlap: all input contains the
 * cached input, all output the reasoning. Cache reads and writes count as reported, even if they
 * exceed the input. Audio and images may be cached as well, so they count only up to the remaining
 * input.
 */
export function classesOf(usage: Usage): UsageClasses {
  const cachedInput = whole(usage.cachedTokens);
  const allWrites = whole(usage.cacheWriteTokens);
  const longCacheWrite = Math.min(whole(usage.longCacheWriteTokens), allWrites);
  const uncached = Math.max(whole(usage.promptTokens) - cachedInput - allWrites, 0);
  const audioInput = Math.min(whole(usage.audioInputTokens), uncached);
  const imageInput = Math.min(whole(usage.imageInputTokens), uncached - audioInput);
  const completion = whole(usage.completionTokens);
  const audioOutput = Math.min(whole(usage.audioOutputTokens), completion);
  const imageOutput = Math.min(whole(usage.imageOutputTokens), completion - audioOutput);
  const reasoning = Math.min(whole(usage.reasoningTokens), completion - audioOutput - imageOutput);
  return {
    input: uncached - audioInput - imageInput,
    cachedInput,
    cacheWrite: allWrites - longCacheWrite,
    longCacheWrite,
    audioInput,
    imageInput,
    output: completion - audioOutput - imageOutput - reasoning,
    reasoning,
    audioOutput,
    imageOutput,
  };
}

/** A service may report any number. */
export function whole(count: number | undefined): number {
  if (count === undefined || !(count > 0)) return 0;
  return Math.min(Math.round(count), Number.MAX_SAFE_INTEGER);
}
