import { type DynamicModule, Module } from '@nestjs/common';
import { CatalogModule } from './catalog/catalog.module.js';
import { CallsModule } from './calls/calls.module.js';
import { type GatewayConfig } from './config/gateway.config.js';
import { ErrorPagesModule } from './error-pages/error-pages.module.js';
import { HttpEdge } from './http/http-edge.js';
import { BudgetAlerts } from './limits/budget-alerts.js';
import { LimitsModule } from './limits/limits.module.js';
import { PricesModule } from './prices/prices.module.js';
import { ProbesModule } from './probes/probes.module.js';
import { type GatewayLogger } from './telemetry/log/gateway-logger.js';
import { LogModule } from './telemetry/log/log.module.js';
import { UsageModule } from './usage/usage.module.js';
import { WarmUp } from './warm-up.js';

/** Modules of the server only: request limits, the log, background checks and optional features. */
@Module({})
export class ServerModule {
  /** Loads metrics, traces and the dashboard only if enabled. */
  static async register(config: GatewayConfig, logger: GatewayLogger): Promise<DynamicModule> {
    const { metrics, server, tracing } = config;
    const log = LogModule.register(logger);
    const optional: DynamicModule[] = [];
    if (metrics.enabled)
      optional.push((await import('./metrics/metrics.module.js')).MetricsModule.register(metrics));
    if (server.ui) optional.push({ module: (await import('./ui/ui.module.js')).UiModule });
    if (tracing.otlp !== undefined)
      optional.push((await import('./tracing/tracing.module.js')).TracingModule.register(tracing.otlp));
    return {
      module: ServerModule,
      imports: [
        CallsModule,
        CatalogModule,
        ErrorPagesModule,
        LimitsModule,
        PricesModule,
        log,
        ProbesModule,
        UsageModule.register(log),
        ...optional,
      ],
      providers: [HttpEdge, WarmUp, BudgetAlerts],
    };
  }
}
