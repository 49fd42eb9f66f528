import {
  type TestPrometheus,
  describeWithPrometheus,
  lintMetrics,
  startPrometheus,
} from '../support/prometheus.js';
import { TEST_KEY, type TestGateway, startGateway } from '../support/start-gateway.js';
import { completion, sendJson } from '../support/start-upstream.js';
import {
  CHINESE_MODEL,
  upstream,
  config,
  messages,
  scrape,
  openMeasuredService,
} from '../support/metrics-rig.js';

openMeasuredService();

describeWithPrometheus('Prometheus', () => {
  let gateway: TestGateway;
  let prometheus: TestPrometheus | undefined;
  beforeAll(async () => (gateway = await startGateway(config())));
  afterAll(async () => {
    await prometheus?.close();
    await gateway.close();
  });

  it('accepts the metrics without a complaint', async () => {
    upstream.handle(({ res }) => sendJson(res, completion()));
    for (const model of ['m', CHINESE_MODEL]) {
      expect((await gateway.chat({ model, messages })).status).toBe(200);
    }
    upstream.handle(({ res }) => sendJson(res, { message: 'wrong password' }, 401));
    await gateway.chat({ model: 'in-house', messages });
    expect(lintMetrics((await scrape(gateway)).text)).toBe('');
  });

  it('scrapes, and knows a model by its Chinese name', async () => {
    prometheus = await startPrometheus(new URL(gateway.url).host, TEST_KEY);
    const requests = `llm_gateway_requests_total{model='${CHINESE_MODEL}'}`;
    const endAt = Date.now() + 20_000;
    let [found] = await prometheus.query(requests);
    while (found === undefined && Date.now() < endAt) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      [found] = await prometheus.query(requests);
    }
    expect(found).toMatchObject({
      metric: { model: CHINESE_MODEL, type: 'openai', client: 'all', outcome: 'ok', job: 'gateway' },
      value: [expect.any(Number), '1'],
    });
    expect(await prometheus.query('up')).toMatchObject([{ value: [expect.any(Number), '1'] }]);
  }, 60_000);
});
