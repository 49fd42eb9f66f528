import { type TestGateway, TEST_KEY, startGateway, until } from './start-gateway.js';
import { type TestUpstream, beginStream, chunkEvent, startUpstream } from './start-upstream.js';

export const COUNTED_KEY = 'sk-test-counted-key-0002';
export const USAGE =
  'data: {"id":"c","object":"chat.completion.chunk","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}\n\n';
export const DONE = 'data: [DONE]\n\n';
export const WORDS = chunkEvent('Hi ') + chunkEvent('you');
export const REPLY = WORDS + chunkEvent('', 'stop');
export const QUESTION = [{ role: 'user' as const, content: 'Hello there' }];

export let service: TestUpstream;
export let gateway: TestGateway | undefined;

export async function start(model: Record<string, unknown> = {}, type = 'openai'): Promise<void> {
  gateway = await startGateway({
    auth: {
      api_keys: [
        { name: 'free', key: TEST_KEY },
        { name: 'counted', key: COUNTED_KEY, limits: { tokens_per_minute: 1_000_000 } },
      ],
    },
    retry: { backoff_seconds: 0.001 },
    models: { [type]: [{ name: 'm', base_url: `${service.url}/v1`, model_name: 'theirs', ...model }] },
  });
}

/** A service that counts a stream if it is asked, as OpenAI's does. */
export function counts(): void {
  service.handle(({ res, body }) => {
    beginStream(res);
    res.end(REPLY + (asked(body) ? USAGE : '') + DONE);
  });
}

export const asked = (body: Buffer): boolean => {
  const { stream_options: options } = JSON.parse(body.toString()) as {
    stream_options?: { include_usage?: boolean };
  };
  return options?.include_usage === true;
};

export async function stream(extra: Record<string, unknown> = {}, key = TEST_KEY): Promise<string> {
  const response = await gateway!.chat({ model: 'm', messages: QUESTION, stream: true, ...extra }, { key });
  return response.text();
}

export async function lastLine(): Promise<Record<string, unknown>> {
  const lines = (): Record<string, unknown>[] =>
    gateway!.log().filter(({ message }) => message === 'request');
  await until(() => lines().length > 0 && gateway!.running.count === 0);
  return lines().at(-1)!;
}

/** For a whole spec: a service before each test, which closes after it with the gateway that was started. */
export function openCountingService(): void {
  beforeEach(async () => {
    service = await startUpstream();
  });

  afterEach(async () => {
    await gateway?.close();
    gateway = undefined;
    await service.close();
  });
}
