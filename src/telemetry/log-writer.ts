import { write, writeSync } from 'node:fs';

/** How long a line may wait for company before it is written. */
const FLUSH_INTERVAL_MS = 100;
const BATCH_CHARACTERS = 65_536;
/** What may wait for a reader that has stopped reading; lines beyond it are dropped, counted, and told of. */
const BACKLOG_CHARACTERS = 16 * 1024 * 1024;
const RETRY_MS = 50;
const LAST_BATCH_MS = 50;

/** What takes batches of lines. */
export interface BatchTarget {
  write(batch: Buffer, done: (error: NodeJS.ErrnoException | null, written: number) => void): void;
  /** At once, at the end of the process. */
  writeSync(batch: Buffer): void;
}

/** A file descriptor, such as standard output. */
class Descriptor implements BatchTarget {
  constructor(private readonly fd: number) {}

  write(batch: Buffer, done: (error: NodeJS.ErrnoException | null, written: number) => void): void {
    write(this.fd, batch, done);
  }

  writeSync(batch: Buffer): void {
    for (let at = 0; at < batch.length;) at += writeSync(this.fd, batch, at);
  }
}

/**
 * Writes lines to a file or a file descriptor, in batches, without making calls wait for their reader.
 * Own code because a line of the log is part of every call: a general writer cost ten times the garbage.
 */
export class LogWriter {
  #lines: string[] = [];
  #length = 0;
  #dropped = 0;
  #timer: NodeJS.Timeout | undefined;
  /** The batch that is on its way. */
  #current: Buffer | undefined;

  readonly #target: BatchTarget;

  constructor(target: BatchTarget | number) {
    this.#target = typeof target === 'number' ? new Descriptor(target) : target;
  }

  /** @param line ends with a line feed */
  write(line: string): void {
    if (this.#length > BACKLOG_CHARACTERS) {
      this.#dropped++;
      return;
    }
    this.#lines.push(line);
    this.#length += line.length;
    if (this.#length >= BATCH_CHARACTERS) this.#writeNext();
    else this.#timer ??= setTimeout(() => this.#writeNext(), FLUSH_INTERVAL_MS).unref();
  }

  /** Writes all that waits, now. For the end of the process; a reader that does not read loses what it did not. */
  flush(): void {
    clearTimeout(this.#timer);
    // The batch that is on its way is written by another thread, which needs a moment and no event loop.
    if (this.#current !== undefined)
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LAST_BATCH_MS);
    try {
      this.#target.writeSync(this.#takeBatch());
    } catch {
      // Nobody reads any more, and there is nowhere else to say so.
    }
  }

  #writeNext(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#current !== undefined || this.#length === 0) return;
    this.#send(this.#takeBatch());
  }

  #send(batch: Buffer): void {
    this.#current = batch;
    this.#target.write(batch, (error, written) => {
      if (error?.code === 'EAGAIN') {
        setTimeout(() => this.#send(batch), RETRY_MS).unref();
        return;
      }
      this.#current = undefined;
      if (error === null && written < batch.length) this.#send(batch.subarray(written));
      else this.#writeNext();
    });
  }

  #takeBatch(): Buffer {
    if (this.#dropped > 0) {
      this.#lines.push(
        `${JSON.stringify({ level: 'warn', message: 'log lines dropped', count: this.#dropped })}\n`,
      );
      this.#dropped = 0;
    }
    const batch = Buffer.from(this.#lines.join(''));
    this.#lines = [];
    this.#length = 0;
    return batch;
  }
}
