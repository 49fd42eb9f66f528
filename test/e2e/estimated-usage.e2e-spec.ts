import { beginStream, chunkEvent, sendJson } from '../support/start-upstream.js';
import {
  DONE,
  QUESTION,
  QUESTION_TOKENS,
  EIGHT,
  service,
  post,
  lineOf,
  chat,
  ESTIMATED,
  streams,
  WORDS,
  cut,
  usageOf,
  openCountedService,
} from '../support/estimates-rig.js';

jest.setTimeout(180_000);
openCountedService();

describe('a stream that its service does not count', () => {
  const usage = (prompt_tokens: number, completion_tokens: number): string =>
    `data: ${JSON.stringify({ choices: [], usage: { prompt_tokens, completion_tokens, total_tokens: 0 } })}\n\n`;

  it.each([
    ['says nothing', ''],
    ['says zeros', usage(0, 0)],
    ['says that it does not know', usage(-1, -1)],
    ['says an empty usage', 'data: {"choices":[],"usage":{}}\n\n'],
  ])('is counted by the gateway if the service %s', async (_what, said) => {
    service.handle(streams(WORDS + chunkEvent('', 'stop') + said + DONE));
    expect(await lineOf(() => chat())).toMatchObject(ESTIMATED);
  });

  it.each([
    ['input', usage(0, 8)],
    ['output', usage(QUESTION_TOKENS, 0)],
  ])('has its %s counted if only that is zero', async (_what, said) => {
    service.handle(streams(WORDS + chunkEvent('', 'stop') + said + DONE));
    expect(await lineOf(() => chat())).toMatchObject(ESTIMATED);
  });

  it('counts reasoning and tool calls, and counts text once that comes in two fields', async () => {
    const delta = (said: object): string =>
      `data: ${JSON.stringify({ choices: [{ index: 0, delta: said }] })}\n\n`;
    const reasoning = 'one two three four';
    const call = { index: 0, id: 'c', function: { name: 'five', arguments: ' six seven eight' } };
    service.handle(
      streams(
        delta({ reasoning, reasoning_content: reasoning, reasoning_details: [{ text: reasoning }] }) +
          delta({ tool_calls: [call] }) +
          chunkEvent('', 'tool_calls') +
          DONE,
      ),
    );
    expect(await lineOf(() => chat())).toMatchObject(ESTIMATED);
  });

  it('counts a long reply by its beginning and its length', async () => {
    service.handle(streams(WORDS.repeat(500) + chunkEvent('', 'stop') + DONE));
    const { completion_tokens: tokens } = await lineOf(() => chat());
    // The last word of eight and the first of the next are one.
    expect(tokens).toBeGreaterThan(3_000);
    expect(tokens).toBeLessThan(4_600);
  });
});

describe('a stream that is cut off', () => {
  it('costs the request and what was delivered', async () => {
    service.handle(streams(WORDS, cut));
    expect(await lineOf(() => chat())).toMatchObject({ ...ESTIMATED, error: 'upstream_stream_interrupted' });
  });

  it('does not count the text of an error', async () => {
    const error = {
      error: { message: 'a very long story of what went wrong, in many words', type: 'server_error' },
    };
    service.handle(streams(`${WORDS}data: ${JSON.stringify(error)}\n\n`));
    expect(await lineOf(() => chat())).toMatchObject({ ...ESTIMATED, error: 'upstream_error' });
  });

  it('uses no tokens before the first word', async () => {
    const role = 'data: {"choices":[{"index":0,"delta":{"role":"assistant"}}]}\n\n';
    for (const events of [
      role,
      `${role}data: {"error":{"message":"no"}}\n\n`,
      'data: {"error":{"message":"no"}}\n\n',
    ]) {
      service.handle(streams(events, cut));
      const line = await lineOf(() => chat());
      expect(line).not.toHaveProperty('prompt_tokens');
      expect(line).toHaveProperty('error');
    }
    service.handle(({ res }) => sendJson(res, { error: { message: 'no' } }, 500));
    expect(await lineOf(() => chat())).not.toHaveProperty('prompt_tokens');
  });

  it('costs what the service had counted if its first chunk already has counts', async () => {
    const counted = (word: string, tokens: number): string =>
      chunkEvent(word).replace(/\}\n/, `,"usage":{"prompt_tokens":77,"completion_tokens":${tokens}}}\n`);
    service.handle(streams(EIGHT.map((word, index) => counted(word, 10 + index)).join(''), cut));
    expect(await lineOf(() => chat())).toMatchObject({ prompt_tokens: 77, completion_tokens: 17 });
  });

  it('counts as whole if only its end is missing after the usage', async () => {
    service.handle(streams(WORDS + chunkEvent('', 'stop') + usageOf(33, 44), cut));
    const line = await lineOf(() => chat());
    expect(line).toMatchObject({ prompt_tokens: 33, completion_tokens: 44 });
    expect(line).not.toHaveProperty('usage_estimated');
  });
});

describe('a client that leaves', () => {
  const leave = (model: string): Promise<Record<string, unknown>> =>
    lineOf(async () => {
      const left = new AbortController();
      const body = { model, messages: QUESTION, stream: true };
      const response = await post('/v1/chat/completions', body, left.signal);
      const reader = response.body!.getReader();
      let text = '';
      while (!text.includes('eight')) text += Buffer.from((await reader.read()).value!).toString();
      left.abort();
    });

  it('has used the request and what was delivered', async () => {
    service.handle(streams(WORDS, () => undefined));
    expect(await leave('m')).toMatchObject({ ...ESTIMATED, status: 499 });
  });

  it('has used the whole reply if its call runs to the end', async () => {
    service.handle(
      streams(WORDS, ({ res }) => {
        setTimeout(() => res.end(WORDS + chunkEvent('', 'stop') + usageOf(33, 44) + DONE), 50);
      }),
    );
    expect(await leave('finishing')).toMatchObject({ prompt_tokens: 33, completion_tokens: 44, status: 499 });
  });

  it('has used no tokens before the first word', async () => {
    service.handle(({ res }) => beginStream(res));
    const line = await lineOf(async () => {
      const left = new AbortController();
      const call = post(
        '/v1/chat/completions',
        { model: 'm', messages: QUESTION, stream: true },
        left.signal,
      );
      setTimeout(() => left.abort(), 100);
      await call.then((response) => response.text()).catch(() => undefined);
    });
    expect(line).toMatchObject({ status: 499 });
    expect(line).not.toHaveProperty('prompt_tokens');
  });
});
