import { ModelRegistry } from '../../src/catalog/model-registry.js';
import { type BreakerState } from '../../src/routing/breaker/circuit-breaker.js';
import { type LogLine, type TestConfig, type TestGateway, startGateway } from './start-gateway.js';
import {
  type TestUpstream,
  type UpstreamCall,
  beginStream,
  chunkEvent,
  completion,
  sendJson,
  startUpstream,
} from './start-upstream.js';

/** Handles every call to a service. */
export type Handler = (call: UpstreamCall) => unknown;

/** Two services that respond with their names, new for each test. */
export let a: TestUpstream;
export let b: TestUpstream;
/** What the test has started. */
export let gateway: TestGateway | undefined;

/** For a whole spec: both services open before each test, everything closes after it. */
export function openTwoServices(): void {
  beforeEach(async () => {
    a = await startUpstream(ok('a'));
    b = await startUpstream(ok('b'));
  });
  afterEach(async () => {
    await gateway?.close();
    gateway = undefined;
    await Promise.all([a.close(), b.close()]);
  });
}

const QUICK = { backoff_seconds: 0.001, max_backoff_seconds: 0.01 };

/** Responds with its name, as a stream if one is requested. */
export function ok(name: string): Handler {
  return ({ res, body }) => {
    if (!body.toString().includes('"stream":true')) sendJson(res, completion(name));
    else {
      beginStream(res);
      res.end(`${chunkEvent(name)}${chunkEvent('', 'stop')}data: [DONE]\n\n`);
    }
  };
}

/** Responds with a status. */
export const status = (
  code: number,
  headers: Record<string, string> = {},
  body: unknown = { error: {} },
): Handler => {
  return ({ res }) => {
    res.writeHead(code, { 'content-type': 'application/json', ...headers });
    res.end(JSON.stringify(body));
  };
};

/** Two deployments behind `m`, the first one preferred. */
export async function start(
  model: Record<string, unknown> = {},
  content: Partial<TestConfig> = {},
  more: Record<string, unknown>[] = [],
): Promise<TestGateway> {
  gateway = await startGateway({
    ...content,
    retry: { ...QUICK, ...content.retry },
    models: {
      openai: [
        {
          name: 'm',
          deployments: [
            { name: 'a', base_url: a.url },
            { name: 'b', base_url: b.url, weight: 0 },
          ],
          ...model,
        },
        ...more,
      ],
    },
  });
  return gateway;
}

/** One deployment only. */
export const single = (
  model: Record<string, unknown> = {},
  content: Partial<TestConfig> = {},
  more = [] as Record<string, unknown>[],
) => start({ deployments: undefined, base_url: a.url, ...model }, content, more);

/** A chat with `m`. */
export const ask = (extra: Record<string, unknown> = {}, signal?: AbortSignal) =>
  gateway!.chat({ model: 'm', messages: [{ role: 'user', content: 'hi' }], ...extra }, { signal });

/** The text of the reply, or the code of the error. */
export async function wordsOf(response: Response): Promise<string> {
  const body = (await response.json()) as {
    choices?: [{ message: { content: string } }];
    error?: { code: string };
  };
  return body.choices?.[0].message.content ?? `error ${body.error?.code}`;
}

/** As reported by `/v1/health/models`. */
export const stateOf = (deployment: string): BreakerState =>
  gateway!.app
    .get(ModelRegistry)
    .get('m')
    .deployments.find(({ name }) => name === deployment)!
    .state.breaker.state(performance.now());

/** The last line of the access log. */
export const lastLine = (): LogLine => gateway!.log().findLast(({ message }) => message === 'request')!;
