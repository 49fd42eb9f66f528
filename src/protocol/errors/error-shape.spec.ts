import { errorOf, errorText } from './error-shape.js';

const WORDS = 'too long';

describe('a response that is an error', () => {
  it.each<[string, unknown, unknown]>([
    ['OpenAI', { error: { message: WORDS, code: 'c' } }, { message: WORDS, code: 'c' }],
    ['a text', { error: WORDS }, WORDS],
    ['true', { error: true, message: WORDS }, { message: WORDS }],
    ['an error beside choices', { choices: [], error: { message: WORDS } }, { message: WORDS }],
    ['errors', { errors: [{ message: WORDS }] }, { message: WORDS }],
    ['Gemini', [{ error: { code: 400, message: WORDS } }], { code: 400, message: WORDS }],
    ['code and msg', { code: 40001, msg: WORDS }, { message: WORDS, code: 40001 }],
    [
      'DashScope',
      { code: 'InvalidParameter', message: WORDS, request_id: 'r' },
      { message: WORDS, code: 'InvalidParameter' },
    ],
    ['Ernie', { error_code: 336003, error_msg: WORDS }, { message: WORDS, code: 336003 }],
    ['FastAPI', { detail: [{ loc: ['body'] }] }, { message: '[{"loc":["body"]}]' }],
    ['vLLM', { object: 'error', message: WORDS, code: 400 }, { message: WORDS, code: 400 }],
    ['success: false', { success: false, message: WORDS }, { message: WORDS }],
    [
      'MiniMax',
      { choices: null, base_resp: { status_code: 1004, status_msg: WORDS } },
      { message: WORDS, code: 1004 },
    ],
    ['Tencent Cloud', { Response: { Error: { Code: 'C', Message: WORDS } } }, { message: WORDS, code: 'C' }],
    ['iFlytek', { header: { code: 10013, message: WORDS } }, { message: WORDS, code: 10013 }],
    ['a bare message', { message: WORDS }, { message: WORDS }],
  ])('%s', (_name, answer, expected) => {
    expect(errorOf(answer, true)).toEqual(expected);
  });

  it.each<[string, unknown]>([
    ['a completion', { choices: [{}], error: null, base_resp: { status_code: 0, status_msg: 'success' } }],
    ['a completion with a message of its own', { choices: [{}], message: 'ok', code: 200 }],
    ['an envelope in which all is well', { code: 0, message: 'ok', data: {} }],
    ['usage', { choices: [], usage: {} }],
    ['no object', 'error'],
    ['an empty list of errors', { errors: [], choices: [] }],
  ])('%s is none', (_name, answer) => {
    expect(errorOf(answer, true)).toBeUndefined();
  });

  it('distinguishes other events of a stream from errors', () => {
    expect(errorOf({ message: 'position 3 in the queue' }, false)).toBeUndefined();
    expect(errorOf({ type: 'ping' }, false)).toBeUndefined();
    expect(errorOf({ message: WORDS }, false, 'error')).toEqual({ message: WORDS });
    expect(errorOf({ code: 'DataInspectionFailed', message: WORDS }, false)).toMatchObject({
      message: WORDS,
    });
    expect(errorOf({ type: 'error', error: { message: WORDS } }, false)).toEqual({ message: WORDS });
  });

  it.each([
    ['<html><head><title>502 Bad\n Gateway</title></head><body>x</body></html>', '502 Bad Gateway'],
    ['<?xml version="1.0"?><Error><Code>Denied</Code><Message>no</Message></Error>', 'no'],
    ['<html>502</html>', '<html>502</html>'],
    [' plain ', 'plain'],
  ])('finds the message in %s', (text, words) => {
    expect(errorText(text)).toBe(words);
  });
});
