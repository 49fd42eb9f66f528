import { createHash } from 'node:crypto';
import {
  SINGLE_ATTEMPTS,
  TEST_KEY,
  type TestGateway,
  startGateway,
  until,
} from '../support/start-gateway.js';
import { type TestUpstream, completion, sendJson, startUpstream } from '../support/start-upstream.js';

jest.setTimeout(60_000);

const BOSS = 'sk-boss-key-0123456789';
const TEAM = 'sk-team-key-0123456789';
const PROMPT = 'a prompt that nobody may read';
const DOWN = 'http://127.0.0.1:9/v1';

interface State {
  scope: string;
  running_calls: number;
  running: Record<string, unknown>[];
  failures: (Record<string, unknown> & { attempts: Record<string, unknown>[] })[];
  config?: Record<string, unknown> & { refusals: { at: string; problems: string[] }[] };
}

let upstream: TestUpstream;
let gateway: TestGateway;

beforeAll(async () => {
  upstream = await startUpstream(({ res }) => sendJson(res, completion('pong')));
});
afterEach(() => gateway?.close());
afterAll(() => upstream.close());

const config = (change: object = {}) => ({
  ...SINGLE_ATTEMPTS,
  auth: {
    api_keys: [
      { name: 'boss', key: BOSS, admin: true },
      { name: 'team', key: TEAM, models: ['good', 'away'] },
    ],
  },
  models: {
    openai: [
      { name: 'good', base_url: upstream.url },
      { name: 'away', base_url: DOWN },
    ],
  },
  ...change,
});
const state = async (key: string, query = ''): Promise<State> => {
  const response = await gateway.get(`/v1/health/gateway${query}`, { key });
  expect(response.status).toBe(200);
  return (await response.json()) as State;
};
const ask = async (key: string, model: string, id: string) =>
  (
    await gateway.chat(
      { model, messages: [{ role: 'user', content: PROMPT }] },
      { key, headers: { 'x-request-id': id } },
    )
  ).text();

describe('the failed requests', () => {
  it('are listed newest first, with ids, codes and the deployment, and without any text of a prompt', async () => {
    gateway = await startGateway(config());
    await ask(TEAM, 'good', 'fine');
    await ask(TEAM, 'away', 'first');
    await ask(BOSS, 'nothing', 'second');
    await ask('sk-unknown', 'good', 'third');
    await until(() => gateway.log().filter(({ message }) => message === 'request').length >= 4);
    const all = await state(BOSS);
    expect(all.scope).toBe('all');
    expect(
      all.failures.map(({ request_id: id, client, model, status, error }) => [
        id,
        client,
        model,
        status,
        error,
      ]),
    ).toEqual([
      ['third', null, null, 401, 'invalid_api_key'],
      ['second', 'boss', null, 404, 'model_not_found'],
      ['first', 'team', 'away', 500, 'upstream_unreachable'],
    ]);
    expect(all.failures[2]!.attempts).toEqual([
      {
        model: 'away',
        deployment: 'deployment-1',
        host: '127.0.0.1:9',
        error: 'upstream_unreachable',
        cause: 'ECONNREFUSED',
      },
    ]);
    expect(JSON.stringify(all)).not.toMatch(/prompt that|sk-/);
  });

  it('are those of the key alone if it is no admin, without the hosts', async () => {
    gateway = await startGateway(config());
    await ask(TEAM, 'away', 'ours');
    await ask(BOSS, 'away', 'theirs');
    await until(() => gateway.log().filter(({ message }) => message === 'request').length >= 2);
    const own = await state(TEAM);
    expect([own.scope, own.failures.map(({ request_id: id }) => id), own.config]).toEqual([
      'own',
      ['ours'],
      undefined,
    ]);
    expect(JSON.stringify(own)).not.toMatch(/boss|127\.0\.0\.1|models\.yaml/);
  });

  it('are kept for each model, so that a dead one does not displace the others', async () => {
    gateway = await startGateway(config());
    await ask(BOSS, 'nothing', 'rare');
    for (let call = 0; call < 60; call++) await ask(BOSS, 'away', `away-${call}`);
    await until(() => gateway.log().filter(({ message }) => message === 'request').length >= 61);
    const { failures } = await state(BOSS);
    expect(failures).toHaveLength(51);
    expect([failures[0]!['request_id'], failures.at(-1)!['request_id']]).toEqual(['away-59', 'rare']);
    expect((await state(BOSS, '?model=away')).failures).toHaveLength(50);
    expect((await state(BOSS, '?model=good')).failures).toEqual([]);
  });

  it('leave out clients that disconnect', async () => {
    gateway = await startGateway(config());
    upstream.handle(() => undefined);
    const leaving = new AbortController();
    const call = gateway.chat(
      { model: 'good', messages: [{ role: 'user', content: 'hi' }] },
      { key: BOSS, signal: leaving.signal },
    );
    await until(() => gateway.running.count === 1);
    leaving.abort();
    await expect(call).rejects.toThrow();
    await until(() => gateway.running.count === 0);
    expect((await state(BOSS)).failures).toEqual([]);
    upstream.handle(({ res }) => sendJson(res, completion('pong')));
  });
});

describe('the running calls', () => {
  it('have their client, model, deployment and phase, and are those of the key alone without admin', async () => {
    gateway = await startGateway(config());
    let finish: () => void = () => undefined;
    upstream.handle(({ res }) => (finish = () => sendJson(res, completion('pong'))));
    const call = ask(TEAM, 'good', 'long');
    await until(() => gateway.running.count === 1 && upstream.calls.length > 0);
    const { running, running_calls: count } = await state(BOSS);
    expect([count, running]).toEqual([
      1,
      [
        {
          request_id: 'long',
          client: 'team',
          model: 'good',
          deployment: 'deployment-1',
          stream: false,
          seconds: expect.any(Number),
          phase: 'waiting',
        },
      ],
    ]);
    expect((await state(TEAM)).running_calls).toBe(1);
    finish();
    await call;
    await until(() => gateway.running.count === 0);
    expect((await state(BOSS)).running).toEqual([]);
    upstream.handle(({ res }) => sendJson(res, completion('pong')));
  });
});

describe('the configuration in force', () => {
  it('is named by its file, with what waits for the next start and what was refused', async () => {
    gateway = await startGateway(config());
    const before = (await state(BOSS)).config!;
    expect(before).toMatchObject({
      path: expect.stringMatching(/models\.yaml$/),
      digest: expect.stringMatching(/^[0-9a-f]{16}$/),
      generation: 1,
      models: 2,
      at_next_start: [],
      is_refused: false,
      refusals: [],
    });
    const next = config({ server: { port: 8765 } });
    await gateway.reload(next);
    // A later change of another setting leaves it waiting.
    const later = config({ server: { port: 8765 }, logging: { level: 'warn' } });
    await gateway.reload(later);
    const text = JSON.stringify(Object.assign({ auth: later.auth }, later));
    const reloaded = (await state(BOSS)).config!;
    expect(reloaded).toMatchObject({
      generation: 3,
      digest: createHash('sha256').update(text).digest('hex').slice(0, 16),
      at_next_start: ['server.port'],
      is_refused: false,
    });
    await gateway.reload(
      config({
        models: { openai: [{ name: 'good', base_url: 'no-address', api_key: 'sk-secret-of-ours' }] },
      }),
    );
    const refused = (await state(BOSS)).config!;
    expect(refused).toMatchObject({ generation: 3, digest: reloaded['digest'], is_refused: true });
    expect(refused.refusals).toHaveLength(1);
    expect(refused.refusals[0]!.problems).toEqual([expect.stringContaining('models.openai[0].base_url')]);
    expect(JSON.stringify(refused)).not.toContain('sk-secret-of-ours');
    await gateway.reload(config());
    expect((await state(BOSS)).config).toMatchObject({ at_next_start: [], is_refused: false, generation: 4 });
  });

  it('is shown to an unrestricted key if no key is marked as admin', async () => {
    gateway = await startGateway({ models: config().models });
    const { scope, config: shown } = await state(TEST_KEY);
    expect([scope, shown?.['models']]).toEqual(['own', 2]);
  });
});

describe('a deployment that always fails', () => {
  it('is seen, though its model works', async () => {
    gateway = await startGateway(
      config({
        retry: {},
        models: {
          openai: [
            {
              name: 'good',
              deployments: [
                { name: 'north', base_url: upstream.url },
                { name: 'south', base_url: DOWN },
              ],
            },
          ],
        },
      }),
    );
    for (let call = 0; call < 8; call++) await ask(TEAM, 'good', `call-${call}`);
    const health = async (key: string) =>
      (
        (await (await gateway.get('/v1/health/models', { key })).json()) as {
          data: Record<string, unknown>[];
        }
      ).data[0]!;
    const seen = await health(BOSS);
    expect(seen).toMatchObject({ state: 'ok', failing_deployments: 1 });
    const [north, south] = seen['deployments'] as Record<string, unknown>[];
    expect(north).toMatchObject({ state: 'ok', last_error: null, host: new URL(upstream.url).host });
    expect(south).toMatchObject({
      state: 'failing',
      last_error: 'upstream_unreachable',
      last_failure: { error: 'upstream_unreachable', cause: 'ECONNREFUSED', at: expect.any(String) },
    });
    const [up, down] = [north, south].map(
      (each) => each!['last_5_minutes'] as { requests: number; errors: number; share: number },
    );
    expect(down!.errors).toBe(down!.requests);
    expect(down!.requests).toBeGreaterThan(0);
    expect(up!.share + down!.share).toBeCloseTo(1, 3);
    const theirs = (await health(TEAM))['deployments'] as Record<string, unknown>[];
    expect(theirs.map((each) => 'host' in each)).toEqual([false, false]);
  });
});
