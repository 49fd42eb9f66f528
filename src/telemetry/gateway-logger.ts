import { type LoggerService } from '@nestjs/common';
import { type Logger, pino } from 'pino';
import { type PrettyOptions, default as pretty } from 'pino-pretty';
import { type GatewayConfig } from '../config/gateway.config.js';
import { plainJsonLine } from './plain-text.js';
import { LogWriter } from './log-writer.js';

/** The framework's own account of what it wires up: of interest when debugging only. */
const FRAMEWORK_CONTEXTS: ReadonlySet<unknown> = new Set([
  'InstanceLoader',
  'NestApplication',
  'NestFactory',
  'RouterExplorer',
  'RoutesResolver',
]);

/** How much a line matters. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** How a line looks to people. */
export const PRETTY_OPTIONS = {
  messageKey: 'message',
  singleLine: true,
  // Ours is a word; pretty would give it a line of its own.
  errorLikeObjectKeys: [],
  translateTime: 'SYS:HH:MM:ss.l',
} satisfies PrettyOptions;

/** Somewhere to write lines to; the process's own standard output when none is given. */
export interface LogDestination {
  write(line: string): void;
  /** Writes out what is buffered, at once. */
  flush?(): void;
}

/**
 * The log: pino underneath, Nest's `LoggerService` on top. Objects are logged field by field, so a call such as
 * `log({ message: 'login succeeded', model })` keeps its fields in JSON.
 */
export class GatewayLogger implements LoggerService {
  readonly #pino: Logger;
  readonly #stream: LogDestination;
  readonly #flush: () => void;
  #nowMs = NaN;
  #nowText = '';

  constructor(config: Pick<GatewayConfig, 'logging' | 'server'>, destination: LogDestination | 1 | 2 = 1) {
    const { stream, flush } = open(destination, config.logging.format);
    this.#stream = stream;
    this.#flush = flush;
    this.#pino = pino(
      {
        level: levelOf(config),
        base: null,
        messageKey: 'message',
        timestamp: pino.stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label }) },
      },
      stream,
    );
  }

  /** What a changed configuration asks for. */
  setLevel(config: Pick<GatewayConfig, 'logging' | 'server'>): void {
    this.#pino.level = levelOf(config);
  }

  isEnabled(level: LogLevel): boolean {
    return this.#pino.isLevelEnabled(level);
  }

  /**
   * One line as it is given, for the path of a call: past pino, which would copy it piece by piece.
   * @param fields the inside of a JSON object, without its braces
   */
  line(level: LogLevel, fields: string): void {
    if (!this.isEnabled(level)) return;
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

  /** Writes out what is buffered. Call it before the process ends. */
  flush(): void {
    this.#flush();
  }

  /** Many lines share a millisecond. */
  #now(): string {
    const now = Date.now();
    if (now !== this.#nowMs) {
      this.#nowMs = now;
      this.#nowText = new Date(now).toISOString();
    }
    return this.#nowText;
  }

  #write(level: LogLevel, message: unknown, context: unknown): void {
    if (!this.#pino.isLevelEnabled(level)) return;
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

/** A stack without its first line: an error's message may repeat what people wrote. */
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
