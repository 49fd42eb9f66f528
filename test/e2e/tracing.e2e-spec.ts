import { attributesOf } from '../support/otlp-receiver.js';
import { until } from '../support/start-gateway.js';
import { beginStream, chunkEvent, completion, sendJson } from '../support/start-upstream.js';
import {
  SERVER,
  CLIENT,
  ERROR,
  messages,
  CALLER_TRACE,
  CALLER_SPAN,
  upstream,
  collector,
  stop,
  start,
  spans,
  ofKind,
  openTracing,
} from '../support/traced-gateway.js';

openTracing();

describe('a trace', () => {
  it('has a span for the request and one under it for the attempt, whose id the upstream receives', async () => {
    upstream.handle(({ res }) => sendJson(res, completion()));
    const running = await start();
    expect(
      (await running.chat({ model: 'm', messages }, { headers: { 'x-request-id': 'call-1' } })).status,
    ).toBe(200);
    const all = await spans(2);
    const [server] = ofKind(all, SERVER);
    const [attempt] = ofKind(all, CLIENT);
    expect(server).toMatchObject({ name: 'POST /v1/chat/completions', status: {} });
    expect(server!.parentSpanId).toBeUndefined();
    expect(attributesOf(server!)).toEqual({
      'http.request.method': 'POST',
      'http.route': '/v1/chat/completions',
      'http.response.status_code': 200,
      'llm_gateway.request_id': 'call-1',
      'llm_gateway.client': 'key-1',
      'llm_gateway.attempts': 1,
      'llm_gateway.stream': false,
      'gen_ai.operation.name': 'chat',
      'gen_ai.request.model': 'm',
      'gen_ai.provider.name': 'openai',
      'gen_ai.usage.input_tokens': 3,
      'gen_ai.usage.output_tokens': 5,
    });
    expect(attempt).toMatchObject({ name: 'chat m', traceId: server!.traceId, parentSpanId: server!.spanId });
    expect(attributesOf(attempt!)).toMatchObject({
      'gen_ai.operation.name': 'chat',
      'gen_ai.request.model': 'm',
      'http.response.status_code': 200,
      'server.address': '127.0.0.1',
      'server.port': Number(new URL(upstream.url).port),
    });
    expect(upstream.calls.at(-1)!.headers.traceparent).toBe(`00-${server!.traceId}-${attempt!.spanId}-01`);
    const [from, to] = [BigInt(server!.startTimeUnixNano), BigInt(server!.endTimeUnixNano)];
    expect(BigInt(attempt!.startTimeUnixNano)).toBeGreaterThanOrEqual(from);
    expect(BigInt(attempt!.endTimeUnixNano)).toBeLessThanOrEqual(to);
    expect(Math.abs(Number(to / 1_000_000n) - Date.now())).toBeLessThan(20_000);
    expect(collector.resource()).toMatchObject({ 'service.name': 'llm-gateway' });
    expect(collector.posts[0]!.path).toBe('/v1/traces');
  });

  it("continues the client's trace, tracestate included", async () => {
    upstream.handle(({ res }) => sendJson(res, completion()));
    const running = await start();
    const traceparent = `00-${CALLER_TRACE}-${CALLER_SPAN}-01`;
    await running.chat({ model: 'm', messages }, { headers: { traceparent, tracestate: 'vendor=1' } });
    const all = await spans(2);
    expect(ofKind(all, SERVER)[0]).toMatchObject({ traceId: CALLER_TRACE, parentSpanId: CALLER_SPAN });
    const { headers } = upstream.calls.at(-1)!;
    expect(headers.traceparent).toBe(`00-${CALLER_TRACE}-${ofKind(all, CLIENT)[0]!.spanId}-01`);
    expect(headers['tracestate']).toBe('vendor=1');
  });

  it.each(['', 'nonsense', `00-${'0'.repeat(32)}-${CALLER_SPAN}-01`, `ff-${CALLER_TRACE}-${CALLER_SPAN}-01`])(
    'begins anew after an unusable traceparent: %j',
    async (traceparent) => {
      upstream.handle(({ res }) => sendJson(res, completion()));
      const running = await start();
      await running.chat({ model: 'm', messages }, { headers: { traceparent } });
      const [server] = ofKind(await spans(2), SERVER);
      expect(server!.parentSpanId).toBeUndefined();
      expect(server!.traceId).not.toBe(CALLER_TRACE);
    },
  );

  it.each([
    ['the caller left it out', {}, `00-${CALLER_TRACE}-${CALLER_SPAN}-00`],
    [
      'the sampler left it out',
      { OTEL_TRACES_SAMPLER: 'always_off' },
      `00-${CALLER_TRACE}-${CALLER_SPAN}-01`,
    ],
    [
      'a share of 0 is kept',
      { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' },
      undefined,
    ],
  ])('is not kept if %s, and reaches the upstream with flag 00', async (_why, env, traceparent) => {
    upstream.handle(({ res }) => sendJson(res, completion()));
    const running = await start(env as Record<string, string>);
    await running.chat(
      { model: 'm', messages },
      { headers: traceparent === undefined ? {} : { traceparent } },
    );
    const sent = upstream.calls.at(-1)!.headers.traceparent as string;
    expect(sent).toMatch(/^00-[\da-f]{32}-[\da-f]{16}-00$/);
    if (traceparent !== undefined) expect(sent).toContain(`00-${CALLER_TRACE}-`);
    await stop();
    expect(collector.posts).toEqual([]);
  });

  it('has a span for a login, under the call that began it, and one for each attempt', async () => {
    let isTokenGood = false;
    upstream.handle(({ path, res }) => {
      if (path === '/auth') return sendJson(res, { token: 'planted-token' });
      const answer = isTokenGood ? completion() : { message: 'who?' };
      sendJson(res, answer, isTokenGood ? 200 : 401);
      isTokenGood = true;
    });
    const running = await start();
    // A first token that was never proven is not renewed: make it a proven one.
    isTokenGood = true;
    await running.chat({ model: 'in-house', messages });
    await spans(3);
    isTokenGood = false;
    await running.chat({ model: 'in-house', messages });
    const all = (await spans(7)).slice(3);
    const [server] = ofKind(all, SERVER);
    const names = ofKind(all, CLIENT);
    expect(names.map(({ name, parentSpanId, traceId }) => [name, parentSpanId, traceId])).toEqual(
      ['chat in-house', 'login', 'chat in-house'].map((name) => [name, server!.spanId, server!.traceId]),
    );
    const [refused, , good] = names;
    expect(attributesOf(refused!)).toMatchObject({
      'http.response.status_code': 401,
      'error.type': 'upstream_auth_failed',
    });
    expect(attributesOf(good!)).toMatchObject({ 'llm_gateway.attempt.reason': 'renewal' });
    expect(collector.posts.map(({ body }) => body.toString()).join()).not.toContain('planted');
  });

  it('reports how a call failed by codes, never by messages', async () => {
    upstream.handle(({ res }) =>
      sendJson(res, { error: { message: 'planted words', code: 'planted_code' } }, 503),
    );
    const running = await start();
    await running.chat({ model: 'm', messages });
    await until(() => ofKind(collector.spans(), SERVER).length === 1, 'the server span');
    const all = collector.spans();
    expect(ofKind(all, SERVER)[0]!.status.code).toBe(ERROR);
    for (const span of all) expect(attributesOf(span)).toMatchObject({ 'error.type': 'upstream_error' });
    expect(collector.posts.map(({ body }) => body.toString()).join()).not.toContain('planted');
  });

  it('reports a call that is refused before a model is found', async () => {
    const running = await start();
    await running.chat({ model: 'planted-model', messages });
    await running.get('/v1/models');
    await running.get('/v1/health');
    const [server] = await spans(1);
    expect(server).toMatchObject({ name: 'POST /v1/chat/completions', status: {} });
    expect(attributesOf(server!)).toMatchObject({
      'http.response.status_code': 404,
      'error.type': 'model_not_found',
    });
    expect(attributesOf(server!)).not.toHaveProperty('gen_ai.request.model');
  });

  it('marks the first token of a stream', async () => {
    upstream.handle(({ res }) => {
      beginStream(res);
      res.end(`${chunkEvent('hi')}${chunkEvent('', 'stop')}data: [DONE]\n\n`);
    });
    const running = await start();
    await (await running.chat({ model: 'm', stream: true, messages })).text();
    const [server] = ofKind(await spans(2), SERVER);
    expect(server!.events).toMatchObject([{ name: 'first token' }]);
  });
});
