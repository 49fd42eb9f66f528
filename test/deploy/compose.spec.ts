import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { load } from 'js-yaml';
import { loadText } from '../fixtures/config/load-text.js';
import { ROOT, poll } from '../support/cli-process.js';
import { type ComposeService, readServices, wordsOf } from '../support/compose.js';
import { type Dashboard } from '../support/dashboard.js';
import { describeWithTool } from '../support/needs-tool.js';
import { describeWithRedis, freePort } from '../support/redis-server.js';

const FOLDER = join(ROOT, 'deploy', 'compose');
const read = (path: string): string => readFileSync(join(FOLDER, path), 'utf8');

const services = readServices(FOLDER);
const { gateway, redis, prometheus, grafana } = services as Record<string, ComposeService> & {
  gateway: ComposeService;
  redis: ComposeService;
  prometheus: ComposeService;
  grafana: ComposeService;
};
const text = read('config/models.yaml');
const example = [...read('.env.example').matchAll(/^(\w+)=(.*)$/gm)];
const env = Object.fromEntries(example.map(([, name]) => [name!, `value-of-${name}-${'0'.repeat(32)}`]));
const { config, warnings } = loadText(text, { env });

describe('the compose file', () => {
  it('pins every image to one version, and the gateway to its own', () => {
    expect(Object.keys(services).sort()).toEqual(['gateway', 'grafana', 'prometheus', 'redis']);
    for (const { image } of Object.values(services)) expect(image).toMatch(/:v?\d+\.\d+\.\d+(-alpine)?$/);
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    expect(gateway.image).toBe(`llm-gateway:${version}`);
    const base = readFileSync(join(ROOT, 'deploy', 'kubernetes-redis', 'redis.yaml'), 'utf8');
    expect(base).toContain(`image: ${redis.image}\n`);
    // An evicted counter would forget what a limit or a budget has counted.
    for (const text of [base, wordsOf(redis.command!).join(' ')])
      expect(text).toContain('maxmemory-policy noeviction');
  });

  it('trusts no container with more than it needs', () => {
    for (const service of Object.values(services)) {
      expect(service).toMatchObject({
        read_only: true,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
      });
    }
    // Published: the gateway, and Grafana on this machine alone.
    expect(Object.values(services).flatMap(({ ports = [] }) => ports)).toEqual([
      '8000:8000',
      '127.0.0.1:3000:3000',
    ]);
  });

  it('has a healthcheck for each, without curl; the image of the gateway brings its own', () => {
    for (const service of [redis, prometheus, grafana])
      expect(service.healthcheck!.test.join(' ')).toMatch(/wget|redis-cli/);
    expect(readFileSync(join(ROOT, 'Dockerfile'), 'utf8')).toMatch(/^HEALTHCHECK/m);
    expect(read('compose.yaml')).not.toContain('curl');
  });

  it('mounts what exists, the configuration as a folder to read only', () => {
    const mounts = Object.values(services).flatMap(({ volumes = [] }) => volumes);
    for (const mount of mounts.filter((it) => it.startsWith('.'))) {
      const [source, , mode] = mount.split(':');
      expect([source, existsSync(resolve(FOLDER, source!)), mode]).toEqual([source, true, 'ro']);
    }
    expect(gateway.volumes).toEqual(['./config:/app/config:ro', `usage:${dirname(config.usage.filePath!)}`]);
  });

  it('holds a configuration that the gateway accepts, without a warning', () => {
    expect(warnings).toEqual([]);
    expect(config.metrics.port).toBe(9464);
    expect(gateway.ports).toEqual([`8000:${config.server.port}`]);
    expect(load(read('prometheus.yml'))).toMatchObject({
      scrape_configs: [{ job_name: 'llm-gateway', static_configs: [{ targets: ['gateway:9464'] }] }],
    });
  });

  it('gives half of the memory of the container to the heap, and an eighth to request bodies', () => {
    const megabytes = Number(/^(\d+)m$/.exec(gateway['mem_limit'] as string)![1]);
    expect(gateway.environment).toEqual({
      NODE_OPTIONS: `--max-old-space-size=${megabytes / 2} --max-semi-space-size=16`,
    });
    expect(config.server.bodies_limit).toBe((megabytes / 8) * 1024 * 1024);
  });

  it('lets a drain end before the container is killed', () => {
    const { shutdown_delay_seconds: delay, shutdown_grace_seconds: grace } = config.server;
    expect(parseInt(gateway.stop_grace_period!, 10)).toBeGreaterThanOrEqual(delay + grace + 5);
  });

  it('shows no secret: they come from .env, which git ignores', () => {
    expect(example.map(([, , value]) => value).join('')).toBe('');
    const used = `${text}${read('compose.yaml')}`.matchAll(/\$\{(\w+)/g);
    const names = new Set([...used].map(([, name]) => name!).filter((name) => name !== 'NAME'));
    expect(names).toEqual(new Set(example.map(([, name]) => name)));
    expect(spawnSync('git', ['check-ignore', '-q', 'deploy/compose/.env'], { cwd: ROOT }).status).toBe(0);
  });

  it('gives Grafana the data source and the dashboard', () => {
    const { datasources } = load(read('grafana/datasources/prometheus.yaml')) as {
      datasources: { url: string }[];
    };
    expect(datasources.map(({ url }) => url)).toEqual(['http://prometheus:9090']);
    const { providers } = load(read('grafana/dashboards/llm-gateway.yaml')) as {
      providers: { options: { path: string } }[];
    };
    const path = providers[0]!.options.path;
    const mounted = grafana.volumes!.find((mount) => mount.split(':')[1] === path)!.split(':')[0]!;
    const home = grafana.environment!['GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH']!;
    const dashboard = JSON.parse(read(home.replace(path, mounted))) as Dashboard;
    expect(dashboard.uid).toBe('llm-gateway');
  });

  describeWithTool('docker-compose', ['version'], 'docker-compose', () => {
    it('accepts the file, and names a missing secret', () => {
      const folder = mkdtempSync(join(tmpdir(), 'compose-test-'));
      try {
        cpSync(FOLDER, join(folder, 'deploy', 'compose'), { recursive: true });
        const file = join(folder, 'deploy', 'compose', 'compose.yaml');
        // The one key that Debian's version does not know.
        writeFileSync(file, read('compose.yaml').replace(/^name:.*\n/m, ''));
        const check = (values: Record<string, string>): ReturnType<typeof spawnSync> => {
          const lines = Object.entries(values).map(([name, value]) => `${name}=${value}\n`);
          writeFileSync(join(folder, 'deploy', 'compose', '.env'), lines.join(''));
          return spawnSync('docker-compose', ['-f', file, 'config', '-q'], { encoding: 'utf8', cwd: folder });
        };
        expect(check(env)).toMatchObject({ status: 0, stderr: '' });
        const refused = check({ ...env, REDIS_PASSWORD: '' });
        expect(refused.status).not.toBe(0);
        expect(refused.stderr).toContain('is missing in .env');
      } finally {
        rmSync(folder, { recursive: true });
      }
    }, 60_000);
  });

  describeWithRedis('its Redis, run here', () => {
    it('starts by its command and is healthy by its check', async () => {
      const port = await freePort();
      const [shell, flag, script] = wordsOf(redis.command!);
      const variables = { PATH: process.env['PATH'], REDIS_PASSWORD: 'planted0password' };
      const child = spawn(shell!, [flag!, script!.replace("printf '", `printf 'port ${port}\\n`)], {
        env: variables,
        cwd: tmpdir(),
        // The shell's own child must end with it.
        detached: true,
        stdio: 'ignore',
      });
      const ended = once(child, 'exit');
      const check = redis
        .healthcheck!.test[1]!.replaceAll('$$', '$')
        .replace('redis-cli', `redis-cli -p ${port}`);
      const isHealthy = (REDIS_PASSWORD: string): boolean => {
        try {
          execFileSync('sh', ['-c', check], { env: { ...variables, REDIS_PASSWORD }, stdio: 'ignore' });
          return true;
        } catch {
          return false;
        }
      };
      try {
        await poll(() => isHealthy('planted0password'));
        expect(isHealthy('another')).toBe(false);
      } finally {
        process.kill(-child.pid!, 'SIGKILL');
        await ended;
      }
    });
  });
});
