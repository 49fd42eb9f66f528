import { MESSAGES_COUNT } from '../counting/messages-count.js';
import { ThreadUnsupportedError } from './stateful.js';
import { parse, promptOf } from '../../../../test/fixtures/dialects/read-message.js';

const MESSAGES = '"messages":[{"role":"user","content":"hi"}]';

describe('a request for a message', () => {
  it('keeps every byte but the name of the model', () => {
    const text = `{ "x":1.0, "model" : "a", "max_tokens":0,${MESSAGES},"n":12345678901234567890 }`;
    expect(parse(text).bodyFor('a').toString()).toBe(text);
    expect(parse(text).bodyFor('模 "x"').toString()).toBe(text.replace('"a"', String.raw`"模 \"x\""`));
    expect(parse(text).isStream).toBe(false);
  });

  it.each([
    ['claude-x[1m]', 'claude-x'],
    ['claude-x[200K]', 'claude-x'],
    ['claude-x', 'claude-x'],
    ['[1m]', '[1m]'],
    ['model[beta]', 'model[beta]'],
  ])('calls the model %s %s', (written, model) => {
    const request = parse(
      JSON.stringify({ model: written, max_tokens: 1, messages: [{ role: 'user', content: 'x' }] }),
    );
    expect(request.model).toBe(model);
    expect(JSON.parse(request.bodyFor(model).toString())).toMatchObject({ model });
  });

  it.each([
    [`{"max_tokens":1,${MESSAGES}}`, 'missing_required_parameter', 'model'],
    [`{"model":"a","max_tokens":"1",${MESSAGES}}`, 'invalid_type', 'max_tokens'],
    [`{"model":"a","max_tokens":-1,${MESSAGES}}`, 'invalid_value', 'max_tokens'],
    [`{"model":"a","max_tokens":1.5,${MESSAGES}}`, 'invalid_value', 'max_tokens'],
    ['{"model":"a","max_tokens":1,"messages":[]}', 'invalid_value', 'messages'],
    ['{"model":"a","max_tokens":1,"messages":[{}]}', 'missing_required_parameter', 'messages[0].role'],
    [`{"model":"a","model":"b","max_tokens":1,${MESSAGES}}`, 'invalid_value', 'model'],
    [`{"model":"a","max_tokens":1,"max_tokens":2,${MESSAGES}}`, 'invalid_value', 'max_tokens'],
    [`{"model":"a","max_tokens":1,"stream":1,${MESSAGES}}`, 'invalid_type', 'stream'],
  ])('is refused when it is parsed: %s', (text, code, param) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ code, param }));
  });

  it.each([
    ['', '{"model":"up","max_tokens":7,'],
    ['"max_tokens":null,', '{"model":"up","max_tokens":7,'],
    ['"max_tokens":0,', '{"model":"up","max_tokens":0,'],
  ])('gets the limit of the model if it has none: %s', (limit, begin) => {
    const request = parse(`{"model":"a",${limit}${MESSAGES}}`);
    const field = { field: 'max_completion_tokens', value: 7 };
    expect(request.bodyFor('up', field).toString()).toBe(begin + MESSAGES + '}');
    expect(parse(`{"model":"up",${limit}${MESSAGES}}`).bodyFor('up', field).toString()).toBe(
      begin + MESSAGES + '}',
    );
    expect(request.outputLimit).toBe(limit.includes('0') ? 0 : undefined);
    expect(() => request.checkLimit(7)).not.toThrow();
    if (!limit.includes('0'))
      expect(() => request.checkLimit(undefined)).toThrow(
        expect.objectContaining({ status: 400, code: 'missing_required_parameter', param: 'max_tokens' }),
      );
  });

  it('may omit max_tokens if it asks for a count', () => {
    const body = Buffer.from(`{"model":"a",${MESSAGES}}`);
    expect(MESSAGES_COUNT.parse(body).prompt().sampling.maxTokens).toBeUndefined();
  });

  it('refuses a thread with the error after which SDKs go on without one', () => {
    expect(() => promptOf({ thread: { type: 'create' } })).toThrow(ThreadUnsupportedError);
    expect(promptOf({ thread: null, mcp_servers: [], container: null }).dropped).toEqual([]);
  });

  it('is refused with max_tokens 0 if the service has another format', () => {
    expect(() => promptOf({ max_tokens: 0 })).toThrow(
      expect.objectContaining({ status: 400, param: 'max_tokens' }) as Error,
    );
  });

  it('is read lazily, and once', () => {
    const request = parse(`{"model":"a","max_tokens":1,"messages":[{"role":"user","content":5}]}`);
    expect(() => request.prompt()).toThrow(
      "'messages[0].content' must be a string or an array, not a number.",
    );
    const good = parse(`{"model":"a","max_tokens":1,${MESSAGES}}`);
    expect(good.prompt()).toBe(good.prompt());
    expect(() => parse(`{"model":"a","max_tokens":1,"x":1e999,${MESSAGES}}`).prompt()).toThrow('doubles');
  });
});
