import { randomInt } from 'node:crypto';
import { SANDBOX_KEY, SANDBOX_PASSWORD, SANDBOX_USER } from '../../sandbox/login.js';
import { Sandbox } from '../../sandbox/sandbox.js';
import { type CliArguments } from '../arguments.js';
import { listenError } from '../serving/listen.js';
import { StopSignals } from '../serving/stop-signals.js';

/**
 * Runs the sandbox alone until a signal arrives.
 * @returns exit code
 * @throws CommandError when it cannot listen, ConfigError for an unreadable faults file
 */
export async function runSandbox({
  host = '127.0.0.1',
  port = 0,
  faultsPath,
}: CliArguments): Promise<number> {
  const stop = new StopSignals();
  const script =
    faultsPath === undefined ? undefined : (await import('../gateway/read-faults.js')).readFaults(faultsPath);
  // The seed is printed, so that a random run can be repeated.
  const seed = script?.seed ?? randomInt(2 ** 32);
  const sandbox = await Sandbox.start({ host, port, faults: script?.orders, seed }).catch(
    (error: unknown) => {
      throw listenError(error, host, port);
    },
  );
  process.stdout.write(introduce(sandbox.url));
  if (script !== undefined) {
    const count = script.orders.length;
    process.stdout.write(`\n${count} ${count === 1 ? 'fault' : 'faults'} loaded; seed ${seed}\n`);
  }
  await stop.first;
  await sandbox.close();
  return 0;
}

function introduce(url: string): string {
  return `The sandbox listens on ${url} until Ctrl-C.

  base_url: "${url}/v1"      api_key: "${SANDBOX_KEY}"
  auth_url: "${url}/login"   username: "${SANDBOX_USER}"   password: "${SANDBOX_PASSWORD}"

Try it:

  curl ${url}/v1/chat/completions -H "Authorization: Bearer ${SANDBOX_KEY}" -H "Content-Type: application/json" -d '{"model":"gpt-4","messages":[{"role":"user","content":"你好"}]}'
`;
}
