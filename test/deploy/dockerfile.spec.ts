import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { join, relative } from 'node:path';
import { ServerConfig } from '../../src/config/server.config.js';
import { parseDockerfile } from '../support/dockerfile.js';
import { type TestGateway, startGateway } from '../support/start-gateway.js';

const ROOT = join(import.meta.dirname, '..', '..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } };
const LISTEN_PORT = new ServerConfig().port;

let gateway: TestGateway | undefined;
afterEach(async () => {
  await gateway?.close();
  gateway = undefined;
});

describe('the Dockerfile', () => {
  const { args, stages } = parseDockerfile(read('Dockerfile'));
  const last = stages.at(-1)!;
  const only = (name: string): string => {
    const found = last.lines.filter((line) => line.name === name);
    expect([name, found.length]).toEqual([name, 1]);
    return found[0]!.rest;
  };
  const copies = stages.flatMap((stage, index) =>
    stage.lines
      .filter(({ name }) => name === 'COPY')
      .map(({ rest }) => {
        const words = rest.split(/\s+/);
        const from = words.find((word) => word.startsWith('--from='))?.slice('--from='.length);
        const paths = words.filter((word) => !word.startsWith('--'));
        return { stage, index, from, sources: paths.slice(0, -1) };
      }),
  );

  it('builds on the slim image of one major version of Node, which package.json allows', () => {
    expect(args).toEqual([expect.stringMatching(/^NODE_VERSION=\d+$/)]);
    const names = stages.map(({ name }) => name);
    for (const { base } of stages) expect(['node:${NODE_VERSION}-slim', ...names]).toContain(base);
    expect(last.base).toBe('node:${NODE_VERSION}-slim');
    expect(Number(args[0]!.split('=')[1])).toBeGreaterThanOrEqual(Number(/\d+/.exec(engines.node)![0]));
  });

  it('ends in a user with a number that is not root', () => {
    expect(only('USER')).toMatch(/^[1-9]\d*(:[1-9]\d*)?$/);
  });

  it('leaves development dependencies and compilers behind', () => {
    expect(last.lines.filter(({ name }) => name === 'RUN')).toEqual([]);
    const origin = copies.find(({ stage, sources }) => stage === last && sources[0] === '/app/node_modules');
    const stage = stages.find(({ name }) => name === origin!.from)!;
    const installs = stage.lines.filter(({ name }) => name === 'RUN').map(({ rest }) => rest);
    expect(installs).toEqual([
      expect.stringMatching(/^npm ci --omit=dev --ignore-scripts\b.* && rm -rf node_modules\/typescript\b/),
      'mkdir data',
    ]);
    expect(only('ENV')).toBe('NODE_ENV=production');
  });

  it('copies only what exists, from earlier stages or from the context', () => {
    for (const { index, from, sources } of copies) {
      if (from !== undefined) {
        expect(stages.slice(0, index).map(({ name }) => name)).toContain(from);
        continue;
      }
      for (const source of sources) expect([source, contextFiles(source).length > 0]).toEqual([source, true]);
    }
    const copied = copies.filter(({ from }) => from === undefined).flatMap(({ sources }) => sources);
    expect(copied).toEqual(expect.arrayContaining(['config', 'package.json', 'package-lock.json', 'src']));
    expect(contextFiles('config').map((file) => file.split('/', 2)[1])).toContain('models.yaml');
  });

  it('sends no secret, history, test or local build to the builder', () => {
    for (const path of ['.env', '.git/config', 'config/corp.key', 'config/.env', 'dist/main.js'])
      expect([path, isInContext(path)]).toEqual([path, false]);
    for (const path of [
      'node_modules/a/b.js',
      'test/deploy/kubernetes.spec.ts',
      'src/config/secrets/secrets.spec.ts',
    ])
      expect([path, isInContext(path)]).toEqual([path, false]);
    expect(isInContext('src/config/secrets/secrets.ts')).toBe(true);
  });

  it('starts the program itself, so that signals reach it, on the port that it exposes', () => {
    expect(JSON.parse(only('ENTRYPOINT'))).toEqual(['node', 'dist/main.js']);
    expect(JSON.parse(only('CMD'))).toEqual([]);
    expect(only('EXPOSE')).toBe(String(LISTEN_PORT));
  });

  it('asks for its health without curl, on the port in use', async () => {
    const [program, ...words] = JSON.parse(only('HEALTHCHECK').replace(/^(--\S+\s+)*CMD /, '')) as string[];
    expect(program).toBe('node');
    expect(words.join(' ')).not.toMatch(/curl|wget/);
    expect(words.join(' ')).toContain(`process.env.PORT || ${LISTEN_PORT}`);
    const exitCode = async (port: number): Promise<unknown> => {
      const check = spawn(process.execPath, words, { env: { PORT: String(port) }, stdio: 'ignore' });
      return (await once(check, 'exit'))[0];
    };
    gateway = await startGateway({ models: { openai: [{ name: 'm', base_url: 'https://x.test' }] } });
    expect(await exitCode(Number(new URL(gateway.url).port))).toBe(0);
    const broken = createServer((_, res) => res.writeHead(503).end()).listen(0, '127.0.0.1');
    await once(broken, 'listening');
    const { port } = broken.address() as AddressInfo;
    const ofBroken = await exitCode(port);
    broken.close();
    await once(broken, 'close');
    expect([ofBroken, await exitCode(port)]).toEqual([1, 1]);
  });
});

/** Whether `.dockerignore` lets a file through: the last pattern that matches it, or a folder above it, decides. */
function isInContext(path: string): boolean {
  const patterns = read('.dockerignore')
    .split('\n')
    .filter((line) => /^[^#\s]/.test(line));
  return patterns.reduce((isIn, line) => {
    const isException = line.startsWith('!');
    const pattern = line
      .replace(/^!/, '')
      .replaceAll('.', '\\.')
      .replaceAll(/\*\*\/|\*/g, (stars) => (stars === '*' ? '[^/]*' : '(?:.*/)?'));
    return new RegExp(`^${pattern}(?:/|$)`).test(path) ? isException : isIn;
  }, true);
}

/** The parts of a file or folder that the builder can see. */
function contextFiles(source: string): string[] {
  const path = join(ROOT, source);
  const info = statSync(path, { throwIfNoEntry: false });
  if (info === undefined) return [];
  const entries = info.isDirectory() ? readdirSync(path, { recursive: true, withFileTypes: true }) : [];
  const below = entries.filter((it) => it.isFile()).map((it) => relative(ROOT, join(it.parentPath, it.name)));
  return (info.isDirectory() ? below : [source]).filter(isInContext);
}
