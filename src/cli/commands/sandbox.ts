import { SANDBOX_KEY, SANDBOX_PASSWORD, SANDBOX_USER } from '../../sandbox/login.js';
import { Sandbox } from '../../sandbox/sandbox.js';
import { type CliArguments } from '../arguments.js';
import { listenError } from '../serving/listen.js';
import { StopSignals } from '../serving/stop-signals.js';

/** Runs the sandbox by itself until a signal comes. @returns exit code @throws CommandError when it cannot listen */
export async function runSandbox({ host = '127.0.0.1', port = 0 }: CliArguments): Promise<number> {
  const stop = new StopSignals();
  const sandbox = await Sandbox.start({ host, port }).catch((error: unknown) => {
    throw listenError(error, host, port);
  });
  process.stdout.write(introduce(sandbox.url));
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
