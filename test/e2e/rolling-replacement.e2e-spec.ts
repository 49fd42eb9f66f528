import { CLI_KEY, CliProcess, ConfigFolder, freePort, poll } from '../support/cli-process.js';
import { SteadyLoad } from '../support/steady-load.js';
import { ReadinessBalancer } from '../support/readiness-balancer.js';

jest.setTimeout(180_000);

const POLL_MS = 100;
const REPLICAS = 3;

let folder: ConfigFolder;
let balancer: ReadinessBalancer;

beforeEach(() => {
  folder = new ConfigFolder().write({
    server: { host: '127.0.0.1', shutdown_delay_seconds: 1, shutdown_grace_seconds: 10 },
    models: { openai: [{ name: 'm', base_url: 'sandbox:/v1', api_key: 'sandbox-key' }] },
  });
});
afterEach(async () => {
  await balancer.close();
  await CliProcess.endAll();
  folder.remove();
});

it('replaces three replicas behind a balancer, one after the other, without a failed call', async () => {
  const start = (port: number): CliProcess =>
    new CliProcess(['--config', folder.file, '--port', String(port)]);
  const ports: number[] = [];
  while (ports.length < REPLICAS) ports.push(await freePort());
  const replicas = ports.map(start);
  balancer = await ReadinessBalancer.start(ports, POLL_MS);
  await poll(() => ports.every((port) => balancer.isReady(port)), 30_000);

  const load = new SteadyLoad({ url: balancer.url, key: CLI_KEY, model: 'm', workers: 12 });
  await poll(() => load.succeeded >= 50);
  for (const [index, port] of ports.entries()) {
    const before = load.succeeded;
    replicas[index]!.kill('SIGTERM');
    expect(await replicas[index]!.ended(30_000)).toMatchObject({ code: 0, signal: null });
    replicas[index] = start(port);
    await poll(() => balancer.isReady(port), 30_000);
    await poll(() => load.succeeded >= before + 50);
  }
  await load.stop();
  expect(load.failures).toEqual([]);
  expect(replicas.map((replica) => replica.result)).toEqual([undefined, undefined, undefined]);
});
