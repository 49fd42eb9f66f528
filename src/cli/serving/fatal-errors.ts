import { type GatewayLogger, framesOf } from '../../telemetry/log/gateway-logger.js';

/**
 * Logs an uncaught error and ends the process, because a restart is safer than an unknown state.
 */
export function endOnFatalErrors(logger: GatewayLogger): void {
  const end = (message: string) => (reason: unknown) => {
    const error = reason instanceof Error ? reason : new Error('not an error object');
    logger.error({
      message,
      error_name: error.name,
      error_code: 'code' in error ? error.code : undefined,
      // Omits the message, which may quote prompts.
      stack: framesOf(error),
    });
    logger.flush();
    process.exit(1);
  };
  process.on('uncaughtException', end('uncaught exception'));
  process.on('unhandledRejection', end('unhandled rejection'));
}
