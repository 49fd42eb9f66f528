import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';

/**
 * The code of a thread that counts tokens. It splits text into pieces first, because the
 * tokenizer's time grows with the square of the length of an unbroken word, and a page of Chinese
 * without punctuation is one word. A thread runs it, because building its table takes a second.
 */
const WORKER = `
const { parentPort, workerData } = require('node:worker_threads');
const { Tiktoken } = require(workerData.library);
const tokenizer = new Tiktoken(require(workerData.ranks));
parentPort.on('message', ({ id, texts }) => {
  const counts = texts.map((text) =>
    (text.match(/[^]{1,32}(?=\\s|$)|[^]{1,32}/g) ?? [])
      .reduce((count, piece) => count + tokenizer.encode(piece, [], []).length, 0));
  parentPort.postMessage({ id, counts });
});`;

/**
 * After the thread has failed, for example for lack of memory, it is restarted only after this
 * time; until then, counts are estimated from lengths.
 */
const RESTART_MS = 10_000;
/** Maximum number of waiting texts; counts of further ones are estimated from their lengths. */
const MAX_WAITING = 50;

/** Counts tokens with o200k_base. Few in-house models use it, so the counts are estimates. */
@Injectable()
export class TokenCounter implements OnApplicationShutdown {
  readonly #log = new Logger(TokenCounter.name);
  readonly #waiting = new Map<number, (counts?: readonly number[]) => void>();
  #worker: Worker | undefined;
  #isShutDown = false;
  #restartsAt = 0;
  #nextId = 0;

  /** Starts the thread, which builds its table while an upstream is still working. */
  warm(): void {
    if (this.#worker !== undefined || this.#isShutDown || performance.now() < this.#restartsAt) return;
    try {
      this.#worker = this.#start();
    } catch (error) {
      this.#onFailure(error as Error);
    }
  }

  async count(texts: readonly string[]): Promise<readonly number[]> {
    this.warm();
    const worker = this.#worker;
    if (worker === undefined || this.#waiting.size >= MAX_WAITING) return texts.map(guessTokens);
    return new Promise((resolve) => {
      const id = this.#nextId++;
      this.#waiting.set(id, (counts = texts.map(guessTokens)) => resolve(counts));
      worker.ref();
      worker.postMessage({ id, texts });
    });
  }

  async onApplicationShutdown(): Promise<void> {
    const worker = this.#worker;
    this.#isShutDown = true;
    this.#end();
    await worker?.terminate();
  }

  protected createWorker(): Worker {
    const { resolve } = createRequire(import.meta.url);
    return new Worker(WORKER, {
      eval: true,
      workerData: {
        library: resolve('js-tiktoken/lite'),
        ranks: resolve('js-tiktoken/ranks/o200k_base'),
      },
    });
  }

  #start(): Worker {
    const worker = this.createWorker();
    worker.on('message', ({ id, counts }: { id: number; counts: readonly number[] }) => {
      this.#waiting.get(id)?.(counts);
      this.#waiting.delete(id);
      if (this.#waiting.size === 0) worker.unref();
    });
    worker.once('error', (error) => this.#onFailure(error));
    worker.unref();
    return worker;
  }

  #onFailure(error: Error): void {
    this.#restartsAt = performance.now() + RESTART_MS;
    this.#log.error({ message: 'token counter failed', error_name: error.name });
    this.#end();
  }

  #end(): void {
    this.#worker = undefined;
    for (const resolve of this.#waiting.values()) resolve();
    this.#waiting.clear();
  }
}

/** One token is about four characters of Western text, or about one and a half of other text. */
export function guessTokens(text: string): number {
  let others = 0;
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) >= 0x0300) others++;
  return Math.ceil((text.length - others) / 4 + others / 1.5);
}
