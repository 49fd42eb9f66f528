import { type Usage } from './usage.js';

/** The classes as a service says them, unchecked. */
export type SaidClasses = { readonly [Class in keyof Usage]?: unknown };

/**
 * More than any call uses; stores can hold its cost at every price. Some services write -1 for "unknown", which an
 * unsigned counter makes 2^64 - 1.
 */
const MOST = 1e9;

/** Whether a value counts something. */
export function isCount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= MOST;
}

/** 0 for what is no count. */
export function countOf(value: unknown): number {
  return isCount(value) ? value : 0;
}

/** The first of the values that counts at least one; 0 if none does. */
export function firstCount(...values: readonly unknown[]): number {
  for (const value of values) if (isSome(value)) return value;
  return 0;
}

/**
 * Counts are rounded, because stores and limits take whole numbers only.
 * @returns undefined unless input and output are counts; without classes of which there is nothing
 */
export function usageOf(said: SaidClasses): Usage | undefined {
  const { promptTokens, completionTokens } = said;
  if (!isCount(promptTokens) || !isCount(completionTokens)) return undefined;
  const usage: { -readonly [Class in keyof Usage]: Usage[Class] } = {
    promptTokens: Math.round(promptTokens),
    completionTokens: Math.round(completionTokens),
  };
  // One by one: a loop over the names takes twice the time, for every call.
  if (isSome(said.cachedTokens)) usage.cachedTokens = Math.round(said.cachedTokens);
  if (isSome(said.cacheWriteTokens)) usage.cacheWriteTokens = Math.round(said.cacheWriteTokens);
  if (isSome(said.longCacheWriteTokens)) usage.longCacheWriteTokens = Math.round(said.longCacheWriteTokens);
  if (isSome(said.reasoningTokens)) usage.reasoningTokens = Math.round(said.reasoningTokens);
  if (isSome(said.audioInputTokens)) usage.audioInputTokens = Math.round(said.audioInputTokens);
  if (isSome(said.imageInputTokens)) usage.imageInputTokens = Math.round(said.imageInputTokens);
  if (isSome(said.audioOutputTokens)) usage.audioOutputTokens = Math.round(said.audioOutputTokens);
  if (isSome(said.imageOutputTokens)) usage.imageOutputTokens = Math.round(said.imageOutputTokens);
  if (isSome(said.images)) usage.images = Math.round(said.images);
  if (isSome(said.seconds)) usage.seconds = said.seconds;
  if (isSome(said.searches)) usage.searches = Math.round(said.searches);
  const tier = tierOf(said.serviceTier);
  if (tier !== undefined) usage.serviceTier = tier;
  if (said.isEstimated === true) usage.isEstimated = true;
  return usage;
}

/** Whether tokens were counted; what makes pictures, or listens, may count in other units alone. */
export function hasTokens({ promptTokens, completionTokens }: Usage): boolean {
  return promptTokens > 0 || completionTokens > 0;
}

/** The words of services for the ordinary way of serving a call. */
const ORDINARY: ReadonlySet<string> = new Set(['', 'auto', 'default', 'standard', 'on_demand']);
const TIER = /^[a-z0-9_.-]{1,40}$/;

/** How a service says that it served a call; undefined for the ordinary way, and where it says nothing. */
export function tierOf(said: unknown): string | undefined {
  if (typeof said !== 'string' || said === 'default') return undefined;
  const name = said.toLowerCase();
  if (ORDINARY.has(name)) return undefined;
  return TIER.test(name) ? name : 'other';
}

/** What several replies used together; a tier is that of the first that says one. */
export function sumOfUsage(known: Usage | undefined, further: Usage | undefined): Usage | undefined {
  if (known === undefined || further === undefined) return known ?? further;
  const sum: Record<string, number | boolean | string> = { ...known };
  for (const [name, value] of Object.entries(further) as [string, number | boolean | string][])
    sum[name] = typeof value === 'number' ? countOf(sum[name]) + value : (sum[name] ?? value);
  return sum as unknown as Usage;
}

/** Usage with the tier that a service says beside it. */
export function withTier(usage: Usage | undefined, said: unknown): Usage | undefined {
  const tier = tierOf(said);
  return usage === undefined || tier === undefined ? usage : { ...usage, serviceTier: tier };
}

function isSome(value: unknown): value is number {
  return typeof value === 'number' && value > 0 && value <= MOST;
}
