import { type GatewayLogger, framesOf } from '../../telemetry/gateway-logger.js';

/** What nobody caught ends the process with one line in the log: better restarted than half alive. */
export function endOnFatalErrors(logger: GatewayLogger): void {
  const end = (message: string) => (reason: unknown) => {
    const error = reason instanceof Error ? reason : new Error('not an error object');
    logger.error({
      message,
      error_name: error.name,
      error_code: 'code' in error ? error.code : undefined,
      // Without its message, which may repeat what people wrote.
      stack: framesOf(error),
    });
    logger.flush();
    process.exit(1);
  };
  process.on('uncaughtException', end('uncaught exception'));
  process.on('unhandledRejection', end('unhandled rejection'));
}
