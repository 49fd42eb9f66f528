import { type LoggerService } from '@nestjs/common';
import { type Logger, pino } from 'pino';
import { type PrettyOptions, default as pretty } from 'pino-pretty';
import { type GatewayConfig } from '../../config/gateway.config.js';
import { plainJsonLine } from './plain-text.js';
import { LogWriter } from './log-writer.js';

/** Contexts of Nest's messages about its wiring; logged at debug level. */
const FRAMEWORK_CONTEXTS: ReadonlySet<unknown> = new Set([
  'InstanceLoader',
  'NestApplication',
  'NestFactory',
  'RouterExplorer',
  'RoutesResolver',
]);

/** The severity of a line. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

const SEVERITY: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

/** Options of the text format. */
export const PRETTY_OPTIONS = {
  messageKey: 'message',
  singleLine: true,
  // `error` is a string here; pino-pretty would put it on a separate line.
  errorLikeObjectKeys: [],
  translateTime: 'SYS:HH:MM:ss.l',
} satisfies PrettyOptions;

/** Where lines are written; default: standard output. */
export interface LogDestination {
  write(line: string): void;
  /** Writes buffered lines at once. */
  flush?(): void;
}

/**
 * Nest's `LoggerService` based on pino. An object is logged field by field:
 * `log({ message: 'login succeeded', model })` keeps both fields in JSON.
 */
export class GatewayLogger implements LoggerService {
  readonly #pino: Logger;
  readonly #stream: LogDestination;
  readonly #flush: () => void;
  #level: LogLevel;
  #nowMs = NaN;
  #nowText = '';

  constructor(config: Pick<GatewayConfig, 'logging' | 'server'>, destination: LogDestination | 1 | 2 = 1) {
    const { stream, flush } = open(destination, config.logging.format);
    this.#stream = stream;
    this.#flush = flush;
    this.#level = levelOf(config);
    this.#pino = pino(
      {
        level: this.#level,
        base: null,
        messageKey: 'message',
        timestamp: pino.stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label }) },
      },
      stream,
    );
  }

  /** Applies the level of a changed configuration. */
  setLevel(config: Pick<GatewayConfig, 'logging' | 'server'>): void {
    this.#level = levelOf(config);
    this.#pino.level = this.#level;
  }

  isEnabled(level: LogLevel): boolean {
    return SEVERITY[level] >= SEVERITY[this.#level];
  }

  /**
   * Writes a finished line without pino, which would copy it piece by piece; for the path of a
   * call. The caller must have checked that the level is enabled.
   * @param fields the inside of a JSON object, without its braces
   */
  line(level: LogLevel, fields: string): void {
    this.#stream.write(`{"level":"${level}","time":"${this.#now()}",${fields}}\n`);
  }

  log(message: unknown, context?: unknown): void {
    this.#write(FRAMEWORK_CONTEXTS.has(context) ? 'debug' : 'info', message, context);
  }

  /** Nest passes a stack before the context. */
  error(message: unknown, ...rest: unknown[]): void {
    const context = rest.at(-1);
    const stack = rest.length > 1 ? rest[0] : undefined;
    this.#write('error', stack === undefined ? message : { ...fieldsOf(message), stack }, context);
  }

  warn(message: unknown, context?: unknown): void {
    this.#write('warn', message, context);
  }

  debug(message: unknown, context?: unknown): void {
    this.#write('debug', message, context);
  }

  verbose(message: unknown, context?: unknown): void {
    this.#write('debug', message, context);
  }

  /** Writes buffered lines. Call it before the process exits. */
  flush(): void {
    this.#flush();
  }

  /** The formatted time, reused by lines of the same millisecond. */
  #now(): string {
    const now = Date.now();
    if (now !== this.#nowMs) {
      this.#nowMs = now;
      this.#nowText = new Date(now).toISOString();
    }
    return this.#nowText;
  }

  #write(level: LogLevel, message: unknown, context: unknown): void {
    if (!this.isEnabled(level)) return;
    const fields = fieldsOf(message);
    if (typeof context === 'string') fields['context'] = context;
    this.#pino[level](fields);
  }
}

function levelOf({ server, logging }: Pick<GatewayConfig, 'logging' | 'server'>): LogLevel {
  return server.debug ? 'debug' : logging.level;
}

function fieldsOf(message: unknown): Record<string, unknown> {
  if (message instanceof Error) return { message: message.name, stack: framesOf(message) };
  if (typeof message === 'object' && message !== null) return { ...message };
  return { message: String(message) };
}

/** A stack trace without its message, which may quote a prompt. */
export function framesOf(error: Error): string {
  return (error.stack ?? '')
    .split('\n')
    .filter((line) => line.startsWith('    at '))
    .join('\n');
}

function open(
  destination: LogDestination | 1 | 2,
  format: GatewayConfig['logging']['format'],
): { stream: LogDestination; flush: () => void } {
  if (typeof destination !== 'number') return { stream: destination, flush: () => destination.flush?.() };
  const isTerminal = (destination === 1 ? process.stdout : process.stderr).isTTY;
  if (format === 'text' || (format === 'auto' && isTerminal)) {
    const options = { ...PRETTY_OPTIONS, destination, sync: true, colorize: isTerminal };
    const stream = pretty(options);
    return { stream: { write: (line) => void stream.write(plainJsonLine(line)) }, flush: () => undefined };
  }
  const stream = new LogWriter(destination);
  return { stream, flush: () => stream.flush() };
}
