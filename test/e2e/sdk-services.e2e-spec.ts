import { BAD } from '../fixtures/services/bad-services.js';
import { DEVIATING } from '../fixtures/services/deviating-services.js';
import { GOOD } from '../fixtures/services/good-services.js';
import { type ServiceBehavior } from '../fixtures/services/service-behavior.js';
import { describeWithTool } from '../support/needs-tool.js';
import { type Outcome, PYTHON, SDK_CLIENTS, type SdkCall } from '../support/sdk-clients.js';
import { type TestGateway, SINGLE_ATTEMPTS, startGateway } from '../support/start-gateway.js';
import { type ScriptedService, startScriptedService } from '../support/start-scripted-service.js';

type Name = keyof typeof SDK_CLIENTS;
const BEHAVIORS: readonly ServiceBehavior[] = [...GOOD, ...BAD, ...DEVIATING];

/** Parts of OpenAI's format that an SDK does not read, or reads differently. */
const FOREIGN: Partial<Record<Name, readonly string[]>> = {
  "Vercel's ai": ['deviates: a refusal, and spoken words', 'deviates: a custom tool, whose input is a text'],
  LangChain: ['deviates: a custom tool, whose input is a text'],
};

let service: ScriptedService;
let gateway: TestGateway;
const addresses = new Map<ServiceBehavior, string>();
const addressOf = (behavior: ServiceBehavior): string => addresses.get(behavior)!;

beforeAll(async () => {
  service = await startScriptedService();
  for (const behavior of BEHAVIORS) addresses.set(behavior, service.at(behavior.script));
  const entryOf = (behavior: ServiceBehavior) => ({
    name: behavior.what,
    base_url: addressOf(behavior),
    ...behavior.model,
    ...(behavior.model && { token: 'planted-token' }),
    ...(behavior.isSilent && { timeouts: { idle_seconds: 0.3, total_seconds: 0.6 } }),
  });
  gateway = await startGateway({
    ...SINGLE_ATTEMPTS,
    models: {
      openai: BEHAVIORS.filter(({ model }) => model === undefined).map(entryOf),
      request: BEHAVIORS.filter(({ model }) => model !== undefined).map(entryOf),
    },
  });
});
afterAll(async () => {
  await gateway.close();
  await service.close();
});

const suite = (name: Name) => (): void => {
  const isOpenAi = name.startsWith('OpenAI');
  const forms = isOpenAi ? (['json', 'stream', 'helper'] as const) : (['json', 'stream'] as const);
  const outcomes = new Map<string, Outcome>();
  const requestCounts = new Map<ServiceBehavior, number>();
  const key = (behavior: ServiceBehavior, how: SdkCall['how'], isDirect = false) =>
    `${behavior.what} ${how} ${isDirect}`;

  beforeAll(async () => {
    // The SDKs print what they cannot read.
    for (const method of ['error', 'warn', 'log'] as const) jest.spyOn(console, method).mockReturnValue();
    const calls: [string, SdkCall][] = [];
    const through = (behavior: ServiceBehavior, how: SdkCall['how'], maxRetries = 0): void => {
      const call = { baseURL: `${gateway.url}/v1`, model: behavior.what, how, maxRetries };
      calls.push([key(behavior, how), call]);
    };
    for (const behavior of GOOD) for (const how of forms) through(behavior, how);
    // LangChain and ai decide by the status alone whether to retry.
    for (const behavior of BAD)
      for (const how of forms) through(behavior, how, behavior.isFinal && isOpenAi ? 2 : 0);
    for (const behavior of DEVIATING) {
      through(behavior, 'json');
      through(behavior, 'stream');
      const direct = { baseURL: addressOf(behavior), model: 'm', how: 'stream' } as const;
      calls.push([key(behavior, 'stream', true), direct]);
    }
    const before = new Map(BAD.map((behavior) => [behavior, service.requestCount(addressOf(behavior))]));
    const results = await SDK_CLIENTS[name](calls.map(([, call]) => call));
    for (const [index, [what]] of calls.entries()) outcomes.set(what, results[index]!);
    for (const [behavior, count] of before)
      requestCounts.set(behavior, service.requestCount(addressOf(behavior)) - count);
  }, 120_000);

  it.each(GOOD)('reads the intended reply: $what', (behavior) => {
    for (const how of forms)
      expect({ how, ...outcomes.get(key(behavior, how)) }).toEqual({ how, reading: behavior.meant });
  });

  it.each(BAD)('raises an error: $what', (behavior) => {
    for (const how of forms)
      expect({ how, ...outcomes.get(key(behavior, how)) }).toEqual({
        how,
        error: expect.any(String) as string,
      });
    expect(requestCounts.get(behavior)).toBe(forms.length);
  });

  const known = DEVIATING.filter(({ what }) => !FOREIGN[name]?.includes(what));
  it.each(known)('reads the reply of a stream as JSON: $what', (behavior) => {
    expect(outcomes.get(key(behavior, 'json'))).toEqual(
      behavior.meant ? { reading: behavior.meant } : { error: expect.any(String) as string },
    );
  });

  it.each(DEVIATING.filter(({ meant }) => meant !== undefined))(
    'reads a stream as well as from the service itself: $what',
    (behavior) => {
      const direct = outcomes.get(key(behavior, 'stream', true))!;
      expect(outcomes.get(key(behavior, 'stream'))).toEqual(
        'error' in direct ? { error: expect.any(String) as string } : direct,
      );
    },
  );
};

for (const name of Object.keys(SDK_CLIENTS) as Name[]) {
  if (name === "OpenAI's for Python") describeWithTool(PYTHON, ['-c', 'import openai'], name, suite(name));
  else describe(name, suite(name));
}
