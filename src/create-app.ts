import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { type NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';
import { type GatewayConfig } from './config/gateway.config.js';
import { LiveConfig } from './config/live-config.js';
import { mountDocs } from './docs.js';
import { FastExpressAdapter } from './http/fast-express-adapter.js';
import { AccessLog } from './telemetry/access-log.js';
import { type GatewayLogger } from './telemetry/gateway-logger.js';

/** The gateway as a Nest application that is ready to listen: the same for the server and for every test. */
export async function createApp(
  config: GatewayConfig,
  logger: GatewayLogger,
): Promise<{ app: NestExpressApplication; adapter: FastExpressAdapter }> {
  const adapter = new FastExpressAdapter();
  const app = await NestFactory.create<NestExpressApplication>(AppModule.register(config), adapter, {
    logger,
    bodyParser: false,
    abortOnError: false,
    forceCloseConnections: true,
  });
  const accessLog = new AccessLog(app.get(LiveConfig), logger);
  adapter.state.onEnd = (record, status) => accessLog.write(record, status);
  if (config.server.cors_origins.length > 0) {
    app.enableCors({
      origin: config.server.cors_origins.includes('*') ? '*' : [...config.server.cors_origins],
      exposedHeaders: ['x-request-id', 'x-upstream-status', 'x-should-retry', 'retry-after'],
    });
  }
  if (config.server.docs) mountDocs(app);
  await app.init();
  return { app, adapter };
}
