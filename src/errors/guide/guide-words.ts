import { type ErrorOrigin } from './error-guide.js';
import { type BothLanguages, type RetryAdvice } from './guide-entry.js';

export const RETRY_WORDS: Readonly<Record<RetryAdvice, BothLanguages>> = {
  no: {
    en: 'no, the same request would fail again',
    zh: '不必，同样的请求仍会失败',
  },
  yes: { en: 'yes', zh: '可以' },
  after: { en: 'yes, after `Retry-After`', zh: '可以，按 `Retry-After` 等待之后' },
};

export const ORIGIN_WORDS: Readonly<Record<ErrorOrigin, BothLanguages>> = {
  client: { en: 'the gateway, about the request', zh: '网关对请求的判断' },
  gateway: { en: 'the gateway itself', zh: '网关自身' },
  service: { en: "a call of the model's service", zh: '对模型服务的调用' },
};
