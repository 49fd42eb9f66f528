import OpenAI from 'openai';
import { TEST_KEY, SINGLE_ATTEMPTS } from '../support/start-gateway.js';
import { readSse } from '../support/read-sse.js';
import {
  MAPPED_TOKEN,
  type MappedGateway,
  readCompletion,
  readError,
  startMapped,
} from '../support/start-mapped.js';
import { completion, sendJson } from '../support/start-upstream.js';
import { MODELS } from '../fixtures/mapped-models.js';

describe('a mapped model', () => {
  let it_: MappedGateway;
  const ask: MappedGateway['ask'] = (...call) => it_.ask(...call);
  const answerWith = (body: unknown, status = 200) =>
    it_.upstream.handle(({ res }) => sendJson(res, body, status));
  const lastCall = () => it_.upstream.calls.at(-1)!;

  beforeAll(async () => {
    it_ = await startMapped(MODELS, SINGLE_ATTEMPTS);
  });
  afterAll(() => it_.close());

  describe('writes the request in the format of its service', () => {
    it('with path, query, headers and body', async () => {
      answerWith({ code: 0, data: { answer: 'yes' } });
      expect((await ask('house', { user: 'kim' })).status).toBe(200);
      expect(lastCall()).toMatchObject({
        path: '/base/apps/my%20app%2F1/chat?version=7&depth=2',
        headers: {
          authorization: `Bearer ${MAPPED_TOKEN}`,
          'content-type': 'application/json',
          accept: 'application/json',
          'x-fixed': 'fixed',
          'x-user': 'kim',
        },
      });
      expect(lastCall().headers).not.toHaveProperty('x-absent');
      expect(it_.lastBody()).toEqual({
        model: 'upstream-name',
        prompt: 'Tell me.',
        history: [{ who: 'user', said: 'Tell me.' }],
        stream: false,
        max: 77,
      });
    });

    it.each([1, 2, 5])('in the same form for %d messages', async (count) => {
      answerWith({ code: 0, data: { answer: 'yes' } });
      const messages = Array.from({ length: count }, (_, index) => ({
        role: index % 2 === 0 ? 'user' : 'assistant',
        content:
          index === 1
            ? [
                { type: 'text', text: 'part ' },
                { type: 'text', text: 'two' },
              ]
            : `m${index}`,
      }));
      await ask('house', { messages });
      expect(it_.lastBody()).toMatchObject({
        history: messages.map(({ role }, index) => ({
          who: role,
          said: index === 1 ? 'part two' : `m${index}`,
        })),
      });
    });

    it('as GET without a body', async () => {
      answerWith({ a: 'yes' });
      await ask('get');
      expect(lastCall()).toMatchObject({ path: '/base/ask?q=Tell+me.', req: { method: 'GET' } });
      expect(lastCall().body).toHaveLength(0);
      expect(lastCall().headers).not.toHaveProperty('content-type');
    });

    it('to a path that holds what the client wrote, half a character as well', async () => {
      answerWith({ a: 'yes' });
      const response = await ask('wrongPath', { user: 'a/b \ud800' });
      expect(response.status).toBe(200);
      expect(lastCall().path).toBe('/base/a%2Fb%20%EF%BF%BD');
    });

    it('as text, and as a form', async () => {
      answerWith({ a: 'yes' });
      await ask('text');
      expect(lastCall().body.toString()).toBe('Tell me.');
      expect(lastCall().headers['content-type']).toBe('text/markdown');
      await ask('form');
      expect(lastCall().path).toBe('/base');
      expect(Object.fromEntries(new URLSearchParams(lastCall().body.toString()))).toEqual({
        q: 'Tell me.',
        list: '[1,2]',
      });
    });

    it('without a request block as OpenAI would, in the form that the service knows', async () => {
      const odd = '"seed":12345678901234567890';
      const body = (stream: string) =>
        `{"model":"MODEL",${odd},"messages":[{"role":"user","content":"x"}]${stream}}`;
      answerWith(completion());
      await it_.gateway.chat(
        body(',"stream": true,"stream_options":{"include_usage":true}').replace('MODEL', 'jsonOnly'),
      );
      expect(lastCall().path).toBe('/base/chat/completions');
      expect(lastCall().body.toString()).toBe(
        body(',"stream": false,"stream_options":null').replace('MODEL', 'upstream-name'),
      );
      await it_.gateway.chat(body('').replace('MODEL', 'streamOnly'));
      expect(lastCall().body.toString()).toBe(body(',"stream":true').replace('MODEL', 'upstream-name'));
    });
  });

  describe('reads the response of its service', () => {
    it('text, reasoning, finish reason, usage and id', async () => {
      answerWith({ code: 0, data: { answer: 'yes', thought: 'hm', why: 'LEN', in: 4, out: 6, id: 17 } });
      const { body, message, finishReason, usage } = await readCompletion(await ask('house'));
      expect(message).toEqual({ role: 'assistant', content: 'yes', reasoning_content: 'hm' });
      expect(finishReason).toBe('length');
      expect(usage).toEqual({ prompt_tokens: 4, completion_tokens: 6, total_tokens: 10 });
      expect(body).toMatchObject({ id: '17', object: 'chat.completion', model: 'house' });
    });

    it.each([
      ['one call', { name: 'f', arguments: { a: 1 } }, 1],
      ['a list of one', [{ name: 'f', arguments: '{"a":1}' }], 1],
      ["OpenAI's own", [{ id: 'c1', type: 'function', function: { name: 'f', arguments: '{"a":1}' } }], 1],
      ['many', [{ name: 'f', arguments: { a: 1 } }, { name: 'g' }], 2],
    ])('tool calls: %s', async (_what, calls, count) => {
      answerWith({ code: 0, data: { calls } });
      const { message, finishReason } = await readCompletion(await ask('house'));
      expect(finishReason).toBe('tool_calls');
      expect(message['content']).toBeNull();
      expect(message['tool_calls']).toHaveLength(count);
      expect(message['tool_calls']).toMatchObject([
        { id: expect.any(String), type: 'function', function: { name: 'f', arguments: '{"a":1}' } },
        ...(count > 1 ? [{ function: { name: 'g', arguments: '{}' } }] : []),
      ]);
    });

    it('to a client that wants a stream, as one', async () => {
      answerWith({ code: 0, data: { answer: 'yes', in: 4, out: 6 } });
      const stream = await readSse(
        await ask('house', { stream: true, stream_options: { include_usage: true } }),
      );
      expect(stream).toMatchObject({ content: 'yes', isDone: true, error: undefined });
      expect(stream.chunks.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: 10 } });
      expect(it_.lastBody()).toMatchObject({ stream: false });
    });

    it('through the official client', async () => {
      answerWith({ code: 0, data: { answer: 'yes', in: 4, out: 6 } });
      const client = new OpenAI({ baseURL: `${it_.gateway.url}/v1`, apiKey: TEST_KEY, maxRetries: 0 });
      const messages = [{ role: 'user' as const, content: 'x' }];
      const plain = await client.chat.completions.create({ model: 'house', messages });
      expect(plain.choices[0]!.message.content).toBe('yes');
      let text = '';
      for await (const chunk of await client.chat.completions.create({
        model: 'house',
        messages,
        stream: true,
      })) {
        text += chunk.choices[0]?.delta.content ?? '';
      }
      expect(text).toBe('yes');
      answerWith({ code: 42900, msg: 'slow down' });
      await expect(client.chat.completions.create({ model: 'house', messages })).rejects.toBeInstanceOf(
        OpenAI.RateLimitError,
      );
    });

    it('estimates tokens if the service does not count them, and marks them as estimated', async () => {
      answerWith({ a: 'The quick brown fox jumps over the lazy dog.' });
      const { usage } = await readCompletion(await ask('answers'));
      expect(usage).toEqual({ prompt_tokens: 10, completion_tokens: 10, total_tokens: 20, estimated: true });
      const line = it_.gateway.log().findLast(({ message }) => message === 'request');
      expect(line).toMatchObject({ prompt_tokens: 10, completion_tokens: 10, usage_estimated: true });
      answerWith({ a: '好'.repeat(30_000) });
      const long = await readCompletion(await ask('answers'));
      expect(long.usage['completion_tokens']).toBeGreaterThan(10_000);
    });
  });

  describe('reports failures', () => {
    it.each([
      ['an error under 200', { code: 7, msg: 'broken' }, 500, 'upstream_error', 'broken'],
      ['one without words', { code: 7 }, 500, 'upstream_error', 'code 7'],
      ["the caller's fault", { code: 40001, msg: 'too long' }, 400, null, 'too long'],
      ['a limit', { code: 42900, msg: 'slow down' }, 429, null, 'slow down'],
    ])('%s', async (_what, body, status, code, message) => {
      answerWith(body);
      expect(await readError(await ask('house'))).toMatchObject({ status, code, message });
      expect(await readError(await ask('house', { stream: true }))).toMatchObject({ status, code, message });
    });

    it('a refused call with the message of the service', async () => {
      answerWith({ code: 9, msg: `no entry with ${MAPPED_TOKEN}` }, 403);
      expect(await readError(await ask('house'))).toMatchObject({
        status: 500,
        code: 'upstream_auth_failed',
        message: "The service refused the gateway's credential for 'house': no entry with [redacted]",
      });
    });

    it.each([
      ['a text that is none', 'wrongText', { a: 5 }, /response\.text .* gave a number; expected a text/],
      ['no text at all', 'answers', { b: 'x' }, /response\.text .* found nothing/],
      [
        'usage that is none',
        'wrongText',
        { a: 'x', u: 'many' },
        /response\.usage .* gave a text; expected an obj/,
      ],
      [
        'counts that are none',
        'wrongText',
        { a: 'x', u: { prompt_tokens: '1', completion_tokens: 2 } },
        /usage/,
      ],
      ['tool calls that are none', 'wrongText', { a: 'x', t: [5] }, /response\.tool_calls .* gave a number/],
      ['a status that is none', 'wrongText', { e: 1 }, /response\.error_status .* gave a text/],
      ['HTML', 'answers', '<html></html>', /not JSON/],
      ['half a document', 'answers', '{"a": "x', /not JSON/],
      ['an expression that loops', 'loopsAnswering', { a: 1 }, /response\.text .* took longer than 500 ms/],
    ])('%s', async (_what, model, body, message) => {
      answerWith(body);
      const response = await ask(model);
      expect(response.headers.get('x-should-retry')).toBe('false');
      expect(await readError(response)).toMatchObject({
        status: 500,
        code: 'upstream_invalid_response',
        message: expect.stringMatching(message) as string,
      });
    });

    it.each([
      ['loops', /request\.body .* took longer/],
      ['throws', /request\.path .* raised an error of its own/],
      ['wrongBody', /request\.body .* gave a number; expected an object, a list or a text/],
      ['wrongPath', /request\.path .* expected a text or a number for the path/],
    ])('a request that %s before it is sent', async (model, message) => {
      const before = it_.upstream.calls.length;
      const response = await ask(model, model === 'wrongPath' ? { user: '..' } : {});
      expect(response.headers.get('x-should-retry')).toBe('false');
      expect(await readError(response)).toMatchObject({
        status: 500,
        code: 'mapping_failed',
        message: expect.stringMatching(message) as string,
      });
      expect(it_.upstream.calls).toHaveLength(before);
      expect(it_.gateway.log()).toContainEqual(
        expect.objectContaining({
          message: 'mapping failed',
          model,
          expression: expect.stringMatching(/^request/),
        }),
      );
      expect(it_.gateway.logText()).not.toContain('planted');
    });

    it('without any effect on other models', async () => {
      answerWith({ a: 'yes' });
      const others = Promise.all(Array.from({ length: 10 }, () => ask('answers')));
      await ask('loops');
      expect((await others).map(({ status }) => status)).toEqual(Array(10).fill(200));
    });
  });
});
