import { write, writeSync } from 'node:fs';

/** How long a line may wait for its batch. */
const FLUSH_INTERVAL_MS = 100;
const BATCH_CHARACTERS = 65_536;
/** Maximum backlog for a stalled reader; lines beyond it are dropped, counted and reported. */
const BACKLOG_CHARACTERS = 16 * 1024 * 1024;
const RETRY_MS = 50;
const LAST_BATCH_MS = 50;

/** A destination for batches of lines. */
export interface BatchTarget {
  write(batch: Buffer, done: (error: NodeJS.ErrnoException | null, written: number) => void): void;
  /** Writes synchronously, at the end of the process. */
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
 * Writes lines to a file or a file descriptor in batches, so that calls never wait for the reader.
 * Custom because every call logs a line, and a general-purpose writer produced ten times the
 * garbage.
 */
export class LogWriter {
  #lines: string[] = [];
  #length = 0;
  #dropped = 0;
  #timer: NodeJS.Timeout | undefined;
  /** The batch being written. */
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

  /** Writes all pending lines now, for the end of the process; a stalled reader loses the rest. */
  flush(): void {
    clearTimeout(this.#timer);
    // Another thread is writing the current batch; it needs a moment, but no event loop.
    if (this.#current !== undefined)
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LAST_BATCH_MS);
    try {
      this.#target.writeSync(this.#takeBatch());
    } catch {
      // The reader is gone, and there is nowhere else to report it.
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
