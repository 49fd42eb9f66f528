import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../support/cli-process.js';
import { type Dashboard, labelValues, metricsIn, queriesOf, substitute } from '../support/dashboard.js';
import { type GatewayProcess, startGatewayProcess } from '../support/gateway-process.js';
import {
  type QueryResult,
  type TestPrometheus,
  describeWithPrometheus,
  startPrometheus,
} from '../support/prometheus.js';
import { readSse } from '../support/read-sse.js';
import { TEST_KEY } from '../support/start-gateway.js';
import {
  type TestUpstream,
  beginStream,
  chunkEvent,
  completion,
  sendJson,
  startUpstream,
} from '../support/start-upstream.js';

const dashboard = JSON.parse(
  readFileSync(join(ROOT, 'deploy', 'grafana', 'llm-gateway.json'), 'utf8'),
) as Dashboard;
const queries = queriesOf(dashboard);
const messages = [{ role: 'user', content: 'hi' }];
const COUNTED_KEY = 'sk-test-counted-key-0002';
/** What needs to know the tokens of each call. */
const COUNTED = { tokens_per_minute: 1_000_000 };
const USAGE = { prompt_tokens: 3, completion_tokens: 5, prompt_tokens_details: { cached_tokens: 1 } };

describe('the dashboard', () => {
  it('takes its data source from the variable, and lets no two panels overlap', () => {
    for (const { datasource, targets, title } of dashboard.panels) {
      if (targets !== undefined) expect([title, datasource!.uid]).toEqual([title, '${datasource}']);
    }
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, at) => `${x + (at % w)},${y + Math.floor(at / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(Math.max(...dashboard.panels.map(({ gridPos: { x, w } }) => x + w))).toBe(24);
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
  });

  it('shows every metric that the documents list', () => {
    const page = readFileSync(join(ROOT, 'docs/operate/metrics.md'), 'utf8');
    const listed = [...page.matchAll(/^\| `((?:llm_gateway|gen_ai)_\w+)`/gm)].map(([, name]) => name!);
    expect(listed.length).toBeGreaterThan(5);
    expect(queries.flatMap(({ expr }) => metricsIn(expr))).toEqual(expect.arrayContaining(listed));
  });
});

describeWithPrometheus('the dashboard, on a real Prometheus', () => {
  let upstream: TestUpstream;
  let gateway: GatewayProcess;
  let prometheus: TestPrometheus;

  beforeAll(async () => {
    upstream = await startUpstream();
    const base_url = upstream.url;
    const account = { auth_url: `${base_url}/auth`, username: 'u', password: 'planted-pass' };
    const limits = { requests_per_minute: 60, budget: { usd: 1, per: 'day' } };
    gateway = await startGatewayProcess({
      auth: {
        api_keys: [
          TEST_KEY,
          { name: 'limited', key: 'sk-limited-key-0001', limits },
          { name: 'counted', key: COUNTED_KEY, limits: COUNTED },
        ],
      },
      models: {
        openai: [
          { name: 'good', base_url: `${base_url}/good`, price: { input: 1, output: 2 } },
          { name: 'bad', base_url: `${base_url}/bad`, fallbacks: ['good'] },
          { name: 'kept', base_url: `${base_url}/good`, cache_answers: { ttl_seconds: 60 } },
          { name: 'lost', base_url: `${base_url}/bad` },
        ],
        request: [{ name: 'in-house', base_url: `${base_url}/house`, ...account }],
      },
    });
    prometheus = await startPrometheus(new URL(gateway.url).host, TEST_KEY);
  }, 60_000);

  afterAll(async () => {
    await prometheus?.close();
    await gateway?.stop();
    await upstream?.close();
  });

  /** Good calls, streams, failures, a caller's mistake, a repeated call, a fallback, a login. */
  async function traffic(): Promise<void> {
    const chat = async (model: string, stream = false, key = TEST_KEY): Promise<void> => {
      const answer = await fetch(`${gateway.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ model, messages, stream }),
      });
      if (stream && answer.ok) await readSse(answer);
      else await answer.text();
    };
    await Promise.all([
      chat('good'),
      chat('good', true),
      chat('good', true, COUNTED_KEY),
      chat('bad'),
      chat('kept'),
      chat('lost'),
      chat('in-house'),
      gateway.chat({ model: 'good', messages: 'no list' }).then((it) => it.text()),
    ]);
  }

  it('has data for each query after traffic, with the labels that its legend shows', async () => {
    let inHouseCalls = 0;
    upstream.handle(({ res, path, body }) => {
      if (path === '/auth') return sendJson(res, { token: `planted-token-${inHouseCalls}` });
      // Each fourth time the token has ended.
      if (path.startsWith('/house') && ++inHouseCalls % 4 === 0) return sendJson(res, {}, 401);
      if (path.startsWith('/bad')) return sendJson(res, { error: { message: 'no' } }, 500);
      const { stream } = JSON.parse(body.toString()) as { stream?: boolean };
      if (stream !== true) return sendJson(res, completion('a', { usage: USAGE }));
      beginStream(res);
      return res.end(`${chunkEvent('a')}${chunkEvent('', 'stop')}data: [DONE]\n\n`);
    });
    const ask = async (path: string): Promise<unknown> =>
      ((await (await fetch(`${prometheus.url}/api/v1/${path}`)).json()) as { data: unknown }).data;
    const valuesOf = async (name: string, known: Record<string, string>): Promise<string> => {
      const variable = dashboard.templating.list.find((it) => it.name === name)!;
      const { series, label } = labelValues((variable.query as { query: string }).query);
      const match = encodeURIComponent(substitute(series, known));
      return ((await ask(`label/${label}/values?match[]=${match}`)) as string[]).join('|');
    };

    // Two scrapes at least with the calls between them; then each query is asked until it has found something.
    const endAt = Date.now() + 60_000;
    const empty = new Map(queries.map((query) => [query.expr, query]));
    const found = new Map<string, QueryResult[]>();
    let model = '';
    while (empty.size > 0 && Date.now() < endAt) {
      await traffic();
      const job = await valuesOf('job', {});
      model = await valuesOf('model', { job });
      const values = { job, model, __rate_interval: '15s', __range: '1h' };
      for (const { expr } of empty.values()) {
        const result = await prometheus.query(substitute(expr, values));
        // `NaN` is what a quantile of no observations is.
        const numbers = result.filter(({ value: [, value] }) => value !== 'NaN');
        if (numbers.length > 0) found.set(expr, numbers);
      }
      for (const expr of found.keys()) empty.delete(expr);
    }
    expect([...empty.values()].map(({ panel, expr }) => `${panel}: ${expr}`)).toEqual([]);
    expect(model.split('|')).toEqual(expect.arrayContaining(['good', 'bad', 'kept', 'in-house']));
    for (const { panel, expr, legendLabels } of queries) {
      const lacking = (found.get(expr) ?? []).flatMap(({ metric }) =>
        legendLabels.filter((label) => !(label in metric)),
      );
      expect([panel, lacking]).toEqual([panel, []]);
    }
    for (const { expr } of dashboard.annotations.list) await prometheus.query(expr);
  }, 120_000);
});
