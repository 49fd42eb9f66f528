/**
 * Has the agents Claude Code, Codex and Continue write a file through the built gateway, each with a model whose service
 * speaks OpenAI's chat completions only, and with one that speaks Anthropic's Messages only. Nothing leaves this machine.
 *
 *     node test/agents/agents.mjs --modules FOLDER/node_modules [--json]
 *
 * FOLDER has the npm packages @anthropic-ai/claude-code, @openai/codex and @continuedev/cli. Prints a line for each run;
 * with `--json` as JSON. Exits with 1 where one failed; a missing agent is skipped, or a failure where `CI` is set.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { ScriptedService } from './scripted-service.mjs';

const MAIN = resolve(import.meta.dirname, '../../dist/main.js');
const KEY = 'sk-agents-test-key-0001';
const TEXT = 'written by a tool\n';
const MODELS = ['chat-only', 'messages-only'];
const AGENT_MS = 120_000;

const { values } = parseArgs({ options: { modules: { type: 'string' }, json: { type: 'boolean' } } });
const modules = resolve(values.modules ?? 'node_modules');

const AGENTS = {
  'Claude Code': {
    program: join(modules, '.bin/claude'),
    args: () => ['-p', 'Write the file', '--allowedTools', 'Write'],
    env: (url, model) => ({
      ANTHROPIC_BASE_URL: url,
      ANTHROPIC_AUTH_TOKEN: KEY,
      ANTHROPIC_MODEL: model,
      ANTHROPIC_SMALL_FAST_MODEL: model,
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      DISABLE_AUTOUPDATER: '1',
    }),
    prepare: () => undefined,
  },
  Codex: {
    program: join(modules, '.bin/codex'),
    args: (model) => [
      'exec',
      '--skip-git-repo-check',
      '--dangerously-bypass-approvals-and-sandbox',
      '-m',
      model,
      'Write the file',
    ],
    env: () => ({ GATEWAY_KEY: KEY }),
    prepare: (home, url) => {
      mkdirSync(join(home, '.codex'), { recursive: true });
      writeFileSync(
        join(home, '.codex/config.toml'),
        [
          'model_provider = "gateway"',
          '[model_providers.gateway]',
          'name = "gateway"',
          `base_url = "${url}/v1"`,
          'env_key = "GATEWAY_KEY"',
          'wire_api = "responses"',
          '',
        ].join('\n'),
      );
    },
  },
  Continue: continueWith('openai'),
  "Continue as a client of Anthropic's": continueWith('anthropic'),
};

/** @param provider whose format it speaks */
function continueWith(provider) {
  const config = (home) => join(home, 'continue.yaml');
  return {
    program: join(modules, '.bin/cn'),
    pathArgument: 'filepath',
    args: (_model, home) => ['--config', config(home), '--auto', '-p', 'Write the file'],
    env: () => ({ CONTINUE_TELEMETRY_ENABLED: '0' }),
    prepare: (home, url, model) =>
      writeFileSync(
        config(home),
        JSON.stringify({
          name: 'gateway',
          version: '1.0.0',
          schema: 'v1',
          models: [{ name: model, provider, model, apiBase: `${url}/v1`, apiKey: KEY, roles: ['chat'] }],
        }),
      ),
  };
}

let isFailed = false;
for (const [agent, how] of Object.entries(AGENTS)) {
  if (!existsSync(how.program)) {
    process.stderr.write(`SKIPPED ${agent}: no ${how.program}\n`);
    if (process.env.CI) report({ name: agent, isFine: false, why: 'absent, and CI must not skip it' });
    continue;
  }
  for (const model of MODELS) report({ name: `${agent} with ${model}`, ...(await run(how, model)) });
}
process.exitCode = isFailed ? 1 : 0;

function report(result) {
  isFailed ||= !result.isFine;
  const { name, isFine, why } = result;
  process.stdout.write(
    values.json
      ? `${JSON.stringify(result)}\n`
      : `${isFine ? 'ok' : 'FAILED'} ${name}${why ? `: ${why}` : ''}\n`,
  );
}

async function run(how, model) {
  const folder = mkdtempSync(join(tmpdir(), 'agent-'));
  const [home, work] = ['home', 'work'].map((name) => join(folder, name));
  mkdirSync(home);
  mkdirSync(work);
  const file = join(work, 'note.txt');
  const service = await ScriptedService.start({
    // Claude Code refuses arguments that it does not know.
    Write: { [how.pathArgument ?? 'file_path']: file, content: TEXT },
    exec_command: { cmd: `printf '${TEXT.replace('\n', '\\n')}' > note.txt` },
    shell: { command: ['bash', '-c', `printf '${TEXT.replace('\n', '\\n')}' > note.txt`] },
  });
  const port = await freePort();
  const config = join(folder, 'models.yaml');
  writeFileSync(config, JSON.stringify(configOf(service.url, port)));
  const gateway = spawn(process.execPath, [MAIN, '--config', config], { stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}`;
  try {
    await until(() => fetch(`${url}/v1/health`).then(({ ok }) => ok));
    how.prepare(home, url, model);
    const { code, output } = await launch(how.program, how.args(model, home), {
      cwd: work,
      env: { PATH: process.env.PATH, HOME: home, ...how.env(url, model) },
    });
    const text = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
    if (code === 0 && text === TEXT && output.includes('The file is written.')) return { isFine: true };
    return {
      isFine: false,
      why: `exit ${code}, file ${JSON.stringify(text)}, tools ${service.tools.join(' ')}: ${output.slice(-1500)}`,
    };
  } finally {
    gateway.kill('SIGKILL');
    service.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function configOf(base_url, port) {
  return {
    server: { host: '127.0.0.1', port },
    auth: { api_keys: [KEY] },
    models: {
      openai: [{ name: MODELS[0], base_url, api_key: 'service-key' }],
      anthropic: [{ name: MODELS[1], base_url, api_key: 'service-key' }],
    },
  };
}

function launch(program, args, options) {
  return new Promise((done) => {
    const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    const timer = setTimeout(() => child.kill('SIGKILL'), AGENT_MS);
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('close', (code) => {
      clearTimeout(timer);
      done({ code, output });
    });
  });
}

async function freePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

async function until(isTrue) {
  for (let tries = 0; tries < 100; tries++) {
    if (await isTrue().catch(() => false)) return;
    await sleep(100);
  }
  throw new Error('The gateway did not start.');
}
