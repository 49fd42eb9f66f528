import { AnthropicProvider } from '../../../providers/anthropic/anthropic.provider.js';
import { GeminiProvider } from '../../../providers/gemini/gemini.provider.js';
import { OpenAiProvider } from '../../../providers/openai/openai.provider.js';

/** How a type of channel is reached from here. */
export interface ChannelType {
  readonly type: string;
  /** Its usual address, without what is below; undefined where the channel must say it. */
  readonly base?: string;
  /** The path below the address of a channel. */
  readonly below: string;
}

const openAi = (base: string | undefined, below = '/v1'): ChannelType => ({
  type: OpenAiProvider.type,
  base,
  below,
});

export const AZURE_CHANNEL = 3;

const ANTHROPIC: ChannelType = { type: AnthropicProvider.type, base: 'https://api.anthropic.com', below: '' };
const GEMINI: ChannelType = {
  type: GeminiProvider.type,
  base: 'https://generativelanguage.googleapis.com',
  below: '/v1beta',
};

/** Types that one-api and new-api number alike. */
const COMMON: Readonly<Record<number, ChannelType>> = {
  1: openAi('https://api.openai.com'),
  6: openAi('https://api.openaimax.com'),
  7: openAi('https://api.ohmygpt.com'),
  8: openAi(undefined),
  10: openAi('https://api.aiproxy.io'),
  12: openAi('https://api.api2gpt.com'),
  13: openAi('https://api.aigc2d.com'),
  14: ANTHROPIC,
  16: openAi('https://open.bigmodel.cn', '/api/paas/v4'),
  17: openAi('https://dashscope.aliyuncs.com', '/compatible-mode/v1'),
  19: openAi('https://api.360.cn'),
  20: openAi('https://openrouter.ai/api'),
  24: GEMINI,
  25: openAi('https://api.moonshot.cn'),
  31: openAi('https://api.lingyiwanwu.com'),
};

/**
 * The types of channels of one-api, by number.
 * @see https://github.com/songquanpeng/one-api/blob/main/relay/channeltype/define.go
 */
export const ONE_API_CHANNELS: Readonly<Record<number, ChannelType>> = {
  ...COMMON,
  2: openAi('https://oa.api2d.net'),
  4: openAi('https://api.closeai-proxy.xyz'),
  5: openAi('https://api.openai-sb.com'),
  26: openAi('https://api.baichuan-ai.com'),
  27: openAi('https://api.minimax.chat'),
  28: openAi('https://api.mistral.ai'),
  29: openAi('https://api.groq.com/openai'),
  30: openAi('http://localhost:11434'),
  32: openAi('https://api.stepfun.com'),
  35: openAi('https://api.cohere.ai', '/compatibility/v1'),
  36: openAi('https://api.deepseek.com'),
  39: openAi('https://api.together.xyz'),
  40: openAi('https://ark.cn-beijing.volces.com', '/api/v3'),
  41: openAi('https://api.novita.ai/v3/openai', ''),
  44: openAi('https://api.siliconflow.cn'),
  45: openAi('https://api.x.ai'),
  47: openAi('https://qianfan.baidubce.com', '/v2'),
  48: openAi('https://spark-api-open.xf-yun.com'),
  49: openAi('https://dashscope.aliyuncs.com', '/compatible-mode/v1'),
  50: openAi(undefined, ''),
  51: openAi('https://generativelanguage.googleapis.com', '/v1beta/openai'),
};

/**
 * The types of channels of new-api, by number.
 * @see https://github.com/QuantumNous/new-api/blob/main/constant/channel.go
 */
export const NEW_API_CHANNELS: Readonly<Record<number, ChannelType>> = {
  ...COMMON,
  4: openAi('http://localhost:11434'),
  26: openAi('https://open.bigmodel.cn', '/api/paas/v4'),
  27: openAi('https://api.perplexity.ai', ''),
  34: openAi('https://api.cohere.ai', '/compatibility/v1'),
  35: openAi('https://api.minimax.chat'),
  38: openAi('https://api.jina.ai'),
  40: openAi('https://api.siliconflow.cn'),
  42: openAi('https://api.mistral.ai'),
  43: openAi('https://api.deepseek.com'),
  44: openAi('https://api.moka.ai'),
  45: openAi('https://ark.cn-beijing.volces.com', '/api/v3'),
  46: openAi('https://qianfan.baidubce.com', '/v2'),
  47: openAi(undefined),
  48: openAi('https://api.x.ai'),
  53: openAi('https://llm.submodel.ai'),
};
