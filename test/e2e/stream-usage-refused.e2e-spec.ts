import { TEST_KEY } from '../support/start-gateway.js';
import { beginStream, sendJson } from '../support/start-upstream.js';
import {
  COUNTED_KEY,
  DONE,
  REPLY,
  QUESTION,
  service,
  gateway,
  start,
  counts,
  asked,
  stream,
  lastLine,
  openCountingService,
} from '../support/stream-usage-rig.js';

jest.setTimeout(180_000);
openCountingService();

describe('a service that refuses to be asked for the usage of a stream', () => {
  const refusals: [string, number, unknown][] = [
    [
      'names the field',
      400,
      { error: { message: 'Unrecognized request argument supplied: stream_options' } },
    ],
    ['names it as parameter', 400, { error: { message: 'Unknown parameter.', param: 'stream_options' } }],
    [
      'lists it',
      422,
      { detail: [{ type: 'extra_forbidden', loc: ['body', 'stream_options'], msg: 'Extra inputs' }] },
    ],
  ];

  function refuses(status: number, error: unknown): void {
    service.handle(({ res, body }) => {
      if (body.includes('stream_options')) return sendJson(res, error, status);
      beginStream(res);
      res.end(REPLY + DONE);
    });
  }

  it.each(refusals)(
    'and %s is asked again without it, once only, unseen by the client',
    async (_how, status, error) => {
      await start({ retry: { max_retries: 0 } });
      refuses(status, error);
      const response = await gateway!.chat(
        { model: 'm', messages: QUESTION, stream: true },
        { key: COUNTED_KEY },
      );
      expect([response.status, response.headers.get('x-gateway-attempts')]).toEqual([200, '1']);
      expect(response.headers.get('x-gateway-route')).toBe('m/deployment-1');
      expect(await response.text()).toBe(REPLY + DONE);
      expect(service.calls).toHaveLength(2);
      expect(await lastLine()).toMatchObject({ attempts: 1, usage_estimated: true, completion_tokens: 2 });
      expect(gateway!.log()).toContainEqual(
        expect.objectContaining({
          level: 'warn',
          message: 'stream usage refused',
          model: 'm',
          deployment: 'deployment-1',
        }),
      );
      await stream({}, COUNTED_KEY);
      expect(service.calls).toHaveLength(3);
      expect(service.calls[2]!.body.includes('stream_options')).toBe(false);
    },
  );

  it('is not called again if it refused for another reason', async () => {
    await start({ retry: { max_retries: 0 } });
    refuses(400, { error: { message: 'The prompt is too rude.' } });
    const response = await gateway!.chat(
      { model: 'm', messages: QUESTION, stream: true },
      { key: COUNTED_KEY },
    );
    expect(response.status).toBe(400);
    expect(service.calls).toHaveLength(1);
  });

  it('is asked again by later calls if its message only quotes the request', async () => {
    await start({ retry: { max_retries: 0 } });
    service.handle(({ res }) => sendJson(res, { error: { message: 'You said: stream_options' } }, 400));
    expect(
      (await gateway!.chat({ model: 'm', messages: QUESTION, stream: true }, { key: COUNTED_KEY })).status,
    ).toBe(400);
    counts();
    await stream({}, COUNTED_KEY);
    expect(asked(service.calls.at(-1)!.body)).toBe(true);
  });

  it('has its refusal passed on to a client that asked itself', async () => {
    await start({ stream_usage: 'always', retry: { max_retries: 0 } });
    refuses(400, refusals[0]![2]);
    const response = await gateway!.chat({
      model: 'm',
      messages: QUESTION,
      stream: true,
      stream_options: { include_usage: true },
    });
    expect(response.status).toBe(400);
    expect(service.calls).toHaveLength(1);
  });

  it('still replies to clients of other formats, which receive an estimate', async () => {
    await start();
    refuses(400, refusals[0]![2]);
    const response = await fetch(`${gateway!.url}/v1/messages`, {
      method: 'POST',
      headers: {
        'x-api-key': TEST_KEY,
        'content-type': 'application/json',
        'anthropic-version': '2023-06-01',
      },
      body: JSON.stringify({ model: 'm', messages: QUESTION, stream: true, max_tokens: 99 }),
    });
    const text = await response.text();
    expect(text).toMatch(/event: message_delta\ndata: .*"input_tokens":[1-9].*"output_tokens":2/);
    expect(await lastLine()).toMatchObject({
      dialect: 'anthropic-messages',
      upstream_dialect: 'openai-chat',
      completion_tokens: 2,
      usage_estimated: true,
    });
  });
});
