import { type LlmProvider } from './llm-provider.js';

/** Injection token of all strategies, by type. */
export const LLM_PROVIDERS = Symbol('LLM_PROVIDERS');

/**
 * One strategy per type. Every configured model has one, because the configuration rejects unknown
 * types.
 */
export type LlmProviders = ReadonlyMap<string, LlmProvider>;
