import { type Usage } from './usage.js';

/** Counts as a service reports them, unchecked. */
export type SaidClasses = { readonly [Class in keyof Usage]?: unknown };

/**
 * Above any real count, and low enough for stores to hold its cost at every price. Some services
 * write -1 for "unknown", which becomes 2^64 - 1 as an unsigned counter.
 */
const MOST = 1e9;

/** Whether a value is a valid count. */
export function isCount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= MOST;
}

/** The count, or 0 for anything else. */
export function countOf(value: unknown): number {
  return isCount(value) ? value : 0;
}

/** The first value that is a count of at least 1; otherwise 0. */
export function firstCount(first: unknown, second: unknown, third?: unknown, fourth?: unknown): number {
  // Nearly always, there is none.
  if (first !== undefined && isPositive(first)) return first;
  if (second !== undefined && isPositive(second)) return second;
  if (third !== undefined && isPositive(third)) return third;
  return fourth !== undefined && isPositive(fourth) ? fourth : 0;
}

/**
 * Rounds the counts, because stores and limits take whole numbers only, and omits classes with a
 * count of 0.
 * @returns undefined unless input and output are counts
 */
export function usageOf(said: SaidClasses): Usage | undefined {
  const { promptTokens, completionTokens } = said;
  if (!isCount(promptTokens) || !isCount(completionTokens)) return undefined;
  const usage: { -readonly [Class in keyof Usage]: Usage[Class] } = {
    promptTokens: Math.round(promptTokens),
    completionTokens: Math.round(completionTokens),
  };
  // One by one: a loop over the names takes twice as long, in every call. Nearly all are absent.
  if (said.cachedTokens !== undefined && isPositive(said.cachedTokens))
    usage.cachedTokens = Math.round(said.cachedTokens);
  if (said.cacheWriteTokens !== undefined && isPositive(said.cacheWriteTokens))
    usage.cacheWriteTokens = Math.round(said.cacheWriteTokens);
  if (said.longCacheWriteTokens !== undefined && isPositive(said.longCacheWriteTokens))
    usage.longCacheWriteTokens = Math.round(said.longCacheWriteTokens);
  if (said.reasoningTokens !== undefined && isPositive(said.reasoningTokens))
    usage.reasoningTokens = Math.round(said.reasoningTokens);
  if (said.audioInputTokens !== undefined && isPositive(said.audioInputTokens))
    usage.audioInputTokens = Math.round(said.audioInputTokens);
  if (said.imageInputTokens !== undefined && isPositive(said.imageInputTokens))
    usage.imageInputTokens = Math.round(said.imageInputTokens);
  if (said.audioOutputTokens !== undefined && isPositive(said.audioOutputTokens))
    usage.audioOutputTokens = Math.round(said.audioOutputTokens);
  if (said.imageOutputTokens !== undefined && isPositive(said.imageOutputTokens))
    usage.imageOutputTokens = Math.round(said.imageOutputTokens);
  if (said.images !== undefined && isPositive(said.images)) usage.images = Math.round(said.images);
  if (said.seconds !== undefined && isPositive(said.seconds)) usage.seconds = said.seconds;
  if (said.searches !== undefined && isPositive(said.searches)) usage.searches = Math.round(said.searches);
  const tier = said.serviceTier === undefined ? undefined : tierOf(said.serviceTier);
  if (tier !== undefined) usage.serviceTier = tier;
  if (said.isEstimated === true) usage.isEstimated = true;
  return usage;
}

/** Whether tokens were counted. Models for images or audio may count in other units only. */
export function hasTokens({ promptTokens, completionTokens }: Usage): boolean {
  return promptTokens > 0 || completionTokens > 0;
}

/** Names by which services call their default tier. */
const ORDINARY: ReadonlySet<string> = new Set(['', 'auto', 'default', 'standard', 'on_demand']);
const TIER = /^[a-z0-9_.-]{1,40}$/;

/** The service tier of a call; undefined for the default tier, and if the service reports none. */
export function tierOf(said: unknown): string | undefined {
  if (typeof said !== 'string' || said === 'default') return undefined;
  const name = said.toLowerCase();
  if (ORDINARY.has(name)) return undefined;
  return TIER.test(name) ? name : 'other';
}

/** The combined usage of several replies; its tier is the first that is reported. */
export function sumOfUsage(known: Usage | undefined, further: Usage | undefined): Usage | undefined {
  if (known === undefined || further === undefined) return known ?? further;
  const sum: Record<string, number | boolean | string> = { ...known };
  for (const [name, value] of Object.entries(further) as [string, number | boolean | string][])
    sum[name] = typeof value === 'number' ? countOf(sum[name]) + value : (sum[name] ?? value);
  return sum as unknown as Usage;
}

/** Usage with the service tier that is reported beside it. */
export function withTier(usage: Usage | undefined, said: unknown): Usage | undefined {
  const tier = tierOf(said);
  return usage === undefined || tier === undefined ? usage : { ...usage, serviceTier: tier };
}

function isPositive(value: unknown): value is number {
  return typeof value === 'number' && value > 0 && value <= MOST;
}
