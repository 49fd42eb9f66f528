import { SPEECH_AUDIO } from '../../../dialects/openai-audio/speech.js';
import { OPENAI_COMPLETIONS } from '../../../dialects/openai-completions/openai-completions.js';
import { OPENAI_EMBEDDINGS } from '../../../dialects/openai-embeddings/openai-embeddings.js';
import { IMAGE_GENERATIONS } from '../../../dialects/openai-images/openai-images.js';
import { OPENAI_MODERATIONS } from '../../../dialects/openai-moderations/openai-moderations.js';
import { JINA_RERANK } from '../../../dialects/rerank/rerank.js';
import { AnthropicProvider } from '../../../providers/anthropic/anthropic.provider.js';
import { GeminiProvider } from '../../../providers/gemini/gemini.provider.js';
import { OpenAiProvider } from '../../../providers/openai/openai.provider.js';

/** How this gateway reaches a provider of LiteLLM. */
export interface Reached {
  readonly type: string;
  /** The usual address; undefined if `api_base` is required. */
  readonly base?: string;
  /** The variable that LiteLLM reads if `api_key` is missing. */
  readonly key?: string;
  /** What is appended to `api_base`. */
  readonly below?: string;
  readonly speaks?: readonly string[];
}

const openAi = (base: string | undefined, key?: string, more: Partial<Reached> = {}): Reached => ({
  type: OpenAiProvider.type,
  base,
  key,
  ...more,
});

/**
 * Providers by the prefix of `model`, before the slash.
 * @see https://docs.litellm.ai/docs/providers
 */
export const PROVIDERS: Readonly<Record<string, Reached>> = {
  ai21: openAi('https://api.ai21.com/studio/v1', 'AI21_API_KEY'),
  aiml: openAi('https://api.aimlapi.com/v1', 'AIML_API_KEY'),
  anthropic: { type: AnthropicProvider.type, base: 'https://api.anthropic.com', key: 'ANTHROPIC_API_KEY' },
  anyscale: openAi('https://api.endpoints.anyscale.com/v1', 'ANYSCALE_API_KEY'),
  azure_ai: openAi(undefined, 'AZURE_AI_API_KEY'),
  cerebras: openAi('https://api.cerebras.ai/v1', 'CEREBRAS_API_KEY'),
  codestral: openAi('https://codestral.mistral.ai/v1', 'CODESTRAL_API_KEY'),
  cohere: openAi('https://api.cohere.ai/compatibility/v1', 'COHERE_API_KEY'),
  cohere_chat: openAi('https://api.cohere.ai/compatibility/v1', 'COHERE_API_KEY'),
  custom_openai: openAi(undefined),
  dashscope: openAi('https://dashscope-intl.aliyuncs.com/compatible-mode/v1', 'DASHSCOPE_API_KEY'),
  databricks: openAi(undefined, 'DATABRICKS_API_KEY'),
  deepinfra: openAi('https://api.deepinfra.com/v1/openai', 'DEEPINFRA_API_KEY'),
  deepseek: openAi('https://api.deepseek.com/v1', 'DEEPSEEK_API_KEY'),
  docker_model_runner: openAi('http://localhost:12434/engines/llama.cpp/v1'),
  featherless_ai: openAi('https://api.featherless.ai/v1', 'FEATHERLESS_AI_API_KEY'),
  fireworks_ai: openAi('https://api.fireworks.ai/inference/v1', 'FIREWORKS_AI_API_KEY'),
  friendliai: openAi('https://api.friendli.ai/serverless/v1', 'FRIENDLI_TOKEN'),
  gemini: {
    type: GeminiProvider.type,
    base: 'https://generativelanguage.googleapis.com/v1beta',
    key: 'GEMINI_API_KEY',
  },
  github: openAi('https://models.github.ai/inference', 'GITHUB_API_KEY'),
  groq: openAi('https://api.groq.com/openai/v1', 'GROQ_API_KEY'),
  hosted_vllm: openAi(undefined, undefined),
  huggingface: openAi('https://router.huggingface.co/v1', 'HUGGINGFACE_API_KEY'),
  hyperbolic: openAi('https://api.hyperbolic.xyz/v1', 'HYPERBOLIC_API_KEY'),
  jina_ai: openAi('https://api.jina.ai/v1', 'JINA_AI_API_KEY'),
  lambda_ai: openAi('https://api.lambda.ai/v1', 'LAMBDA_API_KEY'),
  litellm_proxy: openAi(undefined, 'LITELLM_PROXY_API_KEY'),
  llamafile: openAi('http://127.0.0.1:8080/v1'),
  lm_studio: openAi('http://localhost:1234/v1'),
  minimax: openAi('https://api.minimax.io/v1', 'MINIMAX_API_KEY'),
  mistral: openAi('https://api.mistral.ai/v1', 'MISTRAL_API_KEY'),
  moonshot: openAi('https://api.moonshot.ai/v1', 'MOONSHOT_API_KEY'),
  nebius: openAi('https://api.studio.nebius.ai/v1', 'NEBIUS_API_KEY'),
  novita: openAi('https://api.novita.ai/v3/openai', 'NOVITA_API_KEY'),
  nscale: openAi('https://inference.api.nscale.com/v1', 'NSCALE_API_KEY'),
  nvidia_nim: openAi('https://integrate.api.nvidia.com/v1', 'NVIDIA_NIM_API_KEY'),
  ollama: openAi('http://localhost:11434/v1', undefined, { below: '/v1' }),
  ollama_chat: openAi('http://localhost:11434/v1', undefined, { below: '/v1' }),
  openai: openAi('https://api.openai.com/v1', 'OPENAI_API_KEY'),
  openai_like: openAi(undefined),
  openrouter: openAi('https://openrouter.ai/api/v1', 'OPENROUTER_API_KEY'),
  perplexity: openAi('https://api.perplexity.ai', 'PERPLEXITYAI_API_KEY'),
  sambanova: openAi('https://api.sambanova.ai/v1', 'SAMBANOVA_API_KEY'),
  'text-completion-openai': openAi('https://api.openai.com/v1', 'OPENAI_API_KEY', {
    speaks: [OPENAI_COMPLETIONS.name],
  }),
  together_ai: openAi('https://api.together.xyz/v1', 'TOGETHERAI_API_KEY'),
  vercel_ai_gateway: openAi('https://ai-gateway.vercel.sh/v1', 'VERCEL_AI_GATEWAY_API_KEY'),
  vllm: openAi(undefined),
  volcengine: openAi('https://ark.cn-beijing.volces.com/api/v3', 'VOLCENGINE_API_KEY'),
  voyage: openAi('https://api.voyageai.com/v1', 'VOYAGE_API_KEY'),
  xai: openAi('https://api.x.ai/v1', 'XAI_API_KEY'),
  xinference: openAi('http://127.0.0.1:9997/v1', 'XINFERENCE_API_KEY'),
  zai: openAi('https://api.z.ai/api/paas/v4', 'ZAI_API_KEY'),
};

/** Cohere's address for reranking, which differs from that of its chat in OpenAI's format. */
const COHERE_RERANK: Reached = openAi('https://api.cohere.com/v2', 'COHERE_API_KEY', {
  speaks: [JINA_RERANK.name],
});

/**
 * The wire format of models with one purpose other than chat, by `model_info.mode`.
 * @see https://docs.litellm.ai/docs/proxy/health
 */
const MODES: Readonly<Record<string, string>> = {
  completion: OPENAI_COMPLETIONS.name,
  embedding: OPENAI_EMBEDDINGS.name,
  rerank: JINA_RERANK.name,
  moderation: OPENAI_MODERATIONS.name,
  image_generation: IMAGE_GENERATIONS.name,
  audio_speech: SPEECH_AUDIO.name,
  audio_transcription: SPEECH_AUDIO.name,
};

/** How to reach a model of a provider; undefined for an unknown provider. */
export function reach(provider: string | undefined, served: string, mode: unknown): Reached | undefined {
  const isCohere = provider === 'cohere' || provider === 'cohere_chat';
  if (isCohere && (mode === 'rerank' || served.startsWith('rerank-'))) return COHERE_RERANK;
  return provider === undefined ? undefined : PROVIDERS[provider];
}

/**
 * The wire formats of a model whose `mode` is not a chat; undefined: the default ones of its type.
 */
export function speaksFor(type: string, mode: unknown): readonly string[] | undefined {
  if (type !== OpenAiProvider.type || typeof mode !== 'string' || !Object.hasOwn(MODES, mode))
    return undefined;
  return [MODES[mode]!];
}

/** Providers of LiteLLM that this gateway cannot reach, and why. */
export const UNREACHED: Readonly<Record<string, string>> = {
  bedrock:
    "it signs requests with AWS keys; models that Bedrock serves in OpenAI's format are reached with a Bedrock API key (config/examples)",
  sagemaker: 'it signs requests with AWS keys',
  sagemaker_chat: 'it signs requests with AWS keys',
  vertex_ai: 'it needs a Google service account; see the Vertex example in config/examples',
  vertex_ai_beta: 'it needs a Google service account; see the Vertex example in config/examples',
  github_copilot: 'it logs in through a browser',
  chatgpt: 'it logs in through a browser',
  watsonx: 'it has an API of its own; describe it as a model of type request',
  replicate: 'it has an API of its own; describe it as a model of type request',
  cloudflare: 'it has an API of its own; describe it as a model of type request',
  snowflake: 'it has an API of its own; describe it as a model of type request',
  predibase: 'it has an API of its own; describe it as a model of type request',
  oci: 'it signs requests with keys of Oracle Cloud',
  dify: 'it has an API of its own; describe it as a model of type request',
};

/** Guesses the provider of a model from a name without a slash. */
export function guessProvider(model: string): string | undefined {
  if (/^(gpt-|o[134](-|$)|chatgpt|text-embedding|dall-e|tts-|whisper|omni-moderation)/.test(model))
    return OpenAiProvider.type;
  if (model.startsWith('claude-')) return AnthropicProvider.type;
  if (/^gemini[-/]/.test(model)) return 'vertex_ai';
  if (model.startsWith('command-')) return 'cohere';
  return undefined;
}
