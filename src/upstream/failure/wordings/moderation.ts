import {
  type Wording,
  AZURE,
  DASHSCOPE,
  DEEPSEEK,
  MINIMAX,
  OPENAI,
  OPENROUTER,
  VOLCANO,
  ZHIPU,
} from './wording.js';

/** Wordings with which services refuse the content of a request. */
export const MODERATION: readonly Omit<Wording, 'reason'>[] = [
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
