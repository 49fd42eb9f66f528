import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { poll } from './cli-process.js';
import { freePort } from './redis-server.js';

/** Debian installs it where only root's path leads. */
export const NGINX = process.env['NGINX'] ?? '/usr/sbin/nginx';

const SITE = join(import.meta.dirname, '..', '..', 'deploy', 'nginx', 'llm-gateway.conf');

/** A real nginx on a free loopback port, with the documented site. */
export interface TestNginx {
  readonly url: string;
  /** Bodies and responses that it buffers on disk. */
  bufferedFiles(): string[];
  close(): Promise<void>;
}

/** @param gatewayUrl target of the site's upstream, instead of port 8000 */
export function startNginx(gatewayUrl: string): Promise<TestNginx> {
  const site = readFileSync(SITE, 'utf8').replace(
    'server 127.0.0.1:8000;',
    `server ${new URL(gatewayUrl).host};`,
  );
  return startSite(site.replace('listen 80;', 'listen PORT;'));
}

/** @param site with `listen PORT;` */
export async function startSite(site: string): Promise<TestNginx> {
  const folder = mkdtempSync(join(tmpdir(), 'nginx-test-'));
  const port = await freePort();
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  for (const kind of temporary) mkdirSync(join(folder, kind));
  writeFileSync(join(folder, 'site.conf'), site.replace('listen PORT;', `listen 127.0.0.1:${port};`));
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off; worker_processes 1; pid ${folder}/pid; error_log ${folder}/error.log; events {}
     ${process.getuid?.() === 0 ? 'user root;' : ''}
     http { access_log off; ${temporary.map((kind) => `${kind}_temp_path ${folder}/${kind};`).join(' ')}
     include ${folder}/site.conf; }`,
  );
  const child = spawn(NGINX, ['-c', join(folder, 'nginx.conf'), '-e', join(folder, 'error.log')], {
    stdio: 'ignore',
  });
  const ended = once(child, 'exit');
  await poll(async () => child.exitCode !== null || (await listens(port)));
  if (child.exitCode !== null) {
    throw new Error(`nginx did not start: ${readFileSync(join(folder, 'error.log'), 'utf8')}`);
  }
  return {
    url: `http://127.0.0.1:${port}`,
    bufferedFiles: () => temporary.flatMap((kind) => readdirSync(join(folder, kind))),
    close: async () => {
      child.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
