import { type LoggingConfig } from '../../config/settings.js';
import { type LogDestination } from '../../telemetry/log/gateway-logger.js';
import { CommandError } from '../command-error.js';

/**
 * Opens the configured log file; SIGHUP reopens it. Undefined: standard output.
 * @throws CommandError when it cannot be written
 */
export async function openLog({ file, format }: LoggingConfig): Promise<LogDestination | undefined> {
  if (file === undefined) return undefined;
  const { FileLog } = await import('../../telemetry/log/file-log.js');
  try {
    const log = new FileLog(file, format);
    process.on('SIGHUP', () => log.reopen());
    process.stdout.write(`Logging to ${file.path}\n`);
    return log;
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
    throw new CommandError(`the log file ${file.path} cannot be written (${code})`, { cause });
  }
}
