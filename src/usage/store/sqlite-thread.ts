import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { type SqliteFile, type SqliteTask, type TaskReply, type TaskResult } from './sqlite-tasks.js';

interface Waiting {
  readonly resolve: (result: TaskResult) => void;
  readonly reject: (error: Error) => void;
}

type Reply = { readonly id: number } & TaskReply;

/**
 * An SQLite database in a thread of its own, because the library blocks its thread during a query,
 * and for seconds while another process holds the lock of the file. The next task restarts a failed
 * thread.
 */
export class SqliteThread {
  #worker: Worker | undefined;
  readonly #waiting = new Map<number, Waiting>();
  #count = 0;

  constructor(private readonly file: SqliteFile) {}

  /** @throws Error with SQLite's message and `code` */
  run(task: SqliteTask): Promise<TaskResult> {
    const worker = (this.#worker ??= this.#start());
    return new Promise((resolve, reject) => {
      const id = ++this.#count;
      this.#waiting.set(id, { resolve, reject });
      worker.ref();
      worker.postMessage({ id, task });
    });
  }

  /** Lets the library close the file, which removes the additional files. */
  async close(): Promise<void> {
    const worker = this.#worker;
    if (worker === undefined) return;
    await this.run({ close: true }).catch(() => undefined);
    await worker.terminate();
  }

  #start(): Worker {
    const worker = new Worker(workerFile(), { workerData: this.file, env: {}, execArgv: [] });
    worker.on('message', ({ id, ...reply }: Reply) => {
      const waiting = this.#waiting.get(id)!;
      this.#waiting.delete(id);
      // An idle thread must not keep a command running.
      if (this.#waiting.size === 0) worker.unref();
      if ('error' in reply) waiting.reject(Object.assign(new Error(reply.error), { code: reply.code }));
      else waiting.resolve(reply.result);
    });
    let failure: Error | undefined;
    worker.on('error', (error) => (failure = error));
    worker.on('exit', () => {
      if (this.#worker === worker) this.#worker = undefined;
      const waiting = [...this.#waiting.values()];
      this.#waiting.clear();
      for (const { reject } of waiting) reject(failure ?? new Error('the database was closed'));
    });
    return worker;
  }
}

/**
 * Node does not run TypeScript, so the built file is used when running from source, as tests do.
 */
function workerFile(): string {
  const here = fileURLToPath(import.meta.url);
  return here.endsWith('.ts')
    ? resolve(here, '../../../../dist/usage/store/sqlite-worker.js')
    : resolve(here, '../sqlite-worker.js');
}
