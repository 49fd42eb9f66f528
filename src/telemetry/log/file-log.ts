import { prettyFactory } from 'pino-pretty';
import { type LogFileConfig, type LoggingConfig } from '../../config/settings.js';
import { type LogDestination, PRETTY_OPTIONS } from './gateway-logger.js';
import { LogFile } from './log-file.js';
import { plainJsonLine } from './plain-text.js';
import { LogWriter } from './log-writer.js';

/** Writes the log to a file, as lines of JSON or as text. */
export class FileLog implements LogDestination {
  readonly #file: LogFile;
  readonly #writer: LogWriter;
  readonly #prettify: ((line: string) => string) | undefined;

  /** @throws Node's error if the file cannot be written */
  constructor(file: LogFileConfig, format: LoggingConfig['format']) {
    this.#file = new LogFile(file);
    this.#writer = new LogWriter(this.#file);
    if (format === 'text') this.#prettify = prettyFactory({ ...PRETTY_OPTIONS, colorize: false });
  }

  write(line: string): void {
    this.#writer.write(this.#prettify === undefined ? line : this.#prettify(plainJsonLine(line)));
  }

  flush(): void {
    this.#writer.flush();
  }

  /** Writes pending lines and closes the file. */
  async close(): Promise<void> {
    this.#writer.flush();
    await this.#file.close();
  }

  /** Reopens the file after an external rotation. */
  reopen(): void {
    this.#file.reopen();
  }
}
