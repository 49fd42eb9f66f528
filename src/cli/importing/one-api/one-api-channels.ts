import { AnthropicProvider } from '../../../providers/anthropic/anthropic.provider.js';
import { GeminiProvider } from '../../../providers/gemini/gemini.provider.js';
import { OpenAiProvider } from '../../../providers/openai/openai.provider.js';

/** How this gateway reaches a type of channel. */
export interface ChannelType {
  /** Its name in one-api or new-api. */
  readonly name: string;
  readonly type: string;
  /** The usual address, without the path of `below`; undefined if the channel must state it. */
  readonly base?: string;
  /** The path to append to a channel's address. */
  readonly below: string;
  /** Set if the address consists of more than `base_url`. */
  readonly address?: 'azure' | 'account' | 'whole';
}

/** A channel type that is not imported. */
export interface LeftType {
  readonly name: string;
  readonly why: string;
}

const openAi = (name: string, base?: string, below = '/v1'): ChannelType => ({
  name,
  type: OpenAiProvider.type,
  base,
  below,
});

const left = (name: string, why: string): LeftType => ({ name, why });

const OWN_API = 'their API is their own; describe it as a model of type request';
const SIGNED = 'the gateway does not sign requests: use a key of their OpenAI-compatible API';
const JOBS = 'the gateway has no operation for what they make';
const VERTEX = 'make a model of type gemini or anthropic with a google block';

/** Channel types with the same number in one-api and new-api. */
const COMMON: Readonly<Record<number, ChannelType | LeftType>> = {
  1: openAi('OpenAI', 'https://api.openai.com'),
  3: { ...openAi('Azure', undefined, ''), address: 'azure' },
  6: openAi('OpenAIMax', 'https://api.openaimax.com'),
  7: openAi('OhMyGPT', 'https://api.ohmygpt.com'),
  8: openAi('Custom'),
  9: openAi('AILS', 'https://api.caipacity.com'),
  10: openAi('AIProxy', 'https://api.aiproxy.io'),
  11: left('PaLM', 'Google has ended this API'),
  12: openAi('API2GPT', 'https://api.api2gpt.com'),
  13: openAi('AIGC2D', 'https://api.aigc2d.com'),
  14: { name: 'Anthropic', type: AnthropicProvider.type, base: 'https://api.anthropic.com', below: '' },
  15: left('Baidu', 'their API is their own: use its second version, in the format of OpenAI'),
  16: openAi('Zhipu', 'https://open.bigmodel.cn', '/api/paas/v4'),
  17: openAi('Ali', 'https://dashscope.aliyuncs.com', '/compatible-mode/v1'),
  18: left('Xunfei', 'it speaks WebSocket: use its HTTP API, in the format of OpenAI'),
  19: openAi('AI360', 'https://api.360.cn'),
  20: openAi('OpenRouter', 'https://openrouter.ai/api'),
  21: left('AIProxyLibrary', OWN_API),
  22: openAi('FastGPT', 'https://fastgpt.run/api/openapi'),
  23: left('Tencent', SIGNED),
  24: {
    name: 'Gemini',
    type: GeminiProvider.type,
    base: 'https://generativelanguage.googleapis.com',
    below: '/v1beta',
  },
  25: openAi('Moonshot', 'https://api.moonshot.cn'),
  31: openAi('LingYiWanWu', 'https://api.lingyiwanwu.com'),
  33: left('AWS', 'the gateway does not sign requests: use a Bedrock API key (config/examples)'),
};

const CLOUDFLARE: ChannelType = {
  ...openAi('Cloudflare', 'https://api.cloudflare.com', '/client/v4/accounts'),
  address: 'account',
};

/**
 * The channel types of one-api, by number.
 * @see https://github.com/songquanpeng/one-api/blob/main/relay/channeltype/define.go
 */
export const ONE_API_CHANNELS: Readonly<Record<number, ChannelType | LeftType>> = {
  ...COMMON,
  2: openAi('API2D', 'https://oa.api2d.net'),
  4: openAi('CloseAI', 'https://api.closeai-proxy.xyz'),
  5: openAi('OpenAI-SB', 'https://api.openai-sb.com'),
  26: openAi('Baichuan', 'https://api.baichuan-ai.com'),
  27: openAi('MiniMax', 'https://api.minimax.chat'),
  28: openAi('Mistral', 'https://api.mistral.ai'),
  29: openAi('Groq', 'https://api.groq.com/openai'),
  30: openAi('Ollama', 'http://localhost:11434'),
  32: openAi('StepFun', 'https://api.stepfun.com'),
  34: left('Coze', OWN_API),
  35: openAi('Cohere', 'https://api.cohere.ai', '/compatibility/v1'),
  36: openAi('DeepSeek', 'https://api.deepseek.com'),
  37: CLOUDFLARE,
  38: left('DeepL', OWN_API),
  39: openAi('TogetherAI', 'https://api.together.xyz'),
  40: openAi('Doubao', 'https://ark.cn-beijing.volces.com', '/api/v3'),
  41: openAi('Novita', 'https://api.novita.ai/v3/openai', ''),
  42: left('VertexAI', VERTEX),
  43: left('Proxy', 'the gateway forwards no paths of other APIs'),
  44: openAi('SiliconFlow', 'https://api.siliconflow.cn'),
  45: openAi('xAI', 'https://api.x.ai'),
  46: left('Replicate', OWN_API),
  47: openAi('BaiduV2', 'https://qianfan.baidubce.com', '/v2'),
  48: openAi('XunfeiV2', 'https://spark-api-open.xf-yun.com'),
  49: openAi('AliBailian', 'https://dashscope.aliyuncs.com', '/compatible-mode/v1'),
  50: openAi('OpenAICompatible', undefined, ''),
  51: openAi('GeminiOpenAICompatible', 'https://generativelanguage.googleapis.com', '/v1beta/openai'),
};

/**
 * The channel types of new-api, by number.
 * @see https://github.com/QuantumNous/new-api/blob/main/constant/channel.go
 */
export const NEW_API_CHANNELS: Readonly<Record<number, ChannelType | LeftType>> = {
  ...COMMON,
  2: left('Midjourney', JOBS),
  4: openAi('Ollama', 'http://localhost:11434'),
  5: left('MidjourneyPlus', JOBS),
  8: { ...openAi('Custom'), address: 'whole' },
  26: openAi('ZhipuV4', 'https://open.bigmodel.cn', '/api/paas/v4'),
  27: openAi('Perplexity', 'https://api.perplexity.ai', ''),
  34: openAi('Cohere', 'https://api.cohere.ai', '/compatibility/v1'),
  35: openAi('MiniMax', 'https://api.minimax.chat'),
  36: left('SunoAPI', JOBS),
  37: left('Dify', 'their API is their own: config/examples has a model of type request for it'),
  38: openAi('Jina', 'https://api.jina.ai'),
  39: CLOUDFLARE,
  40: openAi('SiliconFlow', 'https://api.siliconflow.cn'),
  41: left('VertexAI', VERTEX),
  42: openAi('Mistral', 'https://api.mistral.ai'),
  43: openAi('DeepSeek', 'https://api.deepseek.com'),
  44: openAi('MokaAI', 'https://api.moka.ai'),
  45: openAi('VolcEngine', 'https://ark.cn-beijing.volces.com', '/api/v3'),
  46: openAi('BaiduV2', 'https://qianfan.baidubce.com', '/v2'),
  47: openAi('Xinference'),
  48: openAi('xAI', 'https://api.x.ai'),
  49: left('Coze', OWN_API),
  50: left('Kling', JOBS),
  51: left('Jimeng', JOBS),
  52: left('Vidu', JOBS),
  53: openAi('Submodel', 'https://llm.submodel.ai'),
  54: left('DoubaoVideo', JOBS),
  55: left('Sora', JOBS),
  56: left('Replicate', OWN_API),
  57: left('Codex', 'it needs the login of an account, which the gateway has not'),
};

/** Names that new-api accepts instead of an address, and the addresses of their OpenAI format. */
export const NAMED_BASES: Readonly<Record<string, string>> = {
  'glm-coding-plan': 'https://open.bigmodel.cn/api/coding/paas/v4',
  'glm-coding-plan-international': 'https://api.z.ai/api/coding/paas/v4',
  'kimi-coding-plan': 'https://api.kimi.com/coding/v1',
  'doubao-coding-plan': 'https://ark.cn-beijing.volces.com/api/coding/v3',
};
