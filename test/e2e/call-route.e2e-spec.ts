import { attributesOf, startOtlpReceiver, type OtlpReceiver } from '../support/otlp-receiver.js';
import { Scrape } from '../support/scrape.js';
import { type TestGateway, startGateway, until } from '../support/start-gateway.js';
import {
  type TestUpstream,
  beginStream,
  chunkEvent,
  completion,
  sendJson,
  startUpstream,
} from '../support/start-upstream.js';

const messages = [{ role: 'user', content: 'hi' }];
const BACKUP = '备用 模型';
const BACKUP_ENCODED = '%E5%A4%87%E7%94%A8%20%E6%A8%A1%E5%9E%8B';

let upstream: TestUpstream;
let collector: OtlpReceiver;
let gateway: TestGateway;
beforeEach(async () => {
  upstream = await startUpstream(({ path, res }) => {
    if (path.startsWith('/broken')) sendJson(res, { error: { message: 'planted words' } }, 503);
    else sendJson(res, completion());
  });
  collector = await startOtlpReceiver();
  gateway = await startGateway(
    {
      server: { cors_origins: ['https://app.example'] },
      models: {
        openai: [
          {
            name: 'm',
            base_url: `${upstream.url}/broken`,
            retry: { max_retries: 1, backoff_seconds: 0.01 },
            fallbacks: [BACKUP],
          },
          { name: BACKUP, base_url: `${upstream.url}/good` },
          {
            name: 'limited',
            base_url: `${upstream.url}/good`,
            limits: { max_concurrent: 1 },
            on_client_disconnect: 'cancel',
          },
          {
            name: 'tired',
            base_url: `${upstream.url}/broken`,
            retry: { max_retries: 0 },
            breaker: { min_requests: 2 },
          },
        ],
      },
    },
    {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_BSP_SCHEDULE_DELAY: '20',
    },
  );
});
afterEach(async () => {
  await gateway.close();
  await collector.close();
  await upstream.close();
});

async function scrape(): Promise<Scrape> {
  return new Scrape(await (await gateway.get('/metrics')).text());
}

async function scrapeUntil(series: string, value: number): Promise<Scrape> {
  const endAt = Date.now() + 10_000;
  for (;;) {
    const found = await scrape();
    if (found.value(series) === value) return found;
    if (Date.now() > endAt) throw new Error(`${series} is ${found.value(series)}, not ${value}`);
  }
}

describe('a call with a retry and a fallback', () => {
  it('is reported in headers, for programs in browsers too', async () => {
    const response = await gateway.chat(
      { model: 'm', messages },
      { headers: { origin: 'https://app.example' } },
    );
    expect(response.status).toBe(200);
    expect(response.headers.get('x-gateway-attempts')).toBe('3');
    expect(response.headers.get('x-gateway-route')).toBe(
      `m/deployment-1=upstream_error, retry m/deployment-1=upstream_error, fallback ${BACKUP_ENCODED}/deployment-1`,
    );
    expect(Number(response.headers.get('x-gateway-overhead-ms'))).toBeGreaterThanOrEqual(0);
    expect(response.headers.get('access-control-expose-headers')).toContain('x-gateway-route');
  });

  it('is one trace, with a span for each attempt, whose id the upstream receives', async () => {
    await gateway.chat({ model: 'm', messages });
    await until(() => collector.spans().length === 4, 'four spans');
    const all = collector.spans().toSorted((a, b) => (a.startTimeUnixNano < b.startTimeUnixNano ? -1 : 1));
    const server = all.find(({ kind }) => kind === 2)!;
    const attempts = all.filter((span) => span !== server);
    expect(new Set(all.map(({ traceId }) => traceId)).size).toBe(1);
    expect(new Set(all.map(({ spanId }) => spanId)).size).toBe(4);
    expect(attempts.map(({ parentSpanId }) => parentSpanId)).toEqual(attempts.map(() => server.spanId));
    expect(attempts.map(({ name }) => name)).toEqual(['chat m', 'chat m', `chat ${BACKUP}`]);
    expect(
      attempts.map((span) => {
        const {
          'llm_gateway.attempt.reason': why,
          'http.response.status_code': status,
          'error.type': error,
        } = attributesOf(span);
        return [why, status, error, span.status.code];
      }),
    ).toEqual([
      ['first', 503, 'upstream_error', 2],
      ['retry', 503, 'upstream_error', 2],
      ['fallback', 200, undefined, 0],
    ]);
    expect(upstream.calls.map(({ headers }) => headers.traceparent)).toEqual(
      attempts.map(({ spanId }) => `00-${server.traceId}-${spanId}-01`),
    );
    expect(attributesOf(server)).toMatchObject({ 'llm_gateway.attempts': 3, 'gen_ai.request.model': 'm' });
    for (const [at, span] of attempts.entries()) {
      expect(span.endTimeUnixNano >= span.startTimeUnixNano).toBe(true);
      const next = attempts[at + 1];
      if (next !== undefined) expect(next.startTimeUnixNano >= span.endTimeUnixNano).toBe(true);
    }
  });

  it('is counted: its retry, its fallback, and the time of gateway and upstream', async () => {
    await gateway.chat({ model: 'm', messages });
    const found = await scrapeUntil(
      `llm_gateway_fallbacks_total{from="m",to="${BACKUP}",cause="upstream_error"}`,
      1,
    );
    expect(found.series('llm_gateway_retries_total')).toEqual({
      'llm_gateway_retries_total{model="m",deployment="deployment-1",cause="upstream_error"}': 1,
    });
    expect(found.value('llm_gateway_overhead_seconds_count{model="m"}')).toBe(1);
    expect(found.value('llm_gateway_upstream_seconds_count{model="m"}')).toBe(1);
    expect(found.text).not.toContain('planted');
  });
});

describe('a call that goes well at once', () => {
  it('names its model and deployment', async () => {
    const response = await gateway.chat({ model: 'limited', messages });
    expect(response.headers.get('x-gateway-route')).toBe('limited/deployment-1');
    expect(response.headers.get('x-gateway-attempts')).toBe('1');
    expect(Number(response.headers.get('x-gateway-overhead-ms'))).toBeLessThan(5000);
  });

  it('names its model and deployment in the headers of a stream', async () => {
    upstream.handle(({ res }) => {
      beginStream(res);
      res.end(`${chunkEvent('hi')}${chunkEvent('', 'stop')}data: [DONE]\n\n`);
    });
    const response = await gateway.chat({ model: 'limited', stream: true, messages });
    expect(response.headers.get('x-gateway-route')).toBe('limited/deployment-1');
    expect(response.headers.get('x-gateway-overhead-ms')).not.toBeNull();
    await response.text();
  });
});

describe('a call that fails', () => {
  it('names the deployments that failed', async () => {
    const response = await gateway.chat({ model: 'tired', messages });
    expect(response.status).toBe(500);
    expect(response.headers.get('x-gateway-route')).toContain('tired/deployment-1');
  });
});

describe('at a scrape', () => {
  it('running and waiting calls are counted by model', async () => {
    const waiting: (() => void)[] = [];
    upstream.handle(({ res }) => waiting.push(() => sendJson(res, completion())));
    const calls = [1, 2].map(() => gateway.chat({ model: 'limited', messages }));
    await until(() => waiting.length === 1, 'the first call upstream');
    const found = await scrapeUntil('llm_gateway_queued_requests{model="limited"}', 1);
    expect(found.value('llm_gateway_requests_in_flight{model="limited"}')).toBe(1);
    expect(found.value('llm_gateway_requests_in_flight{model="m"}')).toBe(0);
    waiting[0]!();
    await until(() => waiting.length === 2, 'the second call upstream');
    waiting[1]!();
    await Promise.all(calls);
    await scrapeUntil('llm_gateway_requests_in_flight{model="limited"}', 0);
  });

  it('the state of each breaker shows', async () => {
    const series = 'llm_gateway_breaker_state{model="tired",deployment="deployment-1"}';
    expect((await scrape()).value(series)).toBe(0);
    for (let n = 0; n < 4; n++) await gateway.chat({ model: 'tired', messages });
    expect((await scrape()).value(series)).toBe(2);
  });
});
