import { claimedStatus, readSigns } from './failure-signs.js';
import { WORDINGS } from './wordings/failure-wordings.js';

describe('the reason that an error gives', () => {
  it.each(WORDINGS.map((wording) => [wording.reason, wording.service, wording] as const))(
    '%s, in the wording of %s',
    (reason, _service, { says, words, codes = [] }) => {
      if (words !== undefined) {
        const shapes = [
          { error: { message: says, type: 'invalid_request_error', code: null } },
          { object: 'error', message: says, type: 'BadRequestError', code: 400 },
          [{ error: { code: 400, message: says, status: 'INVALID_ARGUMENT' } }],
          { error: says },
          { code: 'InvalidParameter', message: says },
          { base_resp: { status_code: 2013, status_msg: says } },
          says,
        ];
        for (const shape of shapes) expect(readSigns(shape)).toEqual({ reason, isCertain: false });
      }
      for (const code of codes) {
        const path = code.split('.');
        const isNumber = /^\d+$/.test(path.at(-1)!);
        const body = isNumber
          ? path.slice(0, -1).reduceRight<unknown>((inner, key) => ({ [key]: inner }), Number(path.at(-1)))
          : { error: { message: '', code } };
        expect(readSigns(body)).toEqual({ reason, isCertain: true });
      }
    },
  );

  it.each([
    "This model's maximum context length is 4097 tokens. However, you requested 5000 tokens (1000 in the messages, 4000 in the completion).",
    "Requested token count exceeds the model's maximum context length of 32768 tokens.",
    "'max_tokens' or 'max_completion_tokens' is too large: 2000. This model's maximum context length is 4096 tokens and your request has 2104 input tokens (2000 > 4096 - 2104).",
    'prompt too long; exceeded max context length by 4096 tokens',
    'Requested tokens (5000) exceed context window of 4096',
    'The prompt is too long: 200000, model maximum context length: 131071',
    'The input token count is 1200000 but model only supports up to 1048576',
    'The number of tokens to keep from the initial prompt is greater than the context length.',
    'Prompt has 300,000 tokens, but the configured context size is 131,072 tokens',
    'ContextWindowExceededError: the prompt does not fit',
    'Prompt 超长',
    '请求的 tokens 超过了模型最大上下文长度',
    '输入内容过长，请缩短后重试',
  ])('a prompt that is too long: %s', (message) => {
    expect(readSigns({ error: { message } }).reason).toBe('context_length');
  });

  it.each([
    'max_tokens is too large: 100000. This model supports at most 16384 completion tokens, whereas you provided 100000.',
    'max_tokens: 100000 > 8192, which is the maximum allowed number of output tokens for this model',
    'Invalid max_tokens value, the valid range of max_tokens is [1, 8192]',
    'Range of max_tokens should be [1, 8192]',
    "Invalid 'messages[0].content': string too long. Expected a string with maximum length 1048576, but got a string with length 1048577 instead.",
    'Too many tokens, please wait before trying again.',
    'Request too large for model `llama-3.3-70b` on tokens per minute (TPM): Limit 6000, Requested 9000, please reduce your message size and try again.',
    'Rate limit reached: token limit exceeded for this minute',
    'The server had an error while processing your request.',
    'Overloaded',
  ])('no prompt that is too long: %s', (message) => {
    expect(readSigns({ error: { message } }).reason).not.toBe('context_length');
  });

  it('takes the short numbers of one service for no other’s', () => {
    expect(readSigns({ code: 1301, msg: 'no such user' }).reason).toBeUndefined();
    expect(readSigns({ code: 1008, message: 'wrong date' }).reason).toBeUndefined();
    expect(readSigns({ error: { code: 403, message: 'no' } }).reason).toBeUndefined();
  });

  it('judges hostile text within a moment', () => {
    const hostile = [
      'exceeds '.repeat(100_000),
      'context length '.repeat(50_000),
      '输入'.repeat(500_000),
      'a'.repeat(1_000_000),
    ];
    const startedAt = performance.now();
    for (const message of hostile) readSigns({ error: { message, deep: Array(10_000).fill({ message }) } });
    expect(performance.now() - startedAt).toBeLessThan(2000);
  });

  it.each([
    [{ code: 429 }, 429],
    [{ code: '503', message: 'x' }, 503],
    [{ type: 'x', status: 500 }, 500],
    [{ http_code: '401' }, 401],
    [{ code: 200 }, undefined],
    [{ code: 42_900 }, undefined],
    [{ code: 'context_length_exceeded' }, undefined],
    ['429', undefined],
  ])('the status that %j claims', (error, status) => {
    expect(claimedStatus(error)).toBe(status);
  });
});
