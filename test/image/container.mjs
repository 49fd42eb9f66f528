import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const RUN_IN_ROOT = join(import.meta.dirname, 'run-in-root.sh');
const running = new Set();

/** A program of an image that runs in its root: see run-in-root.sh. */
export class Container {
  #child;
  #output = '';
  #options;
  /** Exit code. */
  ended;
  url;

  constructor(options) {
    const { config, root, mounts = [], env = [], port, words = [], program = config.Entrypoint } = options;
    this.#options = options;
    this.url = `http://127.0.0.1:${port}`;
    const environment = [...config.Env, ...env, ...(port === undefined ? [] : [`PORT=${port}`])];
    this.#child = spawn(
      'unshare',
      ['--mount', '--pid', '--fork', '--kill-child', RUN_IN_ROOT, root, config.User, ...mounts, '--'].concat(
        ['env', '-i', '-C', config.WorkingDir],
        environment,
        program,
        words,
      ),
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream.on('data', (chunk) => (this.#output += chunk));
    running.add(this);
    this.ended = new Promise((done) => this.#child.once('close', (code) => done(code)));
    void this.ended.then(() => running.delete(this));
  }

  /** Runs a command to its end. */
  static async run(options) {
    const container = new Container(options);
    return { code: await container.ended, output: container.#output };
  }

  /** Starts the server, and waits until it listens. */
  static async start(options) {
    const container = new Container({ ...options, port: await freePort() });
    for (let tries = 0; tries < 300; tries++) {
      const isUp = await fetch(`${container.url}/v1/health`).then(
        ({ ok }) => ok,
        () => false,
      );
      if (isUp) return container;
      if (!running.has(container)) break;
      await sleep(100);
    }
    throw new Error(`did not start: ${container.#output.slice(-1500)}`);
  }

  static async endAll() {
    for (const container of running) {
      // Where the program never began, what would have begun it.
      process.kill(container.#pid() ?? container.#child.pid, 'SIGKILL');
      await container.ended;
    }
  }

  /** Another program beside it, in a root of the same kind. */
  exec(program) {
    return Container.run({ ...this.#options, port: new URL(this.url).port, program });
  }

  /** Of the program itself, as the kernel tells it. */
  status() {
    const text = readFileSync(`/proc/${this.#pid()}/status`, 'utf8');
    return Object.fromEntries([...text.matchAll(/^(\w+):\t(.*)$/gm)].map(([, name, value]) => [name, value]));
  }

  /** In MiB. */
  residentMb() {
    return Math.round(parseInt(this.status().VmRSS, 10) / 1024);
  }

  /** As `docker stop`: SIGTERM to process 1. @returns its exit code */
  stop() {
    process.kill(this.#pid(), 'SIGTERM');
    return this.ended;
  }

  /** `unshare` forks the one process that becomes the program. */
  #pid() {
    const { pid } = this.#child;
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    return children === '' ? undefined : Number(children);
  }

  log() {
    return this.#output
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line));
  }

  request(key, model, more = {}) {
    return {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
      body: JSON.stringify({ model, messages: [{ role: 'user', content: 'hello' }], ...more }),
    };
  }

  async chat(key, model, more) {
    const response = await fetch(`${this.url}/v1/chat/completions`, this.request(key, model, more));
    return { status: response.status, text: await response.text() };
  }

  async post(key, path, body) {
    const response = await fetch(this.url + path, { ...this.request(key), body: JSON.stringify(body) });
    return { status: response.status, text: await response.text() };
  }
}

async function freePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}
