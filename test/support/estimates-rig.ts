import { type TestGateway, startGateway, until } from './start-gateway.js';
import {
  type TestUpstream,
  type UpstreamCall,
  beginStream,
  chunkEvent,
  startUpstream,
} from './start-upstream.js';

export const COUNTED_KEY = 'sk-test-counted-key-0002';
export const DONE = 'data: [DONE]\n\n';
export const QUESTION = [{ role: 'user' as const, content: 'Hello there' }];
/** By the tokenizer: "Hello there", a turn, and the beginning of the reply. */
export const QUESTION_TOKENS = 9;
export const EIGHT = ['one ', 'two ', 'three ', 'four ', 'five ', 'six ', 'seven ', 'eight'];

export let service: TestUpstream;
export let gateway: TestGateway;

export const post = (path: string, body: object, signal?: AbortSignal): Promise<Response> =>
  fetch(`${gateway.url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${COUNTED_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal,
  });

/** Makes a call. @returns its line in the log */
export async function lineOf(call: () => Promise<unknown>): Promise<Record<string, unknown>> {
  const lines = (): Record<string, unknown>[] => gateway.log().filter(({ message }) => message === 'request');
  const before = lines().length;
  await call();
  await until(() => lines().length > before);
  return lines().at(-1)!;
}

export const read = async (response: Promise<Response>): Promise<string> =>
  (await response).text().catch(() => 'cut off');

export const chat = (extra: object = {}, model = 'm'): Promise<string> =>
  read(post('/v1/chat/completions', { model, messages: QUESTION, stream: true, ...extra }));

/** What nobody counts: its tokens, by the gateway. */
export const ESTIMATED = { prompt_tokens: QUESTION_TOKENS, completion_tokens: 8, usage_estimated: true };

export const streams =
  (events: string, end: (call: UpstreamCall) => void = ({ res }) => void res.end()) =>
  (call: UpstreamCall): void => {
    beginStream(call.res);
    call.res.write(events, () => end(call));
  };

export const WORDS = EIGHT.map((word) => chunkEvent(word)).join('');
export const cut = ({ res }: UpstreamCall): void => void res.destroy();

export const usageOf = (prompt_tokens: number, completion_tokens: number): string =>
  `data: ${JSON.stringify({ choices: [], usage: { prompt_tokens, completion_tokens } })}\n\n`;

/** For a whole spec: a service, and a gateway whose client has a limit of tokens. */
export function openCountedService(): void {
  beforeAll(async () => {
    service = await startUpstream();
    const base_url = `${service.url}/v1`;
    const retry = { max_retries: 0 };
    gateway = await startGateway({
      auth: {
        api_keys: [{ name: 'counted', key: COUNTED_KEY, limits: { tokens_per_minute: 9_000_000 } }],
      },
      breaker: { enabled: false },
      models: {
        openai: [
          { name: 'm', base_url, retry },
          { name: 'finishing', base_url, retry, on_client_disconnect: 'finish' },
          { name: 'responses', base_url, retry, speaks: ['openai-responses'] },
        ],
        anthropic: [{ name: 'claude', base_url, retry }],
        gemini: [{ name: 'gemini', base_url, retry }],
        request: [
          {
            name: 'mapped',
            base_url,
            retry,
            token: 'x',
            stream: { text: 'data.t' },
            response: { text: 't' },
          },
        ],
      },
    });
  });

  afterAll(async () => {
    await gateway.close();
    await service.close();
  });
}
