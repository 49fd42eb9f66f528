import { readSse } from '../support/read-sse.js';
import { type MappedGateway, readError, startMapped } from '../support/start-mapped.js';
import { SINGLE_ATTEMPTS } from '../support/start-gateway.js';
import { beginStream, sendJson } from '../support/start-upstream.js';

/** Each has a neighbour that a double would make of it. */
const ID = '12345678901234567890';
const JOB = '9007199254740993';
const ASKED = `{"model":"MODEL","messages":[{"role":"user","content":"${ID}"}],"seed":${ID},"note":"\\"${ID}"}`;

const MODELS = {
  mapped: {
    request: {
      path: '/users/{seed}',
      query: { q: '$string(1)', id: 'seed' },
      headers: { 'x-id': 'seed' },
      body: '{ "user": { "id": seed }, "note": note, "list": [seed, 1] }',
    },
    response: { text: 'text', id: 'id', tool_calls: 'calls' },
  },
  elsewhere: {
    request: { body: '{ "l": $map([seed, 1], function($x) { $x }) }' },
    response: { text: '$map([text], function($x) { $x })' },
  },
  adds: { request: { body: '{ "next": seed + 1 }' }, response: { text: 'text' } },
  joins: { request: { body: '{ "key": "u-" & seed }' }, response: { text: 'text' } },
  job: {
    request: { path: '/jobs', body: '{ "q": 1 }' },
    poll: { path: '/jobs/{job_id}', done: 'state = "done"', interval_seconds: 0.02 },
    response: { text: 'text' },
  },
  streamed: { upstream_mode: 'stream_only' },
  events: { stream: { text: 'data.text', tool_calls: 'data.calls' } },
};

describe('an integer beyond 2^53', () => {
  let it_: MappedGateway;
  const ask = (model: string, more = '') =>
    it_.gateway.chat(ASKED.replace('MODEL', model).replace(/\}$/, `${more}}`));

  beforeAll(async () => {
    it_ = await startMapped(MODELS, SINGLE_ATTEMPTS);
  });
  afterAll(() => it_.close());

  it('goes through a mapping as it is: path, query, header, body, id and arguments', async () => {
    it_.upstream.handle(({ res }) =>
      sendJson(res, `{"text":"yes","id":${JOB},"calls":[{"name":"f","arguments":{"id":-${ID},"x":0.5}}]}`),
    );
    const answer = (await (await ask('mapped')).json()) as Record<string, unknown>;
    const call = it_.upstream.calls.at(-1)!;
    expect(call.path).toBe(`/base/users/${ID}?q=1&id=${ID}`);
    expect(call.headers['x-id']).toBe(ID);
    expect(call.body.toString()).toBe(`{"user":{"id":${ID}},"note":"\\"${ID}","list":[${ID},1]}`);
    expect(answer).toMatchObject({
      id: JOB,
      choices: [{ message: { tool_calls: [{ function: { arguments: `{"id":-${ID},"x":0.5}` } }] } }],
    });
  });

  it('goes through a process that evaluates expressions', async () => {
    it_.upstream.handle(({ res }) => sendJson(res, '{"text":"yes"}'));
    expect((await ask('elsewhere')).status).toBe(200);
    expect(it_.upstream.calls.at(-1)!.body.toString()).toBe(`{"l":[${ID},1]}`);
  });

  it.each(['adds', 'joins'])('fails the call of an expression that would round it: %s', async (model) => {
    const before = it_.upstream.calls.length;
    expect(await readError(await ask(model))).toMatchObject({
      status: 500,
      code: 'mapping_failed',
      message: expect.stringContaining('request.body') as unknown,
    });
    expect(it_.upstream.calls).toHaveLength(before);
  });

  it('finds the job that it names', async () => {
    it_.upstream.handle(({ res, path }) =>
      sendJson(res, path === '/base/jobs' ? `{"job_id":${JOB}}` : '{"state":"done","text":"yes"}'),
    );
    expect(await (await ask('job')).json()).toMatchObject({ choices: [{ message: { content: 'yes' } }] });
    expect(it_.upstream.calls.at(-1)!.path).toBe(`/base/jobs/${JOB}`);
  });

  it('is the same after a stream was gathered, a response split, and an event mapped', async () => {
    const sent = `{"id":"c","choices":[{"index":0,"delta":{"content":"a","tool_calls":[{"index":0,"id":"t","function":{"name":"f","arguments":{"id":${ID}}}}]},"trace":${JOB},"finish_reason":"tool_calls"}]}`;
    it_.upstream.handle(({ res }) => {
      beginStream(res);
      res.end(`data: ${sent}\n\ndata: [DONE]\n\n`);
    });
    const gathered = await (await ask('streamed')).text();
    expect(gathered).toContain(`"trace":${JOB}`);
    expect(gathered).toContain(JSON.stringify(`{"id":${ID}}`));

    it_.upstream.handle(({ res }) =>
      sendJson(
        res,
        `{"id":"c","trace":${JOB},"choices":[{"index":0,"message":{"content":"a"},"finish_reason":"stop"}]}`,
      ),
    );
    const split = await readSse(await ask('streamed', ',"stream":true'));
    expect(split.content).toBe('a');
    expect(split.text).toContain(`"trace":${JOB}`);

    it_.upstream.handle(({ res }) => {
      beginStream(res);
      res.end(`data: {"text":"a","calls":[{"name":"f","arguments":{"id":${ID}}}]}\n\n`);
    });
    const mapped = await readSse(await ask('events', ',"stream":true'));
    expect(mapped.text).toContain(JSON.stringify(`{"id":${ID}}`));
  });

  it('is refused if no double can hold it', async () => {
    it_.upstream.handle(({ res }) => sendJson(res, '{"text":"yes","id":1e400}'));
    expect(await readError(await ask('mapped'))).toMatchObject({ code: 'upstream_invalid_response' });
    expect(await readError(await ask('mapped', ',"top":1e400'))).toMatchObject({ code: 'mapping_failed' });
  });
});

describe('tool calls in mapped streams', () => {
  let it_: MappedGateway;

  beforeAll(async () => {
    it_ = await startMapped(
      { m: { stream: { text: 'data.text', tool_calls: 'data.calls', finish_reason: 'data.end' } } },
      SINGLE_ATTEMPTS,
    );
  });
  afterAll(() => it_.close());

  const stream = async (...events: unknown[]) => {
    it_.upstream.handle(({ res }) => {
      beginStream(res);
      res.end(
        [...events.map((event) => JSON.stringify(event)), '[DONE]']
          .map((data) => `data: ${data}\n\n`)
          .join(''),
      );
    });
    return readSse(await it_.ask('m', { stream: true }));
  };
  const choices = (chunks: readonly Record<string, unknown>[]) =>
    chunks.map(
      ({ choices: list }) => (list as { delta: Record<string, unknown>; finish_reason: unknown }[])[0]!,
    );

  it('have one position, id and name each, though the service repeats or empties them', async () => {
    const { chunks, isDone } = await stream(
      { calls: [{ index: 0, id: 'a', function: { name: 'f', arguments: '{"x"' } }], end: '' },
      { calls: [{ index: 0, id: '', function: { name: '', arguments: ':1}' } }], end: 'null' },
      { calls: [{ index: 0, id: 'b', function: { name: 'g', arguments: '{' } }] },
      { calls: [{ index: 0, id: 'b', function: { name: 'g', arguments: '}' } }] },
    );
    expect(isDone).toBe(true);
    const said = choices(chunks);
    expect(said.map(({ delta }) => delta['role'])).toEqual([
      'assistant',
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(said.flatMap(({ delta }) => delta['tool_calls'] ?? [])).toEqual([
      { index: 0, id: 'a', type: 'function', function: { name: 'f', arguments: '{"x"' } },
      { index: 0, function: { arguments: ':1}' } },
      { index: 1, id: 'b', type: 'function', function: { name: 'g', arguments: '{' } },
      { index: 1, function: { arguments: '}' } },
    ]);
    expect(said.map(({ finish_reason: reason }) => reason)).toEqual([null, null, null, null, 'tool_calls']);
  });

  it('end with an error if they are sent twice, or have no name', async () => {
    const twice = await stream(
      { calls: [{ index: 0, id: 'a', function: { name: 'f', arguments: '{"x":1}' } }] },
      { calls: [{ index: 0, function: { arguments: '{"x":1}' } }] },
    );
    expect(twice).toMatchObject({ isDone: false, error: { code: 'upstream_invalid_response' } });
    const nameless = await stream({ calls: [{ index: 0, id: 'a', function: { arguments: '{}' } }] });
    expect(nameless).toMatchObject({ isDone: false, error: { code: 'upstream_invalid_response' } });
  });
});
