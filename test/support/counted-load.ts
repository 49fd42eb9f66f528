import { Agent, fetch } from 'undici';
import { TEST_KEY } from './start-gateway.js';
import {
  type TestUpstream,
  beginStream,
  chunkEvent,
  completion,
  sendJson,
  startUpstream,
} from './start-upstream.js';

/** A call that a client made, by the id of its request. */
export interface CountedCall {
  readonly id: string;
  readonly ms: number;
  /** Of its end, in milliseconds since 1970. */
  readonly endedAt: number;
}

/** A model service that counts what it has reported, by the id of the request. */
export class CountingUpstream {
  readonly tokens = new Map<string, readonly [prompt: number, completion: number]>();

  private constructor(readonly upstream: TestUpstream) {}

  static async start(): Promise<CountingUpstream> {
    const service = new CountingUpstream(await startUpstream());
    let count = 0;
    service.upstream.handle(({ res, headers, body }) => {
      const [prompt, output] = [10 + (count++ % 90), 1 + (count % 7)];
      service.tokens.set(String(headers['x-request-id']), [prompt, output]);
      const usage = { prompt_tokens: prompt, completion_tokens: output, total_tokens: prompt + output };
      if (!body.toString().includes('"stream":true')) {
        sendJson(res, completion('hello', { usage }));
        return;
      }
      beginStream(res);
      res.write(chunkEvent('hello'));
      res.write(chunkEvent('', 'stop'));
      res.end(`data: ${JSON.stringify({ choices: [], usage })}\n\ndata: [DONE]\n\n`);
    });
    return service;
  }

  close(): Promise<void> {
    return this.upstream.close();
  }
}

/** Clients that send one request after the other to some gateways, streams and plain calls, until they are stopped. */
export class CountedLoad {
  readonly calls: CountedCall[] = [];
  readonly failures: string[] = [];
  #isOver = false;
  readonly #clients: Promise<void>[];

  constructor(
    urls: readonly string[],
    clients = 8,
    private readonly pauseMs = 5,
  ) {
    this.#clients = Array.from({ length: clients }, (_, n) => this.#client(urls[n % urls.length]!, n));
  }

  /** Settles when the last calls have ended. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#clients);
  }

  async #client(url: string, n: number): Promise<void> {
    const dispatcher = new Agent({ connections: 1, pipelining: 1 });
    for (let turn = 0; !this.#isOver; turn++) {
      const id = `client-${n}-call-${turn}-${Math.random().toString(36).slice(2)}`;
      const start = performance.now();
      try {
        const response = await fetch(`${url}/v1/chat/completions`, {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            authorization: `Bearer ${TEST_KEY}`,
            'x-request-id': id,
          },
          body: JSON.stringify({
            model: 'chat',
            stream: turn % 2 === 0,
            messages: [{ role: 'user', content: 'hi' }],
          }),
          dispatcher,
          signal: AbortSignal.timeout(20_000),
        });
        await response.text();
        if (response.status === 200)
          this.calls.push({ id, ms: performance.now() - start, endedAt: Date.now() });
        else this.failures.push(`HTTP ${response.status}`);
      } catch (error) {
        this.failures.push(String((error as Error).cause ?? error));
        if (this.#isOver) break;
      }
      await new Promise((resolve) => setTimeout(resolve, this.pauseMs));
    }
    await dispatcher.close();
  }
}

/** The longest time of the fastest 99 % of some calls. */
export function p99(calls: readonly CountedCall[]): number {
  const sorted = calls.map(({ ms }) => ms).toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length * 0.99)]!;
}
