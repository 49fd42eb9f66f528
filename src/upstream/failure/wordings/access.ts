import {
  type Wording,
  BEDROCK,
  DASHSCOPE,
  DEEPSEEK,
  GEMINI,
  MINIMAX,
  MOONSHOT,
  OPENAI,
  VOLCANO,
  ZHIPU,
} from './wording.js';

/** The gateway's account has used up its quota or its credit. */
export const QUOTA: readonly Omit<Wording, 'reason'>[] = [
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

/** The service is not available from this location. */
export const REGION: readonly Omit<Wording, 'reason'>[] = [
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

/** The gateway's credential is not valid. */
export const CREDENTIAL: readonly Omit<Wording, 'reason'>[] = [
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

/** Too many requests or tokens for the moment. */
export const RATE_LIMIT: readonly Omit<Wording, 'reason'>[] = [
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
