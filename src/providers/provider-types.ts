import { type LlmProviderType } from './llm-provider.js';
import { AnthropicProvider } from './anthropic/anthropic.provider.js';
import { GeminiProvider } from './gemini/gemini.provider.js';
import { OpenAiProvider } from './openai/openai.provider.js';
import { RequestProvider } from './request/request.provider.js';

/** The only list of model types. A new type needs one folder beside these and one line here. */
export const PROVIDER_TYPES: readonly LlmProviderType[] = [
  OpenAiProvider,
  AnthropicProvider,
  GeminiProvider,
  RequestProvider,
];
