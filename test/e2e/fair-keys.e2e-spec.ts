import { ModelRegistry } from '../../src/catalog/model-registry.js';
import { ModelAvailability } from '../../src/telemetry/availability/model-availability.js';
import { type ModelState } from '../../src/telemetry/availability/model-state.js';
import { type UpstreamCall, beginStream, chunkEvent } from '../support/start-upstream.js';
import { startGateway, until } from '../support/start-gateway.js';
import {
  type Handler,
  a,
  gateway,
  ok,
  openTwoServices,
  single,
  start,
  stateOf,
  status,
  wordsOf,
} from '../support/two-services.js';

openTwoServices();

const KEYS = {
  alice: 'sk-test-key-of-alice-01',
  bob: 'sk-test-key-of-bob-0001',
  carol: 'sk-test-key-of-carol-1',
};
type Name = keyof typeof KEYS;

const AUTH = {
  auth: {
    api_keys: Object.entries(KEYS).map(([name, key]) => ({ name, key })),
  },
};
const BREAKER = { min_requests: 4, window_seconds: 30, open_seconds: 60 };
const NO_RETRY = { retry: { max_retries: 0 } };

const ask = (
  name: Name,
  content = 'hi',
  more: Record<string, unknown> = {},
  model = 'm',
): Promise<Response> =>
  gateway!.chat({ model, messages: [{ role: 'user', content }], ...more }, { key: KEYS[name] });
const words = async (name: Name, content?: string): Promise<string> => wordsOf(await ask(name, content));
const stateOfModel = (model = 'm'): ModelState =>
  gateway!.app.get(ModelAvailability).of(model).verdict(Date.now()).state;

/** Fails for those who ask for it. */
const poisoned =
  (failure: Handler): Handler =>
  (call) =>
    (call.body.toString().includes('poison') ? failure : ok('well'))(call);

const FAILURES: [string, Handler][] = [
  ['500', status(500)],
  ['503', status(503)],
  ['an error under 200', status(200, {}, { error: { message: 'went wrong' } })],
  [
    'an unreadable response',
    ({ res }) => void res.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
  ],
  [
    'an error event at the start of a stream',
    ({ res }) => {
      beginStream(res);
      res.end('data: {"error":{"message":"went wrong"}}\n\n');
    },
  ],
  [
    'an error event half way',
    ({ res }) => {
      beginStream(res);
      res.end(`${chunkEvent('some')}data: {"error":{"message":"went wrong"}}\n\n`);
    },
  ],
];

describe('failures that follow one key', () => {
  it.each(FAILURES)('close a model to that key only: %s', async (kind, failure) => {
    const more = { stream: kind.includes('event') };
    await single({ breaker: BREAKER, ...NO_RETRY }, AUTH);
    a.handle(poisoned(failure));
    for (let count = 0; count < 3; count++) expect(await words('bob')).toBe('well');
    let refused: Response | undefined;
    for (let count = 0; count < 30; count++) {
      const response = await ask('alice', 'poison', more);
      if ((await response.clone().text()).includes('circuit_open')) refused ??= response;
      if (count % 5 === 0) expect(await words('bob')).toBe('well');
    }
    expect(refused?.status).toBe(500);
    expect(refused?.headers.get('retry-after')).not.toBeNull();
    expect(((await refused!.json()) as { error: { message: string } }).error.message).toContain('this key');
    expect([await words('bob'), await words('carol')]).toEqual(['well', 'well']);
    expect([stateOf('deployment-1'), stateOfModel()]).toEqual(['closed', 'ok']);
    const health = (await (await gateway!.get('/v1/health/models', { key: KEYS.bob })).json()) as {
      data: [{ status: string; deployments: [unknown] }];
    };
    expect(health.data[0]).toMatchObject({
      status: 'available',
      deployments: [{ breaker: 'closed', closed_to_keys: 1 }],
    });
    expect(JSON.stringify(health)).not.toContain('alice');
    expect(gateway!.log()).toContainEqual(
      expect.objectContaining({ message: 'circuit breaker opened', model: 'm', client: 'alice' }),
    );
    const metrics = await (await gateway!.get('/metrics', { key: KEYS.bob })).text();
    expect(metrics).toContain('llm_gateway_breaker_closed_keys{model="m",deployment="deployment-1"} 1');
  });

  it('open a model for all when several keys meet them', async () => {
    await single({ breaker: BREAKER, ...NO_RETRY }, AUTH);
    a.handle(status(500));
    for (let count = 0; count < 2; count++) {
      expect(await words('alice')).toBe('error upstream_error');
      expect(await words('bob')).toBe('error upstream_error');
    }
    expect(await words('carol')).toBe('error circuit_open');
    expect(stateOfModel()).toBe('failing');
  });

  it('open a model for all when only one key called', async () => {
    await single({ breaker: BREAKER, ...NO_RETRY }, AUTH);
    a.handle(status(500));
    for (let count = 0; count < 4; count++) expect(await words('alice')).toBe('error upstream_error');
    expect(await words('bob')).toBe('error circuit_open');
    expect(stateOfModel()).toBe('failing');
  });

  it('open a model for all when they are network errors', async () => {
    await single({ breaker: BREAKER, ...NO_RETRY }, AUTH);
    a.handle(poisoned(({ res }) => void res.destroy()));
    for (let count = 0; count < 3; count++) expect(await words('bob')).toBe('well');
    for (let count = 0; count < 5; count++) await (await ask('alice', 'poison')).text();
    expect(await words('bob')).toBe('error circuit_open');
  });

  it('close each deployment to that key alone', async () => {
    await start({ breaker: BREAKER, retry: { max_retries: 1 } }, AUTH);
    a.handle(poisoned(status(500)));
    for (let count = 0; count < 3; count++) expect(await words('bob')).toBe('well');
    for (let count = 0; count < 10; count++) await (await ask('alice', 'poison')).text();
    expect([stateOf('a'), stateOf('b')]).toEqual(['closed', 'closed']);
    expect(await words('bob')).toBe('well');
  });

  it('do not affect the retries of others', async () => {
    await single(
      { breaker: { enabled: false }, retry: { max_retries: 2 } },
      { ...AUTH, retry: { budget_percent: 0 } },
    );
    a.handle(poisoned(status(500)));
    expect(await words('bob')).toBe('well');
    for (let count = 0; count < 30; count++) await (await ask('alice', 'poison')).text();
    let failures = 1;
    a.handle((call) => (failures-- > 0 ? status(503) : ok('again'))(call));
    expect(await words('bob')).toBe('again');
  });
});

describe('slots of a model', () => {
  const limits = { max_concurrent: 1, max_queued: 3 };

  it('go to the keys in turn, and a key that fills the queue makes room for another', async () => {
    await single({ limits, ...NO_RETRY }, AUTH);
    const held: UpstreamCall[] = [];
    a.handle((call) => void held.push(call));
    const limit = gateway!.app.get(ModelRegistry).get('m').limit;
    const order: string[] = [];
    const call = async (name: Name): Promise<void> => void order.push(`${name} ${await words(name)}`);
    const calls = [call('alice')];
    await until(() => held.length === 1);
    for (let count = 1; count <= 3; count++) {
      calls.push(call('alice'));
      await until(() => limit.queued === count);
    }
    calls.push(call('bob'));
    await until(() => order.length === 1);
    expect(order).toEqual(['alice error queue_full']);
    for (let count = 1; count <= 4; count++) {
      ok('well')(held.at(-1)!);
      await until(() => order.length === count + 1);
      if (count < 4) await until(() => held.length === count + 1);
    }
    await Promise.all(calls);
    expect(order.slice(1)).toEqual(['alice well', 'bob well', 'alice well', 'alice well']);
  });

  it('are not all held by the unread streams of one key', async () => {
    await single({ limits: { max_concurrent: 2, max_queue_seconds: 1 }, ...NO_RETRY }, AUTH);
    expect(await words('bob')).toBe('a');
    a.handle((call) => {
      if (!call.body.toString().includes('"stream":true')) return ok('well')(call);
      beginStream(call.res);
      call.res.write(chunkEvent('x'.repeat(4_000_000)));
    });
    const unread = [1, 2, 3].map(() => ask('alice', 'hi', { stream: true }));
    const limit = gateway!.app.get(ModelRegistry).get('m').limit;
    await until(() => limit.queued === 2);
    expect(await words('bob')).toBe('well');
    expect(await words('carol')).toBe('well');
    for (const response of await Promise.all(unread)) await response.body?.cancel();
  });
});

describe('the only slot of a model', () => {
  it('goes from a stream that is not read to the key that waits, long before idle_seconds', async () => {
    await single({ limits: { max_concurrent: 1 }, ...NO_RETRY }, AUTH);
    a.handle((call) => {
      if (!call.body.toString().includes('"stream":true')) return ok('well')(call);
      beginStream(call.res);
      call.res.write(chunkEvent('x'.repeat(8_000_000)));
    });
    const limit = gateway!.app.get(ModelRegistry).get('m').limit;
    const unread = ask('alice', 'hi', { stream: true });
    await until(() => limit.running === 1);
    expect(await words('bob')).toBe('well');
    const [line] = gateway!.log().filter(({ error }) => error === 'client_read_timeout');
    expect(line).toMatchObject({ client: 'alice', status: 499 });
    await (await unread).body?.cancel();
  });

  it('stays with a stream that is not read while no other call waits', async () => {
    await single({ limits: { max_concurrent: 1, max_queue_seconds: 3 }, ...NO_RETRY }, AUTH);
    a.handle((call) => {
      beginStream(call.res);
      call.res.write(chunkEvent('x'.repeat(8_000_000)));
    });
    const limit = gateway!.app.get(ModelRegistry).get('m').limit;
    const unread = ask('alice', 'hi', { stream: true });
    await until(() => limit.running === 1);
    expect(await words('alice')).toBe('error queue_full');
    expect(limit.running).toBe(1);
    await (await unread).body?.cancel();
  });
});

describe('requests that no mapping can take', () => {
  it('say nothing about the health of the model', async () => {
    const mapped = await startGateway({
      ...AUTH,
      models: {
        request: [
          {
            name: 'mapped',
            base_url: a.url,
            token: 'a-fixed-token-of-service',
            request: { body: '{ "n": $number(messages[0].content) }' },
            breaker: BREAKER,
          },
        ],
      },
    });
    try {
      for (let count = 0; count < 30; count++) {
        const response = await mapped.chat(
          { model: 'mapped', messages: [{ role: 'user', content: 'no number' }] },
          { key: KEYS.alice },
        );
        expect(await wordsOf(response)).toBe('error mapping_failed');
      }
      expect(mapped.app.get(ModelAvailability).of('mapped').verdict(Date.now()).state).toBe('never_seen');
      const fine = await mapped.chat(
        { model: 'mapped', messages: [{ role: 'user', content: '7' }] },
        { key: KEYS.bob },
      );
      expect(fine.status).toBe(200);
    } finally {
      await mapped.close();
    }
  });
});
