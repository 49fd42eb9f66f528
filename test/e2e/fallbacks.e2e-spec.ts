import { until } from '../support/start-gateway.js';
import { type UpstreamCall } from '../support/start-upstream.js';
import {
  type Handler,
  a,
  ask,
  b,
  gateway,
  ok,
  openTwoServices,
  single,
  status,
  wordsOf,
} from '../support/two-services.js';

openTwoServices();

describe('fallbacks', () => {
  const small = () => ({ name: 'small', base_url: b.url });

  it('take over, and the response has the number of attempts', async () => {
    await single({ fallbacks: ['small'] }, {}, [small()]);
    a.handle(status(500));
    const response = await ask();
    expect([response.status, await wordsOf(response), response.headers.get('x-gateway-attempts')]).toEqual([
      200,
      'b',
      '3',
    ]);
    expect(JSON.parse(b.calls[0]!.body.toString())).toMatchObject({ model: 'small' });
  });

  it('take over for a key that may not call them itself', async () => {
    await single(
      { fallbacks: ['small'] },
      { auth: { api_keys: [{ name: 'narrow', key: 'sk-narrow-key-1', models: ['m'] }] } },
      [small()],
    );
    a.handle(status(500));
    const body = { model: 'm', messages: [{ role: 'user', content: 'hi' }] };
    expect((await gateway!.chat(body, { key: 'sk-narrow-key-1' })).status).toBe(200);
  });

  it.each<[string, string, Handler, boolean]>([
    ['429', '429', status(429), true],
    ['429', '5xx', status(500), false],
    ['timeout', '408', status(408), true],
    ['unreachable', 'unreachable', ({ res }) => res.destroy(), true],
    [
      'context_length',
      'the code',
      status(400, {}, { error: { code: 'context_length_exceeded', message: 'too long' } }),
      true,
    ],
    [
      'context_length',
      'the words',
      status(400, {}, { error: { message: "This model's maximum context length is 4096 tokens." } }),
      true,
    ],
    ['context_length', 'another 400', status(400, {}, { error: { message: 'no' } }), false],
    [
      'context_length',
      'another status',
      status(422, {}, { error: { code: 'context_length_exceeded' } }),
      true,
    ],
    [
      'context_length',
      'a status that blames the service',
      status(500, {}, { error: { message: 'the request exceeds the available context size' } }),
      true,
    ],
    [
      'context_length',
      'a limit per minute',
      status(413, {}, { error: { message: 'Request too large on tokens per minute (TPM): Limit 6000' } }),
      false,
    ],
    [
      'context_length',
      'an error under 200',
      status(200, {}, { error: { code: 'context_length_exceeded' } }),
      true,
    ],
    [
      '5xx',
      'a page of HTML',
      ({ res }) => void res.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
      true,
    ],
    ['5xx', 'context length', status(400, {}, { error: { code: 'context_length_exceeded' } }), false],
  ])('on %s: %s', async (on, _case, handler, isTaken) => {
    await single({ fallbacks: [{ model: 'small', on: [on] }], retry: { max_retries: 0 } }, {}, [small()]);
    a.handle(handler);
    expect((await ask()).status === 200).toBe(isTaken);
    expect(b.calls).toHaveLength(isTaken ? 1 : 0);
  });

  it('of fallbacks follow, each once', async () => {
    await single({ fallbacks: ['small', 'last'], retry: { max_retries: 0 } }, {}, [
      { ...small(), model_name: 'two', fallbacks: ['last'] },
      { name: 'last', base_url: b.url, model_name: 'three' },
    ]);
    a.handle(status(500));
    b.handle(status(500));
    const response = await ask();
    expect([response.status, response.headers.get('x-gateway-attempts')]).toEqual([500, '3']);
    expect(b.calls.map(({ body }) => (JSON.parse(body.toString()) as { model: string }).model)).toEqual([
      'two',
      'three',
    ]);
  });

  it('do not hide the error of the service if they are unavailable themselves', async () => {
    await single(
      { fallbacks: ['small'], retry: { max_retries: 0 } },
      { breaker: { min_requests: 1, open_seconds: 60 } },
      [{ ...small(), retry: { max_retries: 0 } }],
    );
    b.handle(status(500));
    await (await gateway!.chat({ model: 'small', messages: [{ role: 'user', content: 'hi' }] })).text();
    a.handle(status(503, {}, { error: { message: 'the first one is full' } }));
    expect(await (await ask()).json()).toMatchObject({
      error: { code: 'upstream_error', message: 'the first one is full' },
    });
    expect(b.calls).toHaveLength(1);
  });

  it('take over while the breaker of the model is open', async () => {
    await single(
      { fallbacks: [{ model: 'small', on: ['5xx'] }], retry: { max_retries: 0 } },
      { breaker: { min_requests: 1, open_seconds: 60 } },
      [small()],
    );
    a.handle(status(500));
    for (let count = 0; count < 3; count++) expect(await wordsOf(await ask())).toBe('b');
    expect([a.calls.length, b.calls.length]).toEqual([1, 3]);
  });

  it('take over if too many calls wait for the model', async () => {
    await single({ fallbacks: ['small'], limits: { max_concurrent: 1, max_queued: 0 } }, {}, [small()]);
    const held: UpstreamCall[] = [];
    a.handle((call) => void held.push(call));
    const first = ask();
    await until(() => held.length === 1);
    expect(await wordsOf(await ask())).toBe('b');
    ok('a')(held[0]!);
    expect(await wordsOf(await first)).toBe('a');
  });
});
