/**
 * Builds the image from the Dockerfile as it is and runs it, without a registry of images and without an engine: buildah
 * builds on a stand-in for the image of Node (base.sh), and the program runs in the image's root as in a container with
 * `--read-only` (run-in-root.sh). As root, on Debian with buildah and debootstrap.
 *
 *     node test/image/image.mjs [--json] [--storage-driver vfs]
 *
 * Prints a line for each check, with `--json` as JSON. Exits with 1 where one failed.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Container } from './container.mjs';

const ROOT = resolve(import.meta.dirname, '../..');
const NAME = 'localhost/llm-gateway:image-test';
/** What the Dockerfile adds to the image of Node, in MB of 10^6 bytes: 60 when this was written. */
const MOST_ADDED_MB = 70;
const KEY = 'sk-image-test-key-0001';

/** Imports all modules but those that begin a process or a thread or run in a browser, and prints how many they are. */
const IMPORTS = `
  import 'reflect-metadata';
  import { readFileSync, readdirSync } from 'node:fs';
  const files = readdirSync('dist', { recursive: true })
    .filter((name) => name.endsWith('.js') && !/^main\\.js$|-(thread|worker)\\.js$|evaluator-process|\\/page\\//.test(name));
  const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
  // Of this one the program names the files themselves.
  const packages = Object.keys(dependencies).filter((name) => name !== 'js-tiktoken');
  const modules = [...files.map((name) => '/app/dist/' + name), ...packages];
  for (const name of modules) await import(name);
  console.log(modules.length, 'modules');
  process.exit(0);`;

const { values } = parseArgs({
  options: { json: { type: 'boolean' }, 'storage-driver': { type: 'string' } },
});
const driver = values['storage-driver'] === undefined ? [] : ['--storage-driver', values['storage-driver']];
// Of base.sh as well.
if (driver.length > 0) process.env.STORAGE_DRIVER = values['storage-driver'];

const folder = mkdtempSync(join(tmpdir(), 'image-'));
let container;
let isFailed = false;
try {
  const { config, root } = build();
  await runs(config, root);
} catch (error) {
  report({ name: 'the image', isFine: false, why: error.stack });
} finally {
  if (container !== undefined) buildah('rm', container);
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = isFailed ? 1 : 0;

/** @returns the image's settings, and the folder that is its root */
function build() {
  const dockerfile = readFileSync(join(ROOT, 'Dockerfile'), 'utf8');
  const major = /^ARG NODE_VERSION=(\d+)$/m.exec(dockerfile)[1];
  const base = /^FROM (node:\S+)/m.exec(dockerfile)[1].replace('${NODE_VERSION}', major);
  const startedAt = Date.now();
  const work = join(folder, 'base');
  mkdirSync(work);
  const made = spawnSync(join(import.meta.dirname, 'base.sh'), [base, major, work], { encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`base.sh: ${made.stderr.slice(-2000)}`);
  const baseAt = Date.now();
  // Docker's format, which has HEALTHCHECK.
  const how = [
    '--format',
    'docker',
    '--isolation',
    'chroot',
    '--network',
    'host',
    '--pull-never',
    '--no-cache',
  ];
  const built = spawnSync('buildah', [...driver, 'bud', ...how, '-t', NAME, '.'], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (built.status !== 0) throw new Error(`buildah bud: ${`${built.stdout}${built.stderr}`.slice(-2000)}`);
  const [whole, ofBase] = [megabytes(NAME), megabytes(base)];
  const added = whole - ofBase;
  report({
    name: 'builds from the Dockerfile, and is no larger than it was',
    isFine: added <= MOST_ADDED_MB,
    why: `${whole.toFixed(0)} MB, of them ${added.toFixed(0)} MB added to the stand-in for ${base} (at most ${MOST_ADDED_MB})`,
    base_seconds: Math.round((baseAt - startedAt) / 1000),
    build_seconds: Math.round((Date.now() - baseAt) / 1000),
  });
  container = buildah('from', '--pull-never', NAME);
  return {
    config: JSON.parse(buildah('inspect', '--type', 'image', NAME)).Docker.config,
    root: buildah('mount', container),
  };
}

function megabytes(image) {
  const { size } = JSON.parse(buildah('images', '--json', image))[0];
  const [, number, unit] = /^([\d.]+) ?(MB|GB|KB)$/.exec(size);
  return Number(number) * { KB: 1e-3, MB: 1, GB: 1e3 }[unit];
}

function buildah(...words) {
  return execFileSync('buildah', [...driver, ...words], { encoding: 'utf8', maxBuffer: 2 ** 28 }).trim();
}

async function runs(config, root) {
  const start = (options) => Container.start({ config, root, folder, ...options });
  const [mounted, data] = ['config', 'data'].map((name) => join(folder, name));
  for (const path of [mounted, data]) mkdirSync(path);
  chownSync(data, 1000, 1000);
  writeFileSync(join(mounted, 'models.yaml'), JSON.stringify(settings()));
  const mounts = [`${mounted}:/app/config:ro`, `${data}:/app/data:rw`];

  await check('starts its demonstration as user 1000 on a root that it cannot write to', async () => {
    const demo = await start({});
    const resident = demo.residentMb();
    const { Uid, NoNewPrivs, CapEff } = demo.status();
    expect([Uid.split('\t')[0], NoNewPrivs, Number(`0x${CapEff}`)], ['1000', '1', 0]);
    expect(await demo.exec(['sh', '-c', 'touch /app/x /app/dist/x /app/data/x /tmp/x; ls /app']), {
      code: 0,
      output: /Read-only file system[^]*\bdist\n/,
    });
    expect(await demo.exec(config.Healthcheck.Test.slice(1)), { code: 0 });
    for (const path of ['/v1/health', '/v1/health/ready', '/docs-json', '/ui'])
      expect([path, (await fetch(demo.url + path)).status], [path, 200]);
    const { status, text } = await demo.chat('sk-llm-gateway-demo', 'gpt-3.5-turbo');
    expect([status, JSON.parse(text).object], [200, 'chat.completion']);
    expect(await demo.stop(), 0);
    return `${resident} MB resident`;
  });
  await check('serves a configuration and a volume, and counts with its tables of tokens', async () => {
    const gateway = await start({ mounts, env: [`NODE_OPTIONS=${nodeOptions()}`] });
    const resident = gateway.residentMb();
    const { text } = await gateway.chat(KEY, 'm');
    expect(JSON.parse(text).choices[0].message.role, 'assistant');
    const streamed = await gateway.chat(KEY, 'm', { stream: true });
    expect(streamed.text.trimEnd().endsWith('data: [DONE]'), true);
    const counted = await gateway.post(KEY, '/v1/messages/count_tokens', {
      model: 'm',
      messages: [{ role: 'user', content: 'The quick brown fox jumps over the lazy dog.' }],
    });
    expect([counted.status, JSON.parse(counted.text).input_tokens > 9], [200, true]);
    expect(await gateway.stop(), 0);
    expect(existsSync(join(data, 'usage.db')), true);
    expect(
      gateway.log().filter(({ level }) => level === 'error' || level === 'warn'),
      [],
    );
    return `${resident} MB resident with the memory settings of deploy/kubernetes`;
  });
  await check('lets a stream end after SIGTERM, and ends with 0', async () => {
    const gateway = await start({ mounts });
    const stream = await fetch(
      `${gateway.url}/v1/chat/completions`,
      gateway.request(KEY, 'm', { stream: true }),
    );
    const reader = stream.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = (await reader.read()).value;
    const code = gateway.stop();
    for (let part = await reader.read(); !part.done; part = await reader.read()) text += part.value;
    expect([text.trimEnd().endsWith('data: [DONE]'), await code], [true, 0]);
  });
  await check('runs its commands', async () => {
    const run = (...words) => Container.run({ config, root, mounts, words });
    expect(await run('--version'), { code: 0, output: /^\S*\d+\.\d+\.\d+/ });
    expect(await run('check'), { code: 0 });
    expect(await run('list'), { code: 0, output: /^m +openai +enabled/m });
    expect(await run('--mode', 'list'), { code: 0, output: /^m +openai +enabled/m });
  });
  await check('has each module that it may load: of its own, and of each dependency', async () => {
    expect(await Container.run({ config, root, program: ['node', '--input-type=module', '-e', IMPORTS] }), {
      code: 0,
      output: /\d+ modules\n$/,
    });
  });
}

function nodeOptions() {
  const manifest = readFileSync(join(ROOT, 'deploy/kubernetes/deployment.yaml'), 'utf8');
  return /name: NODE_OPTIONS\n\s+value: (.+)/.exec(manifest)[1];
}

function settings() {
  return {
    server: { host: '0.0.0.0' },
    auth: { api_keys: [{ name: 'image', key: KEY }] },
    logging: { format: 'json' },
    usage: { store: 'file:/app/data/usage.db' },
    models: { openai: [{ name: 'm', base_url: 'sandbox:/v1', api_key: 'sandbox-key' }] },
  };
}

async function check(name, run) {
  try {
    report({ name, isFine: true, why: await run() });
  } catch (error) {
    report({ name, isFine: false, why: error.message });
  } finally {
    await Container.endAll();
  }
}

/** @param wanted a value that is equal as JSON, or an object with `code` and a pattern of `output` */
function expect(seen, wanted) {
  if (wanted?.code !== undefined) {
    if (seen.code === wanted.code && (wanted.output ?? /^/).test(seen.output)) return;
  } else if (JSON.stringify(seen) === JSON.stringify(wanted)) return;
  throw new Error(
    `expected ${wanted?.output ?? JSON.stringify(wanted)}, got ${JSON.stringify(seen).slice(0, 1500)}`,
  );
}

function report(result) {
  isFailed ||= !result.isFine;
  const { name, isFine, why } = result;
  process.stdout.write(
    values.json
      ? `${JSON.stringify(result)}\n`
      : `${isFine ? 'ok' : 'FAILED'} ${name}${why ? `: ${why}` : ''}\n`,
  );
}
