import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@keyv/redis';
import { CliProcess, freePort, poll } from '../support/cli-process.js';
import { wordsOf } from '../support/compose.js';
import { describeWithTool } from '../support/needs-tool.js';
import { NGINX, type TestNginx, startSite } from '../support/nginx.js';
import { type TestPostgres, describeWithPostgres, startPostgres } from '../support/postgres-server.js';
import { readSse } from '../support/read-sse.js';
import { describeWithRedis } from '../support/redis-server.js';
import { read, services, env, text, REPLICAS, LIMIT } from '../support/compose-replicas.js';

const withAll = (name: string, tests: () => void): void =>
  describeWithRedis(name, () =>
    describeWithPostgres('and Postgres', () => describeWithTool(NGINX, ['-v'], 'and nginx', tests)),
  );

withAll('its commands, run here, with Redis', () => {
  let folder: string;
  let postgres: TestPostgres;
  let redis: ChildProcess;
  let redisUrl: string;
  let nginx: TestNginx;
  let replicas: Record<string, CliProcess>;
  let ports: Record<string, number>;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'compose-replicas-'));
    postgres = await startPostgres();
    const { POSTGRES_USER, POSTGRES_DB } = services['postgres']!.environment!;
    // As the image does with its variables: a user with a password, and an empty database.
    expect([POSTGRES_USER, POSTGRES_DB]).toEqual([new URL(postgres.url).username, 'llm_gateway']);
    await postgres.database(POSTGRES_DB!);
    ({ redis, redisUrl } = await startRedis());
    replicas = {};
    ports = { 'gateway-1': await freePort(), 'gateway-2': await freePort() };
    // Both at the same moment, on an empty database.
    for (const name of REPLICAS) replicas[name] = await start(name);
    await Promise.all(REPLICAS.map((name) => replicas[name]!.listening()));
    nginx = await startSite(
      read('nginx.conf')
        // Docker's names; Debian's nginx is older than this use of them.
        .replace(/^\s*resolver .*\n/m, '')
        .replaceAll(
          /server (gateway-\d):8000 resolve;/g,
          (_, name: string) => `server 127.0.0.1:${ports[name]};`,
        )
        .replace('listen 8080;', 'listen PORT;'),
    );
  }, 120_000);

  afterAll(async () => {
    await nginx?.close();
    await CliProcess.endAll();
    if (redis !== undefined) process.kill(-redis.pid!, 'SIGKILL');
    await postgres?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Redis by its command, on a free port. */
  async function startRedis(): Promise<{ redis: ChildProcess; redisUrl: string }> {
    const port = await freePort();
    const [shell, flag, script] = wordsOf(services['redis']!.command!);
    const child = spawn(shell!, [flag!, script!.replace("printf '", `printf 'port ${port}\\n`)], {
      env: { PATH: process.env['PATH'], REDIS_PASSWORD: env['REDIS_PASSWORD'] },
      cwd: tmpdir(),
      // The shell's own child must end with it.
      detached: true,
      stdio: 'ignore',
    });
    const check = wordsOf(services['redis']!.healthcheck!.test)[1]!.replace(
      'redis-cli',
      `redis-cli -p ${port}`,
    );
    await poll(
      () =>
        spawnSync('sh', ['-c', check], {
          env: { PATH: process.env['PATH'], REDIS_PASSWORD: env['REDIS_PASSWORD'] },
        }).status === 0,
    );
    return { redis: child, redisUrl: `redis://:${env['REDIS_PASSWORD']}@127.0.0.1:${port}/0` };
  }

  /** A replica with the variables of its container and the mounted configuration, at this machine's addresses. */
  async function start(name: string): Promise<CliProcess> {
    const mounted = join(folder, name);
    mkdirSync(mounted, { recursive: true });
    const file = join(mounted, 'models.yaml');
    writeFileSync(
      file,
      text
        .replace('host: "0.0.0.0"', 'host: "127.0.0.1"')
        .replace('requests_per_minute: 600', `requests_per_minute: ${LIMIT}`)
        .replace('port: 8000', `port: ${ports[name]}`)
        .replace('port: 9464', `port: ${await freePort()}`)
        .replace('@redis:6379', `@${new URL(redisUrl).host}`)
        .replace('@postgres:5432', `@127.0.0.1:${postgres.port}`),
    );
    return new CliProcess(['--config', file], {
      env: { ...services[name]!.environment, ...env, POSTGRES_PASSWORD: new URL(postgres.url).password },
    });
  }

  const request = (content: string, more: Record<string, unknown> = {}): Promise<Response> =>
    fetch(`${nginx.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${env['TEAM_A_KEY']}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'sandbox',
        messages: [{ role: 'user', content }],
        max_tokens: 1,
        ...more,
      }),
    });
  const calls = async (): Promise<number> => {
    const [row] = await postgres.query('select count(*) as n from usage_calls', 'llm_gateway');
    return Number(row!['n']);
  };

  it('makes the tables once, and both replicas write their calls into them', async () => {
    const served = await Promise.all(Array.from({ length: 20 }, (_, index) => request(`call ${index}`)));
    expect(served.map(({ status }) => status)).toEqual(served.map(() => 200));
    const { texts } = await readSse(await request('stream', { stream: true, max_tokens: 50 })).then(
      (events) => ({
        texts: JSON.stringify(events),
      }),
    );
    expect(texts.length).toBeGreaterThan(0);
    // A replica listens before it has made the tables; calls wait for them in its memory.
    await poll(async () => (await calls().catch(() => 0)) === 21);
    const migrations = await postgres.query('select name from usage_migrations', 'llm_gateway');
    expect(new Set(migrations.map(({ name }) => name)).size).toBe(migrations.length);
    expect(migrations.length).toBeGreaterThan(0);
    for (const name of REPLICAS) {
      const finished = replicas[name]!.log.filter(({ path }) => path === '/v1/chat/completions');
      expect([name, finished.length > 5]).toEqual([name, true]);
    }
    const spent = await fetch(`${nginx.url}/v1/usage`, {
      headers: { authorization: `Bearer ${env['TEAM_A_KEY']}` },
    });
    expect(JSON.stringify(await spent.json())).toContain('"requests":21');
  }, 60_000);

  it('counts the limit of a key over both replicas', async () => {
    const statuses = new Map<number, number>([[200, 21]]);
    for (let sent = 21; sent < LIMIT + 50; sent += 25) {
      const batch = await Promise.all(Array.from({ length: 25 }, () => request('more')));
      for (const { status } of batch) statuses.set(status, (statuses.get(status) ?? 0) + 1);
      await Promise.all(batch.map((response) => response.text()));
    }
    expect(new Set(statuses.keys())).toEqual(new Set([200, 429]));
    // What the first minute's calls have freed again meanwhile comes on top.
    expect(statuses.get(200)).toBeGreaterThanOrEqual(LIMIT);
    expect(statuses.get(200)).toBeLessThanOrEqual(LIMIT + 21);
    const client = await createClient({ url: redisUrl }).connect();
    expect((await client.keys('*')).length).toBeGreaterThan(0);
    expect(await client.configGet('maxmemory-policy')).toEqual({ 'maxmemory-policy': 'noeviction' });
    client.destroy();
  }, 60_000);

  it('goes on with one replica, and ends the other with 0', async () => {
    const health = async (): Promise<number> => (await fetch(`${nginx.url}/v1/health/ready`)).status;
    replicas['gateway-1']!.kill('SIGKILL');
    await replicas['gateway-1']!.ended();
    for (let count = 0; count < 10; count++) expect(await health()).toBe(200);
    replicas['gateway-1'] = await start('gateway-1');
    await replicas['gateway-1'].listening();
    replicas['gateway-2']!.kill('SIGTERM');
    expect(await replicas['gateway-2']!.ended()).toMatchObject({ code: 0 });
    // nginx leaves a server that refused a connection alone for ten seconds.
    await poll(async () => (await health()) === 200, 20_000);
    expect(readdirSync(folder).sort()).toEqual(REPLICAS);
  }, 60_000);
});
