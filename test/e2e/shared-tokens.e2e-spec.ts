import { createClient } from '@keyv/redis';
import { poll } from '../support/cli-process.js';
import { describeWithRedis } from '../support/redis-server.js';
import { until } from '../support/start-gateway.js';
import {
  PASSWORD,
  ENCRYPTION_KEY,
  BEARABLE_MS,
  redis,
  upstream,
  three,
  others,
  account,
  startAnother,
  ask,
  askAll,
  statuses,
  codesOf,
  testModel,
  stateOf,
  expectLoggedOnce,
  untilState,
  timed,
  entries,
  openReplicas,
} from '../support/token-replicas.js';

// Each replica is a process that starts from nothing.
jest.setTimeout(180_000);

describeWithRedis('login tokens of several replicas', () => {
  openReplicas();

  it('cost one login for 300 first requests at three of them', async () => {
    account.loginDelayMs = 300;
    expect(statuses(await askAll(300))).toEqual([200]);
    expect(account.issued).toHaveLength(1);
  });

  it('serve one that starts later', async () => {
    await askAll(3);
    expect((await ask(await startAnother())).status).toBe(200);
    expect(account.issued).toHaveLength(1);
  });

  it('are replaced by one login in all when the service revokes them, each time', async () => {
    await askAll(30);
    account.revoke();
    expect(statuses(await askAll(90))).toEqual([200]);
    expect(account.issued).toHaveLength(2);
    account.revoke();
    for (const replica of three) expect((await ask(replica)).status).toBe(200);
    expect(account.issued).toHaveLength(3);
  });

  it('cost two logins, and a pause for all, when the service refuses every one of them', async () => {
    const late = await startAnother();
    account.refusesTokens = true;
    expect(await codesOf(await askAll(60))).toEqual(['upstream_auth_failed']);
    expect(await codesOf([await ask(late)])).toEqual(['upstream_auth_failed']);
    const askOn = async (): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect(await codesOf(await askAll(40, [...three, late]))).toEqual(['upstream_auth_failed']);
    };
    const endAt = performance.now() + 30_000;
    while (account.issued.length < 3 && performance.now() < endAt) await askOn();
    for (let count = 0; count < 5; count++) await askOn();
    // The first pause is one of five seconds, the next of ten: a busy machine may come to the end of the second.
    const [, second, third, fourth = Infinity] = account.issuedAt;
    expect(third! - second!).toBeGreaterThan(4990);
    expect(fourth - third!).toBeGreaterThan(9990);
  });

  it('cost no third login if a replica uses the second token before others know that it is refused', async () => {
    account.refusesTokens = true;
    let isHeld = false;
    let release: () => void = () => undefined;
    account.beforeRefusal = async (token) => {
      if (isHeld || !token.endsWith('-2')) return;
      isHeld = true;
      await new Promise<void>((resolve) => (release = resolve));
    };
    const first = ask(three[0]!);
    await until(() => isHeld, 'the call with the second token');
    expect(await codesOf([await ask(three[1]!)])).toEqual(['upstream_auth_failed']);
    release();
    expect(await codesOf([await first])).toEqual(['upstream_auth_failed']);
    expect(account.issued).toHaveLength(2);
  });

  it.each(['during the pause', 'only after the pause'])(
    'cost one login after their pause if the first replica to log in then learned of the refusals %s',
    async (heard) => {
      account.refusesTokens = true;
      expect(await codesOf([await ask(three[0]!)])).toEqual(['upstream_auth_failed']);
      const pausedAt = performance.now();
      if (heard === 'during the pause')
        expect(await codesOf([await ask(three[1]!)])).toEqual(['upstream_auth_failed']);
      expect(account.issued).toHaveLength(2);
      await until(() => performance.now() - pausedAt > 5100, 'the end of the pause');
      for (let count = 0; count < 2; count++)
        expect(await codesOf([await ask(three[1]!)])).toEqual(['upstream_auth_failed']);
      expect(account.issued).toHaveLength(3);
    },
  );

  it('cost a second pause of ten seconds if it begins at a replica that has met no token', async () => {
    account.refusesTokens = true;
    expect(await codesOf([await ask(three[0]!)])).toEqual(['upstream_auth_failed']);
    const pausedAt = performance.now();
    await until(() => performance.now() - pausedAt > 5100, 'the end of the pause');
    let release: (() => void) | undefined;
    account.beforeRefusal = async (token) => {
      if (release === undefined && token.endsWith('-3'))
        await new Promise<void>((resolve) => (release = resolve));
    };
    const first = ask(three[0]!);
    await until(() => release !== undefined, 'the call with the third token');
    expect(await codesOf([await ask(three[1]!)])).toEqual(['upstream_auth_failed']);
    release!();
    expect(await codesOf([await first])).toEqual(['upstream_auth_failed']);
    await new Promise((resolve) => setTimeout(resolve, 5500));
    expect(await codesOf(await askAll(3))).toEqual(['upstream_auth_failed']);
    expect(account.issued).toHaveLength(3);
  });

  it('that worked elsewhere count as proven: a refusal then is a new login, not a pause', async () => {
    await ask(three[0]!);
    const fresh = await startAnother();
    account.revoke();
    expect((await ask(fresh)).status).toBe(200);
    expect(account.issued).toHaveLength(2);
  });

  it('are asked for once with a wrong password; a forced test that succeeds ends the pause everywhere', async () => {
    account.loginStatus = 401;
    expect(await codesOf(await askAll(30))).toEqual(['upstream_login_failed']);
    expect(account.issued).toHaveLength(1);
    for (const replica of three)
      expect(await (await testModel(replica)).json()).toMatchObject({ status: 'unavailable' });
    expect(account.issued).toHaveLength(1);
    account.loginStatus = 200;
    expect(await (await testModel(three[0]!, true)).json()).toMatchObject({ status: 'available' });
    // One that pauses looks once a second whether another one has won a token.
    await poll(async () => (await askAll(9)).every(({ status }) => status === 200));
    expect(account.issued).toHaveLength(2);
  });

  it('are asked for once by all when the login asks to wait', async () => {
    account.loginStatus = 429;
    account.retryAfter = '60';
    expect(await codesOf(await askAll(30))).toEqual(['upstream_login_failed']);
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect(await codesOf(await askAll(9))).toEqual(['upstream_login_failed']);
    expect(await codesOf([await ask(await startAnother())])).toEqual(['upstream_login_failed']);
    expect(account.issued).toHaveLength(1);
  });

  it('are not waited for when one dies in the middle of a login: the others log in after ten seconds', async () => {
    account.loginDelayMs = 60_000;
    const doomed = await startAnother();
    const lost = ask(doomed).catch(() => undefined);
    await until(() => account.issued.length === 1);
    others.pop();
    await doomed.kill();
    await lost;
    account.loginDelayMs = 0;
    expect(statuses(await askAll(9))).toEqual([200]);
    const [first, second] = account.issuedAt;
    expect(second! - first!).toBeGreaterThan(5000);
    expect(second! - first!).toBeLessThan(30_000);
    expect(account.issued.length).toBeLessThanOrEqual(1 + three.length);
  });

  it('are encrypted in Redis, under names that reveal nothing, and expire', async () => {
    await askAll(10);
    const found = await entries();
    expect(found.length).toBeGreaterThanOrEqual(2);
    for (const secret of ['planted', account.user, PASSWORD, 'token', upstream.url, '/auth']) {
      for (const form of [secret, Buffer.from(secret).toString('base64').replace(/=+$/, '')]) {
        expect(JSON.stringify(found).includes(form)).toBe(false);
      }
    }
    for (const { name, ttlMs } of found) {
      expect(name).toMatch(/^llm-gateway:([\w-]{43}|key-check)$/);
      expect(ttlMs).toBeGreaterThan(0);
    }
  });

  it('count as absent when their entry was tampered with, which is logged once', async () => {
    await ask(three[0]!);
    const client = await createClient({ url: redis.url }).connect();
    for (const { name, value, ttlMs } of await entries()) {
      const other = `${value.slice(0, -8)}AAAAAAA=`;
      if (!name.endsWith('key-check'))
        await client.set(name, other, { expiration: { type: 'PX', value: ttlMs } });
    }
    client.destroy();
    const second = await startAnother();
    expect(statuses(await askAll(20, [second]))).toEqual([200]);
    expect(account.issued).toHaveLength(2);
    await expectLoggedOnce(second, 'cannot be read');
    expect((await ask(await startAnother())).status).toBe(200);
    expect(account.issued).toHaveLength(2);
  });

  it('are not shared with a replica that has another encryption key, which logs it and works', async () => {
    await askAll(3);
    const stranger = await startAnother({ encryption_key: 'another key that has 32 characters or more' });
    expect(statuses(await askAll(20, [stranger]))).toEqual([200]);
    await expectLoggedOnce(stranger, 'another encryption_key');
    expect(statuses(await askAll(4, [...three, stranger]))).toEqual([200]);
    expect(account.issued).toHaveLength(2);
  });

  it('outlive Redis: killed and started again under traffic, no request fails', async () => {
    const seen: number[] = [];
    let isOver = false;
    const traffic = three.map(async (replica) => {
      while (!isOver) seen.push((await ask(replica)).status);
    });
    await until(() => seen.length >= 30);
    await redis.kill();
    await untilState('memory');
    account.revoke();
    await until(() => account.issued.length === 4, 'a login of each');
    const duringOutage = seen.length;
    await until(() => seen.length >= duringOutage + 30);
    await redis.restart();
    await untilState('shared');
    const afterwards = seen.length;
    await until(() => seen.length >= afterwards + 30);
    isOver = true;
    await Promise.all(traffic);
    expect([...new Set(seen)]).toEqual([200]);
    for (const replica of three) {
      // Once for each outage, not for each call; a busy machine may take a slow Redis for one that is away again.
      await expectLoggedOnce(replica, 'Redis unavailable', 2);
      await expectLoggedOnce(replica, 'Redis available again', 2);
    }
    // They have settled on one of theirs again: a new replica finds it, and a refusal costs one login.
    expect((await ask(await startAnother())).status).toBe(200);
    expect(account.issued).toHaveLength(4);
    account.revoke();
    expect(statuses(await askAll(40))).toEqual([200]);
    expect(account.issued).toHaveLength(5);
  });

  it('cause no long wait when Redis hangs', async () => {
    await askAll(3);
    redis.freeze();
    account.revoke();
    for (let round = 1; round <= 2; round++) {
      const { result, ms } = await timed(() => askAll(30));
      expect(statuses(result)).toEqual([200]);
      expect(ms).toBeLessThan(BEARABLE_MS);
      await untilState('memory');
    }
    expect((await timed(() => three[0]!.get('/v1/health'))).ms).toBeLessThan(BEARABLE_MS);
    redis.thaw();
    await untilState('shared');
    await new Promise((resolve) => setTimeout(resolve, 500));
    const before = account.issued.length;
    account.revoke();
    expect(statuses(await askAll(30))).toEqual([200]);
    expect(account.issued).toHaveLength(before + 1);
  });

  it('stay in memory if a replica starts without Redis, or while Redis hangs; and it stops at once', async () => {
    redis.freeze();
    const beside = await startAnother();
    await redis.kill();
    const without = await startAnother();
    for (const replica of [beside, without]) {
      const { result, ms } = await timed(() => ask(replica));
      expect(result.status).toBe(200);
      expect(ms).toBeLessThan(BEARABLE_MS);
      expect(await stateOf(replica)).toBe('memory');
      await expectLoggedOnce(replica, 'Redis unavailable');
    }
    others.splice(others.indexOf(beside), 1);
    expect((await timed(() => beside.stop())).ms).toBeLessThan(10_000);
    await redis.restart();
    await untilState('shared', [...three, without]);
  });

  it('and the secrets that open them are in no log', () => {
    for (const replica of three) {
      for (const secret of [PASSWORD, ENCRYPTION_KEY, 'token-of-', redis.url]) {
        expect(replica.logText().includes(secret)).toBe(false);
      }
    }
  });
});
