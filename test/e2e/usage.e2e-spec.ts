import { copyFileSync, existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TEST_KEY } from '../support/start-gateway.js';
import { ADMIN, ASK, OTHER, UsageRig } from '../support/usage-rig.js';

let rig: UsageRig;

beforeEach(async () => {
  rig = await UsageRig.open();
});
afterEach(() => rig.close());

describe('GET /v1/usage', () => {
  it.each(['a store', 'memory'])('sums up by key, team, model and day, from %s', async (kind) => {
    await rig.start(kind === 'memory' ? undefined : { store: `file:${rig.path}` });
    await rig.gateway.chat(ASK);
    await rig.gateway.chat(ASK, { key: OTHER });
    await rig.gateway.chat({ ...ASK, model: 'unpriced' }, { key: OTHER });
    await rig.gateway.chat({ ...ASK, model: 'none' });
    const one = {
      prompt_tokens: 3,
      completion_tokens: 5,
      cached_tokens: 0,
      reasoning_tokens: 0,
      cache_write_tokens: 0,
    };
    const none = { estimated_requests: 0, uncounted_requests: 0, unpriced_requests: 0 };
    expect(await rig.usageOf()).toEqual([
      {
        ...none,
        requests: 4,
        errors: 1,
        ...one,
        prompt_tokens: 9,
        completion_tokens: 15,
        unpriced_requests: 1,
        cost_usd: 0.000112,
      },
    ]);
    expect(await rig.usageOf('?group_by=key,model,team')).toEqual([
      {
        key: 'bot',
        team: 'search',
        model: null,
        requests: 1,
        errors: 1,
        ...one,
        prompt_tokens: 0,
        completion_tokens: 0,
        ...none,
        cost_usd: 0,
      },
      {
        key: 'bot',
        team: 'search',
        model: 'chat',
        requests: 1,
        errors: 0,
        ...one,
        ...none,
        cost_usd: 0.000056,
      },
      {
        key: 'other',
        team: null,
        model: 'chat',
        requests: 1,
        errors: 0,
        ...one,
        ...none,
        cost_usd: 0.000056,
      },
      {
        key: 'other',
        team: null,
        model: 'unpriced',
        requests: 1,
        errors: 0,
        ...one,
        ...none,
        unpriced_requests: 1,
        cost_usd: null,
      },
    ]);
    const today = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10);
    expect(await rig.usageOf(`?from=${today}&to=${today}&group_by=day`)).toMatchObject([
      { day: today, requests: 4 },
    ]);
    expect(await rig.usageOf(`?group_by=error&group_by=operation`)).toMatchObject([
      { operation: 'chat', error: null, requests: 3 },
      { operation: 'chat', error: 'model_not_found', requests: 1 },
    ]);
    expect(await rig.usageOf('?to=2020-01-01&from=2019-12-01')).toMatchObject([{ requests: 0, cost_usd: 0 }]);
    expect(await rig.usageOf('?to=2020-01-01&from=2019-12-01&group_by=key')).toEqual([]);
  });

  it('shows a key its own figures only, and all of them to an admin', async () => {
    await rig.start();
    await rig.gateway.chat(ASK);
    await rig.gateway.chat(ASK, { key: OTHER });
    expect(await rig.usageOf('?group_by=key', TEST_KEY)).toMatchObject([{ key: 'bot', requests: 1 }]);
    expect(await rig.usageOf('', OTHER)).toMatchObject([{ requests: 1 }]);
    expect(await rig.usageOf('?group_by=key')).toMatchObject([{ key: 'bot' }, { key: 'other' }]);
  });

  it('shows each key only its own figures if no key is marked as admin', async () => {
    const keys = [TEST_KEY, OTHER].map((key, at) => ({ name: `key-${at}`, key }));
    await rig.start(undefined, { auth: { api_keys: keys } });
    await rig.gateway.chat(ASK);
    await rig.gateway.chat(ASK, { key: OTHER });
    expect(await rig.usageOf('?group_by=key', TEST_KEY)).toMatchObject([{ key: 'key-0', requests: 1 }]);
  });

  it.each([
    ['from', '?from=yesterday'],
    ['from', '?from='],
    ['from', '?from=2026-02-30'],
    ['from', '?from=2026-01-01&from=2026-01-02'],
    ['to', '?to=2026-11-01T25:00:00Z'],
    ['to', '?from=2026-11-02&to=2026-11-01'],
    ['group_by', '?group_by=key,colour'],
    ['groupby', '?groupby=key'],
    ['from', '?from=1970-01-01&group_by=day'],
  ])('names %s in %s', async (param, query) => {
    await rig.start();
    const response = await rig.gateway.get(`/v1/usage${query}`, { key: ADMIN });
    expect([response.status, await response.json()]).toEqual([
      400,
      {
        error: {
          type: 'invalid_request_error',
          code: 'invalid_value',
          param,
          message: expect.any(String) as string,
        },
      },
    ]);
  });

  it('accepts a time with an offset, even if the plus became a space', async () => {
    await rig.start();
    await rig.gateway.chat(ASK);
    for (const query of [
      '?from=2026-01-01T00:00:00%2B08:00',
      '?from=2026-01-01T00:00:00+08:00',
      '?to=2020-01-01T00:00:00Z',
    ])
      expect((await rig.gateway.get(`/v1/usage${query}`, { key: ADMIN })).status).toBe(
        query.includes('2020') ? 400 : 200,
      );
  });

  it('keeps usage in memory, and logs it, if the file cannot be opened', async () => {
    writeFileSync(join(rig.folder, 'file'), '');
    await rig.start({ store: `file:${join(rig.folder, 'file', 'usage.db')}` });
    await rig.gateway.chat(ASK);
    expect(await rig.usageOf()).toMatchObject([{ requests: 1 }]);
    expect(rig.gateway.log()).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        message: 'the file for usage cannot be opened, usage is kept in memory only, until this process ends',
      }),
    );
  });

  it.each([
    ['removed', (path: string) => rmSync(path), 1],
    [
      'replaced by a copy of before',
      (path: string) => {
        renameSync(`${path}.copy`, path);
        for (const more of ['-wal', '-shm']) rmSync(`${path}${more}`, { force: true });
      },
      2,
    ],
  ] as const)(
    'writes to the file that is there, and logs it, after it was %s',
    async (_how, change, requests) => {
      await rig.start({ store: `file:${rig.path}` });
      await rig.gateway.chat(ASK);
      expect(await rig.usageOf()).toMatchObject([{ requests: 1 }]);
      await rig.gateway.close();
      copyFileSync(rig.path, `${rig.path}.copy`);
      await rig.start({ store: `file:${rig.path}` });
      await rig.gateway.chat(ASK);
      expect(await rig.usageOf()).toMatchObject([{ requests: 2 }]);
      change(rig.path);
      await rig.gateway.chat(ASK);
      expect(await rig.usageOf()).toMatchObject([{ requests }]);
      expect(existsSync(rig.path)).toBe(true);
      expect(rig.gateway.log()).toContainEqual(
        expect.objectContaining({
          level: 'warn',
          message: 'the file for usage was removed or replaced, the one that is there now is used',
        }),
      );
      await rig.gateway.close();
      // What was written is there for the next process.
      await rig.start({ store: `file:${rig.path}` });
      expect(await rig.usageOf()).toMatchObject([{ requests }]);
    },
  );
});
