import { appendFileSync, closeSync, mkdirSync, openSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { type RotatingFileStream, createStream } from 'rotating-file-stream';
import { type LogFileConfig } from '../../config/settings.js';
import { type BatchTarget } from './log-writer.js';

/** Wait before a failed write is retried. */
const RETRY_MS = 1000;

/** A log file rotated when full: `gateway.log` becomes `gateway.log.1`, which becomes `gateway.log.2`, and so on. */
export class LogFile implements BatchTarget {
  #stream: RotatingFileStream;
  #isBroken = false;
  #brokenAt = 0;

  /** @throws Node's error if the file cannot be written */
  constructor(private readonly config: LogFileConfig) {
    // Fail at startup rather than later, when nobody is watching.
    mkdirSync(dirname(config.path), { recursive: true });
    closeSync(openSync(config.path, 'a'));
    this.#stream = this.#open();
  }

  write(batch: Buffer, done: (error: NodeJS.ErrnoException | null, written: number) => void): void {
    if (this.#stream.destroyed && performance.now() - this.#brokenAt > RETRY_MS) this.#stream = this.#open();
    this.#stream.write(batch, (error) => {
      if (!error) this.#isBroken = false;
      done(error ?? null, batch.length);
    });
  }

  writeSync(batch: Buffer): void {
    appendFileSync(this.config.path, batch);
  }

  /** Reopens the file after an external rotation. */
  reopen(): void {
    this.#stream.end();
    this.#stream = this.#open();
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#stream.end(resolve));
  }

  #open(): RotatingFileStream {
    const { path, max_size: maxSize, max_files: maxFiles } = this.config;
    const stream = createStream(basename(path), {
      path: dirname(path),
      ...(maxSize > 0 && { size: `${maxSize}B`, rotate: maxFiles }),
    });
    stream.on('error', (error: NodeJS.ErrnoException) => this.#broke(error));
    return stream;
  }

  /** Reports to standard error, because the log itself cannot be written. */
  #broke({ code, name }: NodeJS.ErrnoException): void {
    this.#brokenAt = performance.now();
    if (this.#isBroken) return;
    this.#isBroken = true;
    process.stderr.write(`${this.config.path} cannot be written (${code ?? name}); log lines are lost\n`);
  }
}
