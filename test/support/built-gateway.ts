import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** The built gateway in a process of its own, as users start it. */
export interface BuiltGateway {
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Starts `dist/main.js` on a free port. Only the build has what Nest's Swagger plugin adds to the DTO files,
 * so tests of the OpenAPI document need this gateway.
 * @param configPath default: the configuration that comes with the gateway
 */
export async function startBuiltGateway(configPath?: string): Promise<BuiltGateway> {
  // A copy, because the database for usage lies beside the configuration.
  const folder = mkdtempSync(join(tmpdir(), 'built-gateway-'));
  const path = configPath ?? join(folder, 'models.yaml');
  if (configPath === undefined) copyFileSync('config/models.yaml', path);
  const gateway = spawn(
    process.execPath,
    ['dist/main.js', '--host', '127.0.0.1', '--port', '0', '--config', path],
    { env: { PATH: process.env['PATH'] }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const closed = once(gateway, 'close');
  let output = '';
  gateway.stderr.on('data', (text: Buffer) => (output += text.toString()));
  for await (const line of createInterface(gateway.stdout)) {
    output += `${line}\n`;
    const url = /"message":"listening","url":"([^"]+)"/.exec(line)?.[1];
    if (url === undefined) continue;
    gateway.stdout.resume();
    return {
      url,
      stop: async () => {
        gateway.kill('SIGTERM');
        await closed;
        rmSync(folder, { recursive: true });
      },
    };
  }
  throw new Error(`The built gateway did not start:\n${output}`);
}
