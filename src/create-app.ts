import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { type NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';
import { type GatewayConfig } from './config/gateway.config.js';
import { mountDocs } from './docs.js';
import { FastExpressAdapter } from './http/fast-express-adapter.js';
import { ServerModule } from './server.module.js';
import { type GatewayLogger } from './telemetry/log/gateway-logger.js';

/**
 * Response headers that scripts of other origins may read. Each must be listed: `*` does not apply to requests with
 * credentials, and patterns do not exist. Those of the services are the ones that they document.
 */
const EXPOSED_HEADERS: readonly string[] = [
  'x-request-id',
  'request-id',
  'link',
  'x-gateway-attempts',
  'x-gateway-cache',
  'x-gateway-route',
  'x-gateway-overhead-ms',
  'x-gateway-dropped',
  'x-upstream-status',
  'x-should-retry',
  'retry-after',
  'retry-after-ms',
  ...['limit', 'remaining', 'reset'].flatMap((what) =>
    ['', '-requests', '-tokens'].map((of) => `x-ratelimit-${what}${of}`),
  ),
  // https://platform.claude.com/docs/en/api/rate-limits#response-headers
  ...['requests', 'tokens', 'input-tokens', 'output-tokens'].flatMap((of) =>
    ['limit', 'remaining', 'reset'].map((what) => `anthropic-ratelimit-${of}-${what}`),
  ),
  'anthropic-organization-id',
  'content-disposition',
  'openai-model',
  'openai-organization',
  'openai-processing-ms',
  'openai-project',
  'openai-version',
];

/** Creates the gateway as a Nest application ready to listen, the same for the server and for tests. */
export async function createApp(
  config: GatewayConfig,
  logger: GatewayLogger,
): Promise<{ app: NestExpressApplication; adapter: FastExpressAdapter }> {
  const adapter = new FastExpressAdapter(config.server);
  const app = await NestFactory.create<NestExpressApplication>(
    AppModule.register(config, await ServerModule.register(config, logger)),
    adapter,
    {
      logger,
      bodyParser: false,
      abortOnError: false,
      forceCloseConnections: true,
    },
  );
  if (config.server.cors_origins.length > 0) {
    app.enableCors({
      origin: config.server.cors_origins.includes('*') ? '*' : [...config.server.cors_origins],
      exposedHeaders: [...EXPOSED_HEADERS],
    });
  }
  adapter.mountLast = () => {
    if (config.server.docs) mountDocs(app, config.server.ui);
  };
  await app.init();
  return { app, adapter };
}
