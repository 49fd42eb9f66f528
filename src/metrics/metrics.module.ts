import { type DynamicModule, Module } from '@nestjs/common';
import { type MetricsConfig } from '../config/settings.js';
import { CatalogModule } from '../catalog/catalog.module.js';
import { CallsModule } from '../calls/calls.module.js';
import { LimitsModule } from '../limits/limits.module.js';
import { TelemetryModule } from '../telemetry/telemetry.module.js';
import { AnswerMetrics } from './collectors/answer-metrics.js';
import { CallMetrics } from './collectors/call-metrics.js';
import { ConfigMetrics } from './collectors/config-metrics.js';
import { LimitMetrics } from './collectors/limit-metrics.js';
import { MetricRegistry } from './metric-registry.js';
import { RoutingMetrics } from './collectors/routing-metrics.js';
import { SpendMetrics } from './collectors/spend-metrics.js';
import { TokenMetrics } from './collectors/token-metrics.js';
import { UsageMetrics } from './collectors/usage-metrics.js';
import { MetricsServer } from './metrics-server.js';
import { MetricsController, PublicMetricsController } from './metrics.controller.js';

/** Metrics for Prometheus. Imported only when enabled, so that the code is otherwise not loaded. */
@Module({})
export class MetricsModule {
  static register(config: MetricsConfig): DynamicModule {
    const hasOwnPort = config.port !== undefined;
    return {
      module: MetricsModule,
      imports: [CallsModule, CatalogModule, LimitsModule, TelemetryModule],
      controllers: hasOwnPort ? [] : [config.public ? PublicMetricsController : MetricsController],
      providers: [
        MetricRegistry,
        AnswerMetrics,
        CallMetrics,
        ConfigMetrics,
        RoutingMetrics,
        LimitMetrics,
        SpendMetrics,
        TokenMetrics,
        UsageMetrics,
        ...(hasOwnPort ? [MetricsServer] : []),
      ],
    };
  }
}
