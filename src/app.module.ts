import { type DynamicModule, Module } from '@nestjs/common';
import { AuthModule } from './auth/auth.module.js';
import { CatalogModule } from './catalog/catalog.module.js';
import { ChatModule } from './chat/chat.module.js';
import { ConfigModule } from './config/config.module.js';
import { type GatewayConfig } from './config/gateway.config.js';
import { HealthModule } from './health/health.module.js';
import { ModelsModule } from './models/models.module.js';
import { HttpEdgeModule } from './http/http-edge.module.js';
import { RootController } from './root.controller.js';
import { TelemetryModule } from './telemetry/telemetry.module.js';

/** The composition root: all features, with a validated configuration. */
@Module({})
export class AppModule {
  /** @param forServer modules that only a server needs */
  static register(config: GatewayConfig, forServer?: DynamicModule): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.register(config),
        TelemetryModule,
        AuthModule,
        CatalogModule,
        ChatModule,
        ModelsModule,
        HealthModule,
        HttpEdgeModule,
        ...(forServer === undefined ? [] : [forServer]),
      ],
      controllers: [RootController],
    };
  }
}
