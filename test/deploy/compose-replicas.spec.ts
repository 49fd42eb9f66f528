import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { load } from 'js-yaml';
import { ROOT } from '../support/cli-process.js';
import { readServices } from '../support/compose.js';
import { describeWithTool } from '../support/needs-tool.js';
import {
  FOLDER,
  SMALL,
  read,
  services,
  env,
  text,
  REPLICAS,
  config,
  warnings,
} from '../support/compose-replicas.js';

describe('the compose file with replicas', () => {
  it('has what the smaller one has, two replicas, and what they share', () => {
    const small = readServices(SMALL);
    expect(Object.keys(services).sort()).toEqual(
      [...REPLICAS, 'grafana', 'nginx', 'postgres', 'prometheus', 'redis'].sort(),
    );
    for (const name of ['grafana', 'prometheus', 'redis']) {
      expect([name, services[name]!.image]).toEqual([name, small[name]!.image]);
      expect([name, services[name]!.healthcheck]).toEqual([name, small[name]!.healthcheck]);
    }
    for (const name of REPLICAS) {
      const { volumes, ports, depends_on, ...same } = small['gateway']!;
      expect(services[name]).toMatchObject(same);
      // Behind nginx, and after what it shares besides.
      expect([ports, services[name]!.ports]).toEqual([['8000:8000'], undefined]);
      expect(services[name]!.depends_on).toMatchObject(depends_on!);
      expect(services[name]!.volumes).toEqual([volumes![0]]);
    }
  });

  it('pins every image, trusts none with more than it needs, and publishes nginx alone, Grafana aside', () => {
    for (const service of Object.values(services)) {
      expect(service.image).toMatch(/:v?\d+\.\d+(\.\d+)?(-alpine)?$/);
      expect(service).toMatchObject({
        read_only: true,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
      });
    }
    expect(Object.values(services).flatMap(({ ports = [] }) => ports)).toEqual([
      '8000:8080',
      '127.0.0.1:3000:3000',
    ]);
  });

  it('mounts what exists, to read only', () => {
    const mounts = Object.values(services).flatMap(({ volumes = [] }) => volumes);
    const own = mounts.filter((it) => it.startsWith('.'));
    expect(own).toContain('./config:/app/config:ro');
    for (const mount of own) {
      const [source, , mode] = mount.split(':');
      expect([source, existsSync(resolve(FOLDER, source!)), mode]).toEqual([source, true, 'ro']);
    }
  });

  it('holds a configuration that the gateway accepts, without a warning', () => {
    expect(warnings).toEqual([]);
    expect(load(read('prometheus.yml'))).toMatchObject({
      scrape_configs: [
        {
          job_name: 'llm-gateway',
          static_configs: [{ targets: REPLICAS.map((name) => `${name}:${config.metrics.port}`) }],
        },
      ],
    });
    const { shutdown_delay_seconds: delay, shutdown_grace_seconds: grace } = config.server;
    for (const name of REPLICAS)
      expect(parseInt(services[name]!.stop_grace_period!, 10)).toBeGreaterThanOrEqual(delay + grace + 5);
    const { POSTGRES_USER, POSTGRES_DB } = services['postgres']!.environment!;
    expect(text).toContain(
      `"postgres://${POSTGRES_USER}:\${POSTGRES_PASSWORD}@postgres:5432/${POSTGRES_DB}"`,
    );
    expect(services['postgres']!.healthcheck!.test).toEqual(
      `CMD pg_isready -h 127.0.0.1 -U ${POSTGRES_USER} -d ${POSTGRES_DB}`.split(' '),
    );
  });

  it('takes each secret from .env, and shows none', () => {
    expect(read('.env.example')).not.toMatch(/^\w+=./m);
    const used = `${text}${read('compose.yaml')}`.matchAll(/\$\{(\w+)/g);
    const names = new Set([...used].map(([, name]) => name!).filter((name) => name !== 'NAME'));
    expect(names).toEqual(new Set(Object.keys(env)));
    expect(spawnSync('git', ['check-ignore', '-q', join(FOLDER, '.env')], { cwd: ROOT }).status).toBe(0);
  });

  it("has the rules of the documented site in its nginx, apart from the replicas'", () => {
    const site = readFileSync(join(ROOT, 'deploy', 'nginx', 'llm-gateway.conf'), 'utf8');
    const settings = (content: string): string[] =>
      content
        .slice(content.indexOf('server {'))
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== '' && !/^#|^listen|^server_name|^proxy_next_upstream/.test(line));
    expect(settings(read('nginx.conf'))).toEqual(settings(site));
    expect(
      [...read('nginx.conf').matchAll(/server (gateway-\d):8000 resolve;/g)].map(([, it]) => it),
    ).toEqual(REPLICAS);
    expect(read('nginx.conf')).toContain('proxy_next_upstream error;');
  });

  describeWithTool('docker-compose', ['version'], 'docker-compose', () => {
    it('accepts the file, and names a missing secret', () => {
      const folder = mkdtempSync(join(tmpdir(), 'compose-test-'));
      try {
        const copy = join(folder, 'deploy', 'compose-replicas');
        cpSync(FOLDER, copy, { recursive: true });
        const file = join(copy, 'compose.yaml');
        // The one key that Debian's version does not know.
        writeFileSync(file, read('compose.yaml').replace(/^name:.*\n/m, ''));
        const check = (values: Record<string, string>): ReturnType<typeof spawnSync> => {
          const lines = Object.entries(values).map(([name, value]) => `${name}=${value}\n`);
          writeFileSync(join(copy, '.env'), lines.join(''));
          return spawnSync('docker-compose', ['-f', file, 'config', '-q'], { encoding: 'utf8', cwd: folder });
        };
        expect(check(env)).toMatchObject({ status: 0, stderr: '' });
        const refused = check({ ...env, POSTGRES_PASSWORD: '' });
        expect([refused.status === 0, refused.stderr]).toEqual([
          false,
          expect.stringContaining('is missing in .env'),
        ]);
      } finally {
        rmSync(folder, { recursive: true });
      }
    }, 60_000);
  });
});
