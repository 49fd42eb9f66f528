import { type FailureReason } from '../../../errors/upstream-errors.js';

/** One wording with which a service reports a failure that its status does not identify. */
export interface Wording {
  readonly reason: FailureReason;
  readonly service: string;
  /** The message, shortened; shown in the documentation, and recognised. */
  readonly says: string;
  /** Where the message is documented, or was observed. */
  readonly source: string;
  /**
   * Error codes: strings in lower case; numbers after the path of their key, because services use
   * the same short numbers for different failures.
   */
  readonly codes?: readonly string[];
  /**
   * Searched in the first 2,000 characters. It has no nested repetition and only bounded gaps, so
   * that hostile text costs linear time.
   */
  readonly words?: RegExp;
}

// Where services document their messages.
export const AZURE = 'https://learn.microsoft.com/azure/ai-services/openai/concepts/content-filter';
export const BAIDU = 'https://cloud.baidu.com/doc/qianfan-api/s/Dm8r0pphs';
export const BEDROCK = 'https://repost.aws/knowledge-center/bedrock-validation-exception-errors';
export const DASHSCOPE = 'https://help.aliyun.com/zh/model-studio/error-code';
export const DEEPSEEK = 'https://api-docs.deepseek.com/quick_start/error_codes';
export const GEMINI = 'https://ai.google.dev/gemini-api/docs/troubleshooting';
export const MINIMAX = 'https://platform.minimax.io/docs/api-reference/errorcode';
export const MOONSHOT = 'https://platform.moonshot.cn/docs/api/chat';
export const OPENAI = 'https://platform.openai.com/docs/guides/error-codes';
export const OPENROUTER = 'https://openrouter.ai/docs/api-reference/errors';
export const VOLCANO = 'https://www.volcengine.com/docs/82379/1299023';
export const ZHIPU = 'https://docs.z.ai/api-reference/api-code';
