import { MetricsServer } from '../../src/metrics/metrics-server.js';
import { freePort } from '../support/redis-server.js';
import { Scrape } from '../support/scrape.js';
import { TEST_KEY, type TestGateway, startGateway } from '../support/start-gateway.js';
import { beginStream, chunkEvent, completion, sendJson } from '../support/start-upstream.js';
import {
  TEAM_KEY,
  upstream,
  config,
  messages,
  scrape,
  scrapeUntil,
  openMeasuredService,
} from '../support/metrics-rig.js';

openMeasuredService();

describe('GET /metrics', () => {
  let gateway: TestGateway;
  beforeEach(async () => (gateway = await startGateway(config())));
  afterEach(() => gateway.close());

  it('wants an API key, and refuses in the shape of all errors', async () => {
    const answer = await gateway.get('/metrics', { key: null });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    expect(await answer.json()).toEqual({
      error: {
        message: expect.any(String) as string,
        type: 'invalid_request_error',
        param: null,
        code: 'invalid_api_key',
      },
    });
  });

  it('does not tell a key for some models of all the others', async () => {
    const answer = await gateway.get('/metrics', { key: TEAM_KEY });
    expect(answer.status).toBe(403);
    expect(await answer.json()).toMatchObject({ error: { code: 'key_not_allowed', param: null } });
  });

  it('is in the text format of Prometheus, with metrics of process and event loop', async () => {
    const answer = await gateway.get('/metrics');
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(answer.headers.get('x-request-id')).toBeTruthy();
    const found = new Scrape(await answer.text());
    expect(found.value('nodejs_eventloop_lag_p99_seconds')).toBeGreaterThanOrEqual(0);
    expect(found.value('process_resident_memory_bytes')).toBeGreaterThan(1e6);
  });

  it('counts a call by model, type, client and outcome, its time and its tokens', async () => {
    upstream.handle(({ res }) => sendJson(res, completion()));
    expect((await gateway.chat({ model: 'm', messages })).status).toBe(200);
    expect((await gateway.chat({ model: 'm', messages }, { key: TEAM_KEY })).status).toBe(200);
    const found = await scrapeUntil(
      gateway,
      'llm_gateway_requests_total{model="m",type="openai",client="team",outcome="ok"}',
      1,
    );
    expect(found.series('llm_gateway_requests_total')).toEqual({
      'llm_gateway_requests_total{model="m",type="openai",client="all",outcome="ok"}': 1,
      'llm_gateway_requests_total{model="m",type="openai",client="team",outcome="ok"}': 1,
    });
    expect(found.series('llm_gateway_tokens_total')).toEqual({
      'llm_gateway_tokens_total{model="m",client="all",kind="prompt"}': 3,
      'llm_gateway_tokens_total{model="m",client="all",kind="completion"}': 5,
      'llm_gateway_tokens_total{model="m",client="team",kind="prompt"}': 3,
      'llm_gateway_tokens_total{model="m",client="team",kind="completion"}': 5,
    });
    const labels =
      'gen_ai_request_model="m",gen_ai_operation_name="chat",gen_ai_provider_name="openai",error_type=""';
    const name = 'gen_ai_server_request_duration_seconds';
    expect(found.value(`${name}_count{${labels}}`)).toBe(2);
    expect(found.value(`${name}_bucket{le="+Inf",${labels}}`)).toBe(2);
    expect(found.value(`${name}_sum{${labels}}`)).toBeGreaterThan(0);
  });

  it('times the first token of a stream', async () => {
    upstream.handle(({ res }) => {
      beginStream(res);
      res.end(`${chunkEvent('hi')}${chunkEvent('', 'stop')}data: [DONE]\n\n`);
    });
    await (await gateway.chat({ model: 'm', stream: true, messages })).text();
    const labels = 'gen_ai_request_model="m",gen_ai_operation_name="chat",gen_ai_provider_name="openai"';
    await scrapeUntil(gateway, `gen_ai_server_time_to_first_token_seconds_count{${labels}}`, 1);
  });

  it('labels failures by codes of the gateway, never by messages of an upstream', async () => {
    upstream.handle(({ res }) => sendJson(res, { error: { code: 'planted_code', message: 'no' } }, 429));
    await gateway.chat({ model: 'm', messages });
    upstream.handle(({ res }) => sendJson(res, 'not json'));
    await gateway.chat({ model: 'm', messages });
    const found = await scrapeUntil(
      gateway,
      'llm_gateway_requests_total{model="m",type="openai",client="all",outcome="upstream_invalid_response"}',
      1,
    );
    expect(
      found.value(
        'llm_gateway_requests_total{model="m",type="openai",client="all",outcome="upstream_rate_limited"}',
      ),
    ).toBe(1);
    expect(found.text).not.toContain('planted');
  });

  it('counts what a client made up under one name, however much of it there is', async () => {
    for (let n = 0; n < 20; n++) {
      await gateway.chat({ model: `planted-${n}`, messages });
      await gateway.get(`/planted/${n}`);
      await gateway.get('/v1/models', { key: `planted-${n}` });
    }
    const found = await scrapeUntil(
      gateway,
      'llm_gateway_requests_total{model="none",type="none",client="none",outcome="invalid_api_key"}',
      20,
    );
    expect(found.series('llm_gateway_requests_total')).toEqual({
      'llm_gateway_requests_total{model="none",type="none",client="all",outcome="model_not_found"}': 20,
      'llm_gateway_requests_total{model="none",type="none",client="none",outcome="not_found"}': 20,
      'llm_gateway_requests_total{model="none",type="none",client="none",outcome="invalid_api_key"}': 20,
    });
    expect(found.text).not.toContain('planted');
  });

  it('leaves out what calls no model', async () => {
    for (const path of ['/v1/health', '/v1/health/ready', '/v1/models', '/docs-json', '/metrics'])
      await gateway.get(path);
    expect((await scrape(gateway)).series('llm_gateway_requests_total')).toEqual({});
  });

  it('counts a client that left', async () => {
    upstream.handle(({ res }) => {
      beginStream(res);
      res.write(chunkEvent('hi'));
    });
    const leaving = new AbortController();
    const answer = await gateway.chat({ model: 'm', stream: true, messages }, { signal: leaving.signal });
    expect(answer.status).toBe(200);
    leaving.abort();
    await scrapeUntil(
      gateway,
      'llm_gateway_requests_total{model="m",type="openai",client="all",outcome="client_closed_request"}',
      1,
    );
  });

  it('counts logins, renewals and tokens from the cache', async () => {
    let goodToken = 1;
    let logins = 0;
    upstream.handle(({ path, headers, res }) => {
      if (path === '/auth') return sendJson(res, { token: `planted-token-${++logins}` });
      const isGood = headers.authorization === `Bearer planted-token-${goodToken}`;
      sendJson(res, isGood ? completion() : { message: 'who?' }, isGood ? 200 : 401);
    });
    const ask = async () => expect((await gateway.chat({ model: 'in-house', messages })).status).toBe(200);
    await ask();
    await ask();
    goodToken = 2;
    await ask();
    const found = await scrape(gateway);
    expect(found.value('llm_gateway_logins_total{model="in-house",outcome="ok"}')).toBe(2);
    expect(found.value('llm_gateway_token_renewals_total{model="in-house",cause="refused"}')).toBe(1);
    expect(found.value('llm_gateway_token_cache_hits_total{model="in-house"}')).toBeGreaterThanOrEqual(2);
    expect(found.text).not.toContain('planted');
  });

  it('distinguishes refused logins from failed ones', async () => {
    upstream.handle(({ res }) => sendJson(res, { message: 'wrong password' }, 401));
    await gateway.chat({ model: 'in-house', messages });
    const found = await scrape(gateway);
    expect(found.value('llm_gateway_logins_total{model="in-house",outcome="refused"}')).toBe(1);
  });

  it('is described in the API document', async () => {
    const { paths } = (await (await gateway.get('/docs-json')).json()) as {
      paths: Record<string, { get?: { responses: object; security?: unknown[] } }>;
    };
    const route = paths['/metrics']!.get!;
    expect(Object.keys(route.responses)).toEqual(expect.arrayContaining(['200', '401', '403']));
    expect(route.security).toHaveLength(3);
  });
});

describe('the block `metrics`', () => {
  it('public: true opens the route', async () => {
    const gateway = await startGateway(config({ public: true }));
    expect((await gateway.get('/metrics', { key: null })).status).toBe(200);
    await gateway.close();
  });

  it('port: N moves it to a listener of its own, without keys', async () => {
    const gateway = await startGateway(config({ port: 0 }));
    upstream.handle(({ res }) => sendJson(res, completion()));
    expect((await gateway.get('/metrics')).status).toBe(404);
    await gateway.chat({ model: 'm', messages });
    const { url } = gateway.app.get(MetricsServer, { strict: false });
    expect(gateway.log()).toContainEqual(expect.objectContaining({ message: 'measurements', url }));
    const answer = await fetch(url);
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(await answer.text()).toContain('llm_gateway_requests_total{model="m"');
    const other = await fetch(new URL('/v1/models', url), {
      headers: { authorization: `Bearer ${TEST_KEY}` },
    });
    expect(other.status).toBe(404);
    expect(await other.json()).toMatchObject({ error: { code: 'not_found' } });
    await gateway.close();
    await expect(fetch(url)).rejects.toThrow();
  });

  it('refuses the port of the gateway itself', async () => {
    const port = await freePort();
    await expect(startGateway({ ...config({ port }), server: { port } })).rejects.toThrow('metrics.port');
  });

  it('enabled: false takes the route away', async () => {
    const gateway = await startGateway(config({ enabled: false }));
    expect((await gateway.get('/metrics')).status).toBe(404);
    await gateway.close();
  });
});
