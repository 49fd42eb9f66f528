import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from './otlp-receiver.js';
import { type TestGateway, startGateway, until } from './start-gateway.js';
import { type TestUpstream, startUpstream } from './start-upstream.js';

export const SERVER = 2;
export const CLIENT = 3;
export const ERROR = 2;
export const messages = [{ role: 'user', content: 'planted prompt' }];
export const CALLER_TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
export const CALLER_SPAN = '00f067aa0ba902b7';

export let upstream: TestUpstream;
export let collector: OtlpReceiver;
export let gateway: TestGateway | undefined;

export async function start(env: Record<string, string> = {}): Promise<TestGateway> {
  const base_url = upstream.url;
  gateway = await startGateway(
    {
      models: {
        openai: [{ name: 'm', base_url, api_key: 'planted-api-key' }],
        request: [
          {
            name: 'in-house',
            base_url,
            auth_url: `${base_url}/auth`,
            username: 'u',
            password: 'planted-password',
          },
        ],
      },
    },
    {
      OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.url}/`,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_BSP_SCHEDULE_DELAY: '20',
      ...env,
    },
  );
  return gateway;
}

export async function spans(count: number): Promise<ReceivedSpan[]> {
  await until(() => collector.spans().length >= count, `${count} spans`);
  expect(collector.spans()).toHaveLength(count);
  return collector.spans();
}

export const ofKind = (all: readonly ReceivedSpan[], kind: number): ReceivedSpan[] =>
  all
    .filter((span) => span.kind === kind)
    .sort((a, b) => (a.startTimeUnixNano < b.startTimeUnixNano ? -1 : 1));

export async function stop(): Promise<void> {
  await gateway?.close();
  gateway = undefined;
}

/** For a whole spec: a service, and a collector that is new for each test. */
export function openTracing(): void {
  beforeAll(async () => (upstream = await startUpstream()));
  afterAll(() => upstream.close());
  beforeEach(async () => (collector = await startOtlpReceiver()));
  afterEach(async () => {
    await gateway?.close();
    gateway = undefined;
    await collector.close();
  });
}
