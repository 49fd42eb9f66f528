import { type FailureReason } from '../../errors/upstream-errors.js';

/** One way in which a service states a failure that its status does not tell apart. */
export interface Wording {
  readonly reason: FailureReason;
  readonly service: string;
  /** The message, shortened; shown in the documents, and recognised. */
  readonly says: string;
  /** Where the message is documented, or was seen. */
  readonly source: string;
  /**
   * Error codes: strings in lower case; numbers after the path of their key, since services use the same
   * short numbers for different failures.
   */
  readonly codes?: readonly string[];
  /**
   * Searched in the first 2,000 characters. Without nested repetition and with bounded gaps, so that hostile
   * text costs linear time.
   */
  readonly words?: RegExp;
}

const AZURE = 'https://learn.microsoft.com/azure/ai-services/openai/concepts/content-filter';
const BAIDU = 'https://cloud.baidu.com/doc/qianfan-api/s/Dm8r0pphs';
const BEDROCK = 'https://repost.aws/knowledge-center/bedrock-validation-exception-errors';
const DASHSCOPE = 'https://help.aliyun.com/zh/model-studio/error-code';
const DEEPSEEK = 'https://api-docs.deepseek.com/quick_start/error_codes';
const GEMINI = 'https://ai.google.dev/gemini-api/docs/troubleshooting';
const MINIMAX = 'https://platform.minimax.io/docs/api-reference/errorcode';
const MOONSHOT = 'https://platform.moonshot.cn/docs/api/chat';
const OPENAI = 'https://platform.openai.com/docs/guides/error-codes';
const OPENROUTER = 'https://openrouter.ai/docs/api-reference/errors';
const VOLCANO = 'https://www.volcengine.com/docs/82379/1299023';
const ZHIPU = 'https://docs.z.ai/api-reference/api-code';

const CONTEXT_LENGTH: readonly Omit<Wording, 'reason'>[] = [
  {
    service: 'OpenAI, Azure, DeepSeek, OpenRouter, vLLM, FastChat',
    says: "This model's maximum context length is 8192 tokens",
    source: OPENAI,
    codes: ['context_length_exceeded', 'code.40303', 'error.code.40303'],
    words: /maximum context length/i,
  },
  {
    service: 'OpenAI',
    says: 'Your input exceeds the context window of this model',
    source: OPENAI,
    words: /exceed(?:s|ed|ing)? [^.\n]{0,60}context (?:length|window|size|limit)/i,
  },
  {
    service: 'Azure',
    says: 'Input tokens exceed the configured limit of 272000 tokens',
    source: 'https://learn.microsoft.com/azure/ai-services/openai/quotas-limits',
    words: /input tokens exceed/i,
  },
  {
    service: 'vLLM',
    says: 'The decoder prompt (length 140000) is longer than the maximum model length of 131072',
    source: 'https://github.com/vllm-project/vllm',
    words: /maximum model length|max_model_len\b/i,
  },
  {
    service: 'SGLang, Together',
    says: "The input (150000 tokens) is longer than the model's context length (131072 tokens)",
    source: 'https://github.com/sgl-project/sglang',
    words: /(?:longer|greater|larger) than [^.\n]{0,40}context (?:length|window|size|limit)/i,
  },
  {
    service: 'SGLang',
    says: 'Input length (140000 tokens) exceeds the maximum allowed length (131072 tokens)',
    source: 'https://github.com/sgl-project/sglang',
    words: /input length [^.\n]{0,40}exceeds/i,
  },
  {
    service: 'llama.cpp',
    says: 'the request exceeds the available context size, try increasing it',
    source: 'https://github.com/ggml-org/llama.cpp/tree/master/tools/server',
    codes: ['exceed_context_size_error'],
    words: /available context size|context size has been exceeded/i,
  },
  {
    service: 'Ollama',
    says: 'the input length exceeds the context length',
    source: 'https://github.com/ollama/ollama',
    words: /exceed(?:s|ed) (?:the |max |maximum )?context length/i,
  },
  {
    service: 'LM Studio',
    says: 'Trying to keep the first 12000 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens',
    source: 'https://github.com/lmstudio-ai/lmstudio-bug-tracker/issues',
    words: /context the overflows|context overflows|context length of only|context (?:length )?overflow\b/i,
  },
  {
    service: 'DashScope',
    says: 'Range of input length should be [1, 129024]',
    source: DASHSCOPE,
    words: /range of input length should be/i,
  },
  {
    service: 'Zhipu',
    says: 'Prompt exceeds max length',
    source: ZHIPU,
    codes: ['error.code.1261', 'model_context_window_exceeded'],
    words: /prompt exceeds (?:the )?max|(?:prompt|提示词?|输入)[^。.\n]{0,12}(?:超长|过长)/i,
  },
  {
    service: 'Moonshot',
    says: 'Your request exceeded model token limit: 262144 (requested: 265359)',
    source: MOONSHOT,
    words: /exceeded model token limit|input token length too long/i,
  },
  {
    service: 'MiniMax',
    says: 'invalid params, context window exceeds limit (2013)',
    source: MINIMAX,
    words: /context[ _](?:window|length|size|limit)[ _]{1,2}exceed/i,
  },
  {
    service: 'Baidu Qianfan, UCloud',
    says: 'Prompt tokens too long',
    source: BAIDU,
    codes: ['tokens_too_long', 'characters_too_long', 'error_code.336103'],
    words: /tokens? too long|the max input characters is/i,
  },
  {
    service: 'Volcano Ark',
    says: 'Total tokens of image and text exceed max message tokens',
    source: VOLCANO,
    words: /exceeds? max message tokens/i,
  },
  {
    service: 'Xunfei Spark',
    says: 'token数量超过上限',
    source: 'https://www.xfyun.cn/doc/spark/Web.html',
    codes: ['header.code.10907'],
    words:
      /token ?(?:总)?(?:数量?|长度)[^。\n]{0,6}超(?:过|出)|超(?:过|出)[^。\n]{0,16}(?:上下文|最大输入|最大长度)|上下文[^。\n]{0,12}(?:超|过长)/i,
  },
  {
    service: 'Gemini',
    says: 'The input token count (1196265) exceeds the maximum number of tokens allowed (1048575)',
    source: GEMINI,
    words: /(?:input|prompt) token count [^.\n]{0,40}(?:exceeds|only supports)/i,
  },
  {
    service: 'Bedrock',
    says: 'Input is too long for requested model',
    source: BEDROCK,
    words: /(?:input|prompt) is too long|too many total text bytes|number of input tokens exceeds/i,
  },
  {
    service: 'Anthropic, Fireworks',
    says: 'prompt is too long: 213462 tokens > 200000 maximum',
    source: 'https://docs.anthropic.com/en/api/errors',
    words: /prompt (?:is )?too long/i,
  },
  {
    service: 'Anthropic',
    says: 'input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000',
    source: 'https://docs.anthropic.com/en/docs/build-with-claude/context-windows',
    words: /exceed context limit/i,
  },
  {
    service: 'Mistral',
    says: 'Prompt contains 300000 tokens, too large for model with 131072 maximum context length',
    source: 'https://docs.mistral.ai/resources/known-limitations',
    words: /too large for (?:this |the )?model/i,
  },
  {
    service: 'Groq, Cerebras',
    says: 'Please reduce the length of the messages or completion',
    source: 'https://console.groq.com/docs/errors',
    words: /reduce the length of (?:the |your )?(?:messages|prompt|input)/i,
  },
  {
    service: 'GitHub Models',
    says: 'Request body too large for gpt-4o model. Max size: 8000 tokens.',
    source: 'https://docs.github.com/en/github-models',
    codes: ['tokens_limit_reached'],
    words: /max size: \d{1,9} tokens|prompt token count of \d{1,9} exceeds/i,
  },
  {
    service: 'TGI, Together',
    says: '`inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000 `inputs` tokens',
    source: 'https://github.com/huggingface/text-generation-inference/blob/main/router/src/validation.rs',
    words: /`?inputs`? tokens \+ `?max_new_tokens`? must be|`?inputs`? must have less than/i,
  },
  {
    service: 'Cohere',
    says: 'too many tokens: size limit exceeded by 12000 tokens',
    source: 'https://docs.cohere.com/reference/errors',
    words: /too many tokens(?:: | in (?:the |your )?(?:prompt|request|input))/i,
  },
  {
    service: 'xAI',
    says: "This model's maximum prompt length is 131072 but the request contains 537812 tokens",
    source: 'https://docs.x.ai/docs/models',
    words: /maximum (?:prompt|input|sequence|allowed input) length/i,
  },
  {
    service: 'Cloudflare Workers AI, LiteLLM',
    says: 'The estimated number of input and maximum output tokens (9000) exceeded this model context window limit (7968).',
    source: 'https://developers.cloudflare.com/workers-ai/platform/errors/',
    codes: ['context_window_exceeded'],
    words:
      /context ?window ?exceeded|context (?:length|window|size) [^.\n]{0,30}exceed|configured context size/i,
  },
];

const MODERATION: readonly Omit<Wording, 'reason'>[] = [
  {
    service: 'OpenRouter',
    says: 'openai/gpt-4 requires moderation on OpenAI. Your input was flagged for "violence"',
    source: OPENROUTER,
    words:
      /(?:input|prompt|content|request|message)s? (?:was|were|is|has been|have been) flagged|flagged (?:for|by|as)\b|requires moderation/i,
  },
  {
    service: 'OpenAI',
    says: 'Your request was rejected as a result of our safety system',
    source: OPENAI,
    codes: ['content_policy_violation', 'moderation_blocked'],
    words: /safety (?:system|filter)|content policy|usage polic(?:y|ies)|usage guidelines/i,
  },
  {
    service: 'Azure, Moonshot',
    says: "The response was filtered due to the prompt triggering Azure OpenAI's content management policy",
    source: AZURE,
    codes: ['content_filter', 'responsibleaipolicyviolation'],
    words: /content management policy|content filter|considered high risk/i,
  },
  {
    service: 'DashScope',
    says: 'Input data may contain inappropriate content.',
    source: DASHSCOPE,
    codes: ['datainspectionfailed', 'data_inspection_failed', 'ipinfringementsuspect'],
    words: /inappropriate content/i,
  },
  {
    service: 'DeepSeek',
    says: 'Content Exists Risk',
    source: DEEPSEEK,
    words: /content exists risk/i,
  },
  {
    service: 'Zhipu',
    says: 'System detected potentially unsafe or sensitive content in input or generation',
    source: ZHIPU,
    codes: ['error.code.1301'],
    words: /unsafe or sensitive content|敏感内容|内容安全|违规内容|不安全或敏感/i,
  },
  {
    service: 'MiniMax',
    says: 'input new_sensitive (1026)',
    source: MINIMAX,
    codes: ['base_resp.status_code.1026', 'base_resp.status_code.1027'],
    words: /\b(?:input|output) new_sensitive/i,
  },
  {
    service: 'Volcano Ark',
    says: 'The request failed because the input text may contain sensitive information',
    source: VOLCANO,
    codes: [
      'sensitivecontentdetected',
      'inputtextsensitivecontentdetected',
      'outputtextsensitivecontentdetected',
      'inputimagesensitivecontentdetected',
    ],
    words: /contain sensitive information|sensitive (?:chat )?(?:messages|content)/i,
  },
  {
    service: 'UCloud',
    says: 'Sensitive check error',
    source: 'https://www.ucloud-global.com/en/docs/modelverse/modelverse/modelverse/error-code',
    codes: ['sensitive_check_error', 'invalid_messages'],
    words: /sensitive check error/i,
  },
];

const QUOTA: readonly Omit<Wording, 'reason'>[] = [
  {
    service: 'OpenAI',
    says: 'You exceeded your current quota, please check your plan and billing details.',
    source: OPENAI,
    codes: ['insufficient_quota', 'billing_hard_limit_reached', 'billing_not_active'],
    words: /exceeded your current quota|check your plan and billing/i,
  },
  {
    service: 'Anthropic',
    says: 'Your credit balance is too low to access the Anthropic API',
    source: 'https://docs.anthropic.com/en/api/errors',
    codes: ['billing_error'],
    words: /credit balance is too low/i,
  },
  {
    service: 'DeepSeek, OpenRouter',
    says: 'Insufficient Balance',
    source: DEEPSEEK,
    codes: ['insufficient_balance', 'insufficient_credits'],
    words: /insufficient (?:account )?(?:quota|balance|credits?|funds)|requires more credits/i,
  },
  {
    service: 'DashScope',
    says: 'Access denied, please make sure your account is in good standing.',
    source: DASHSCOPE,
    codes: ['arrearage', 'allocationquota.freetieronly'],
    words: /account is in good standing|free tier of the model has been exhausted/i,
  },
  {
    service: 'Zhipu',
    says: '余额不足或无可用资源包,请充值。',
    source: ZHIPU,
    codes: ['error.code.1113'],
    words: /余额不足|欠费|account is in arrears/i,
  },
  {
    service: 'Moonshot',
    says: 'Your account is suspended due to insufficient balance',
    source: MOONSHOT,
    codes: ['exceeded_current_quota_error'],
  },
  {
    service: 'MiniMax',
    says: 'insufficient balance (1008)',
    source: MINIMAX,
    codes: ['base_resp.status_code.1008', 'insufficient_balance_error'],
  },
  {
    service: 'Volcano Ark',
    says: 'The request failed because your account has an overdue balance',
    source: VOLCANO,
    codes: ['accountoverdueerror'],
    words: /overdue balance|account is overdue/i,
  },
  {
    service: 'one-api, new-api',
    says: 'user quota is not enough',
    source: 'https://github.com/songquanpeng/one-api',
    codes: ['insufficient_user_quota', 'pre_consume_token_quota_failed', 'local:insufficient_quota'],
    words: /quota is not enough|额度(?:已用尽|不足)/i,
  },
];

const REGION: readonly Omit<Wording, 'reason'>[] = [
  {
    service: 'OpenAI',
    says: 'Country, region, or territory not supported',
    source: 'https://platform.openai.com/docs/supported-countries',
    codes: ['unsupported_country_region_territory'],
    words: /country, region,? or territory/i,
  },
  {
    service: 'Gemini',
    says: 'User location is not supported for the API use.',
    source: 'https://ai.google.dev/gemini-api/docs/available-regions',
    words:
      /location is not supported|not (?:available|supported) in your (?:country|region)|unsupported (?:country|region)/i,
  },
];

const CREDENTIAL: readonly Omit<Wording, 'reason'>[] = [
  {
    service: 'OpenAI',
    says: 'Incorrect API key provided',
    source: OPENAI,
    codes: ['invalid_api_key', 'account_deactivated', 'token_expired'],
    words:
      /(?:incorrect|invalid) api[ _-]?key|account (?:has been |is )?(?:deactivated|disabled|banned|terminated)/i,
  },
  {
    service: 'Anthropic',
    says: 'invalid x-api-key',
    source: 'https://docs.anthropic.com/en/api/errors',
    codes: ['authentication_error'],
    words: /invalid x-api-key|x-api-key header is required/i,
  },
  {
    service: 'Gemini',
    says: 'API key not valid. Please pass a valid API key.',
    source: GEMINI,
    codes: ['api_key_invalid'],
    words: /api[ _-]?key (?:not valid|is not valid|is invalid|has expired|expired)/i,
  },
  { service: 'DashScope', says: 'Invalid API-key provided.', source: DASHSCOPE, codes: ['invalidapikey'] },
  {
    service: 'MiniMax',
    says: 'login fail: Please carry the API secret key',
    source: MINIMAX,
    codes: ['base_resp.status_code.1004', 'base_resp.status_code.2049', 'authorized_error'],
    words: /login fail: please carry/i,
  },
];

const RATE_LIMIT: readonly Omit<Wording, 'reason'>[] = [
  {
    service: 'OpenAI, Groq',
    says: 'Rate limit reached for gpt-4 on tokens per min (TPM): Limit 10000, Requested 12000',
    source: OPENAI,
    codes: ['rate_limit_exceeded', 'rate_limit_error', 'rate_limit_reached_error'],
    words:
      /rate.?limit|too many requests|tokens? per (?:min|hour|day|second)|requests? per (?:min|hour|day|second)|\b[TR]P[MD]\b|retry in \d/i,
  },
  {
    service: 'Bedrock',
    says: 'Too many tokens, please wait before trying again.',
    source: BEDROCK,
    codes: ['throttlingexception'],
    words: /please wait before|throttl/i,
  },
  {
    service: 'DashScope',
    says: 'Requests rate limit exceeded, please try again later.',
    source: DASHSCOPE,
    codes: ['throttling', 'throttling.ratequota', 'throttling.allocationquota'],
  },
  {
    service: 'Zhipu',
    says: 'High concurrency usage of this API, please reduce concurrency',
    source: ZHIPU,
    codes: ['error.code.1302', 'error.code.1303', 'error.code.1305'],
    words: /high concurrency usage/i,
  },
  {
    service: 'MiniMax',
    says: 'rate limit (1002)',
    source: MINIMAX,
    codes: ['base_resp.status_code.1002', 'base_resp.status_code.1039', 'base_resp.status_code.1041'],
  },
  {
    service: 'Gemini',
    says: 'Resource has been exhausted (e.g. check quota). Please retry in 34.07s.',
    source: GEMINI,
    codes: ['resource_exhausted'],
    words: /resource has been exhausted/i,
  },
];

const rows = (reason: FailureReason, wordings: readonly Omit<Wording, 'reason'>[]): Wording[] =>
  wordings.map((wording) => ({ reason, ...wording }));

/**
 * All known messages, first match first: messages about a limit come before those about a prompt that is too
 * long.
 */
export const WORDINGS: readonly Wording[] = [
  ...rows('rate_limit', RATE_LIMIT),
  ...rows('quota', QUOTA),
  ...rows('context_length', CONTEXT_LENGTH),
  ...rows('moderation', MODERATION),
  ...rows('region', REGION),
  ...rows('credential', CREDENTIAL),
];
