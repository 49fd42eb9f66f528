import { appendFileSync, closeSync, mkdirSync, openSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { type RotatingFileStream, createStream } from 'rotating-file-stream';
import { type LogFileConfig } from '../config/settings.js';
import { type BatchTarget } from './log-writer.js';

/** A file that could not be written is tried again this much later. */
const RETRY_MS = 1000;

/** A log file that is put aside when it is full: `gateway.log` becomes `gateway.log.1`, that `gateway.log.2`, and so on. */
export class LogFile implements BatchTarget {
  #stream: RotatingFileStream;
  #isBroken = false;
  #brokenAt = 0;

  /** @throws Node's error when the file cannot be written */
  constructor(private readonly config: LogFileConfig) {
    // Now rather than later, when nobody looks any more.
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

  /** For programs that put the file aside themselves: what follows goes to a new one. */
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

  /** The one place where standard error is written to: the log itself cannot say it. */
  #broke({ code, name }: NodeJS.ErrnoException): void {
    this.#brokenAt = performance.now();
    if (this.#isBroken) return;
    this.#isBroken = true;
    process.stderr.write(
      `${this.config.path} cannot be written (${code ?? name}); lines of the log are lost\n`,
    );
  }
}
