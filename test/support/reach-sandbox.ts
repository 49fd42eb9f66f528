import dns from 'node:dns';
import { type AddressInfo, type Server, isIP } from 'node:net';
import { Sandbox } from '../../src/sandbox/sandbox.js';
import { type TestProxy, type TestProxyOptions, startForwardProxy, toLoopback } from './forward-proxy.js';
import { readSse } from './read-sse.js';
import { type TestGateway, startGateway, SINGLE_ATTEMPTS } from './start-gateway.js';

/** Contains characters that a URL must encode. */
export const PROXY_PASSWORD = 'proxy-passw0rd&%';
/** A name that only a proxy can resolve. */
export const INTERNAL = 'model.internal.test';

/** The service to be reached. */
export let sandbox: Sandbox;
/** Its port. */
export let sandboxPort: string;
/** The names that this process tried to resolve. */
export let lookedUp: Set<string>;
/** What a test has opened in addition to the sandbox. */
export let opened: { close(): unknown }[];

/** For a whole spec: a sandbox for each test, and no name ever resolved outside. */
export function openSandbox(): void {
  beforeEach(async () => {
    opened = [];
    lookedUp = new Set();
    // No name may reach a resolver.
    jest.spyOn(dns, 'lookup').mockImplementation(((name: string, ...rest: [never, never]) => {
      if (isIP(name) > 0 || name === 'localhost') return toLoopback(name, ...rest);
      lookedUp.add(name);
      const callback = rest.find((each) => typeof each === 'function') as unknown as (error: Error) => void;
      callback(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }));
    }) as unknown as typeof dns.lookup);
    sandbox = await Sandbox.start({ chunkDelayMs: 0 });
    sandboxPort = new URL(sandbox.url).port;
  });
  afterEach(async () => {
    for (const each of opened.toReversed()) await each.close();
    await sandbox.close();
  });
}

/** Closed after the test. */
export async function startProxy(options?: TestProxyOptions): Promise<TestProxy> {
  const proxy = await startForwardProxy(options);
  opened.push(proxy);
  return proxy;
}

/** A gateway with one model of each type at the same address, with the same settings. */
export async function startWith(
  address: string,
  settings: Record<string, unknown> = {},
  env: NodeJS.ProcessEnv = {},
  timeouts: Record<string, unknown> = {},
): Promise<TestGateway> {
  const login = { auth_url: `${address}/login`, username: 'demo', password: 'demo-password' };
  const gateway = await startGateway(
    {
      ...SINGLE_ATTEMPTS,
      server: { debug: true },
      timeouts,
      models: {
        openai: [{ name: 'open', base_url: `${address}/v1`, api_key: 'sandbox-key', ...settings }],
        request: [{ name: 'closed', base_url: `${address}/v1`, ...login, ...settings }],
      },
    },
    env,
  );
  opened.push(gateway);
  return gateway;
}

/** A chat. */
export const ask = (gateway: TestGateway, model: string, stream = false) =>
  gateway.chat({ model, stream, messages: [{ role: 'user', content: 'hi' }] });

function test(gateway: TestGateway, model: string): Promise<Response> {
  return fetch(`${gateway.url}/v1/models/${model}/test`, {
    method: 'POST',
    headers: { authorization: 'Bearer sk-test-caller-key-0001' },
  });
}

/** Chat, stream and model test of both types, and with that the login: six calls to models, one login. */
export async function expectEverythingWorks(gateway: TestGateway): Promise<void> {
  for (const model of ['open', 'closed']) {
    const answer = await ask(gateway, model);
    expect(await answer.text()).toContain('pretend model');
    expect(answer.status).toBe(200);
    const stream = await readSse(await ask(gateway, model, true));
    expect(stream.content).toContain('pretend model');
    expect(stream.isDone).toBe(true);
    expect(await (await test(gateway, model)).json()).toMatchObject({ status: 'available' });
  }
  expect(sandbox.loginCount).toBe(1);
  expect(sandbox.chatCount).toBe(6);
}

/** Chat, stream, model test and login fail in the same way. @returns the messages */
export async function expectNothingWorks(
  gateway: TestGateway,
  code = 'upstream_unreachable',
): Promise<string> {
  const errors: { message: string; code: string }[] = [];
  for (const stream of [false, true]) {
    const answer = await ask(gateway, 'open', stream);
    expect(answer.status).toBe(500);
    errors.push(((await answer.json()) as { error: (typeof errors)[0] }).error);
  }
  const tested = (await (await test(gateway, 'open')).json()) as {
    status: string;
    error: (typeof errors)[0];
  };
  expect(tested.status).toBe('unavailable');
  errors.push(tested.error);
  expect(errors.map((error) => error.code)).toEqual([code, code, code]);

  const login = await ask(gateway, 'closed');
  expect(login.status).toBe(500);
  const { error } = (await login.json()) as { error: (typeof errors)[0] };
  expect(error.code).toBe('upstream_login_failed');
  expect(sandbox.requests).toHaveLength(0);
  return [...errors, error].map(({ message }) => message).join('\n');
}

/** Listens on a free port. @returns the port */
export async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
