import 'reflect-metadata';
import { type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../../app.module.js';
import { type GatewayConfig } from '../../config/gateway.config.js';
import { LoggingConfig } from '../../config/settings.js';
import { ServerConfig } from '../../config/server.config.js';
import { GatewayLogger } from '../../telemetry/log/gateway-logger.js';
import { type CliArguments } from '../arguments.js';
import { type LoadedGateway, loadGateway } from './load-gateway.js';

const STDERR = 2;

/** The gateway without its server, with the same services and providers, for terminal commands. */
export interface GatewayContext extends Pick<LoadedGateway, 'config' | 'written' | 'path'> {
  readonly app: INestApplicationContext;
}

/** Runs `work` with a gateway built for it. The log goes to stderr, from level `warn`. */
export async function withGateway<Result>(
  args: CliArguments,
  work: (gateway: GatewayContext) => Promise<Result>,
): Promise<Result> {
  const loaded = await loadGateway(args);
  const { config, written, path, warnings } = loaded;
  try {
    return await withContext(config, warnings, (app) => work({ app, config, written, path }));
  } finally {
    await loaded.close();
  }
}

/** Runs `work` with the services and providers of a configuration. */
export async function withContext<Result>(
  config: GatewayConfig,
  warnings: readonly string[],
  work: (app: INestApplicationContext) => Promise<Result>,
): Promise<Result> {
  const logger = new GatewayLogger(
    {
      server: Object.assign(new ServerConfig(), config.server, { debug: false }),
      logging: Object.assign(new LoggingConfig(), config.logging, { level: 'warn', format: 'text' }),
    },
    STDERR,
  );
  for (const warning of warnings) logger.warn(warning);
  let app: INestApplicationContext | undefined;
  try {
    app = await NestFactory.createApplicationContext(AppModule.register(config), {
      logger,
      abortOnError: false,
    });
    return await work(app);
  } finally {
    await app?.close();
  }
}
