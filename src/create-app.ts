import 'reflect-metadata';
import { type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type NestExpressApplication } from '@nestjs/platform-express';
import { type Request, type Response } from 'express';
import { AppModule } from './app.module.js';
import { type GatewayConfig } from './config/gateway.config.js';
import { LiveConfig } from './config/live-config.js';
import { mountDocs } from './docs.js';
import { evaluators } from './expressions/evaluators.js';
import { FastExpressAdapter } from './http/fast-express-adapter.js';
import { ModelRegistry } from './catalog/model-registry.js';
import { Probes } from './probes/probes.js';
import { AccessLog } from './telemetry/access-log.js';
import { logStateChange } from './telemetry/availability/log-state-change.js';
import { type GatewayLogger } from './telemetry/gateway-logger.js';
import { ModelAvailability } from './telemetry/model-availability.js';

/**
 * Response headers that scripts of other origins may read. Each has to be named: `*` has no meaning for requests with
 * credentials, and there are no patterns. Those of the services are the ones that OpenAI and Azure document.
 */
const EXPOSED_HEADERS: readonly string[] = [
  'x-request-id',
  'x-gateway-attempts',
  'x-gateway-route',
  'x-gateway-overhead-ms',
  'x-upstream-status',
  'x-should-retry',
  'retry-after',
  'retry-after-ms',
  ...['limit', 'remaining', 'reset'].flatMap((what) =>
    ['', '-requests', '-tokens'].map((of) => `x-ratelimit-${what}${of}`),
  ),
  'openai-model',
  'openai-organization',
  'openai-processing-ms',
  'openai-project',
  'openai-version',
];

/** The gateway as a Nest application that is ready to listen: the same for the server and for every test. */
export async function createApp(
  config: GatewayConfig,
  logger: GatewayLogger,
): Promise<{ app: NestExpressApplication; adapter: FastExpressAdapter }> {
  const adapter = new FastExpressAdapter(config.server);
  const optional: DynamicModule[] = [];
  const metrics = config.metrics.enabled ? await import('./metrics/metrics.module.js') : undefined;
  if (metrics !== undefined) optional.push(metrics.MetricsModule.register(config.metrics));
  if (config.server.ui) optional.push({ module: (await import('./ui/ui.module.js')).UiModule });
  const { otlp } = config.tracing;
  const tracing = otlp === undefined ? undefined : await import('./tracing/tracing.module.js');
  if (otlp !== undefined) optional.push(tracing!.TracingModule.register(otlp));
  const app = await NestFactory.create<NestExpressApplication>(
    AppModule.register(config, optional),
    adapter,
    {
      logger,
      bodyParser: false,
      abortOnError: false,
      forceCloseConnections: true,
    },
  );
  const live = app.get(LiveConfig);
  const applyLimits = ({ auth, server }: GatewayConfig): void => {
    const { state } = adapter;
    const isShared = !auth.enabled || new Set(auth.api_keys.map(({ name }) => name)).size > 1;
    state.bodyRoom.limit(server.bodies_limit, server.body_limit, isShared);
    state.bodyIdleMs = server.body_idle_seconds * 1000 || Infinity;
    state.hasKeys = auth.enabled;
    state.openDoor = auth.enabled
      ? undefined
      : {
          hosts: new Set(server.allowed_hosts.map((host) => host.toLowerCase())),
          // Not `server`: CORS itself keeps the origins of the start.
          origins: new Set(config.server.cors_origins),
        };
  };
  applyLimits(config);
  live.onReplaced((next) => {
    applyLimits(next);
    logger.setLevel(next);
  });
  const accessLog = new AccessLog(live, logger);
  app.get(ModelAvailability).onChange = (change) => logStateChange(logger, change);
  const callMetrics = metrics === undefined ? undefined : app.get(metrics.MetricsModule);
  const traces = tracing === undefined ? undefined : app.get(tracing.TracingModule).calls;
  if (traces !== undefined) adapter.state.trace = (record, headers) => traces.begin(record, headers);
  adapter.state.onEnd = (record, status) => {
    accessLog.write(record, status);
    callMetrics?.observe(record);
    traces?.ended(record, status);
  };
  if (config.server.cors_origins.length > 0) {
    app.enableCors({
      origin: config.server.cors_origins.includes('*') ? '*' : [...config.server.cors_origins],
      exposedHeaders: [...EXPOSED_HEADERS],
    });
  }
  adapter.mountLast = () => {
    if (config.server.docs) mountDocs(app);
    // People type this slash. The page refers to its files relative to its own address, so it works behind any prefix.
    if (config.server.ui)
      adapter.get('/ui/', (_req: Request, res: Response) =>
        res.writeHead(308, { location: '../ui', 'content-length': 0 }).end(),
      );
  };
  await app.init();
  app.get(Probes).start();
  // In other threads and processes, so that the first call does not wait for a tokenizer table or an evaluator.
  const warm = (): void => {
    const upstreams = app.get(ModelRegistry).upstreams;
    for (const upstream of upstreams) upstream.warm();
    evaluators.keepOne(upstreams.some(({ needsEvaluator }) => needsEvaluator));
  };
  warm();
  live.onReplaced(warm);
  return { app, adapter };
}
