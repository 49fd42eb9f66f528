import { Agent, fetch } from 'undici';
import { parseSse } from './read-sse.js';

export interface LoadOptions {
  readonly url: string;
  readonly key: string;
  readonly model: string;
  readonly workers: number;
}

/**
 * Clients that send one request after the other, alternating streams and plain calls, until they are stopped.
 * Each has one connection, which is never idle: a connection that is idle for longer than a drain's delay
 * would get `shutting_down`.
 */
export class SteadyLoad {
  succeeded = 0;
  /** The failures, as messages. */
  readonly failures: string[] = [];
  #isOver = false;
  readonly #workers: Promise<void>[];

  constructor(private readonly options: LoadOptions) {
    this.#workers = Array.from({ length: options.workers }, (_, index) => this.#work(index));
  }

  /** Settles when the last calls have ended. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#workers);
  }

  async #work(index: number): Promise<void> {
    const agent = new Agent({ connections: 1, pipelining: 1 });
    for (let turn = index; !this.#isOver; turn++) {
      try {
        await this.#ask(agent, turn % 2 === 0);
        this.succeeded++;
      } catch (error) {
        const { message, cause } = error as Error;
        this.failures.push(`${message} ${String((cause as Error | undefined)?.message ?? '')}`);
      }
    }
    await agent.close();
  }

  async #ask(dispatcher: Agent, isStream: boolean): Promise<void> {
    const { url, key, model } = this.options;
    const response = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
      body: JSON.stringify({ model, stream: isStream, messages: [{ role: 'user', content: 'hi' }] }),
      dispatcher,
      signal: AbortSignal.timeout(15_000),
    });
    if (response.status !== 200) throw new Error(`HTTP ${response.status}: ${await response.text()}`);
    if (!isStream) {
      const { choices } = (await response.json()) as { choices: unknown[] };
      if (choices.length === 0) throw new Error('an answer without choices');
      return;
    }
    const { isDone, error, content } = parseSse(await response.text());
    if (!isDone || error !== undefined || content === '')
      throw new Error(`a broken stream: ${JSON.stringify(error)}`);
  }
}
