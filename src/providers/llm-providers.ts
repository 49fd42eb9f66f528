import { type LlmProvider } from './llm-provider.js';

/** Injection token of all strategies, by type. */
export const LLM_PROVIDERS = Symbol('LLM_PROVIDERS');

/** One strategy a type; every configured model has one, since the configuration knows no other types. */
export type LlmProviders = ReadonlyMap<string, LlmProvider>;
