import { type DynamicModule, Module } from '@nestjs/common';
import { AuthModule } from './auth/auth.module.js';
import { ChatModule } from './chat/chat.module.js';
import { ConfigModule } from './config/config.module.js';
import { type GatewayConfig } from './config/gateway.config.js';
import { HealthModule } from './health/health.module.js';
import { ModelsModule } from './models/models.module.js';
import { ProbesModule } from './probes/probes.module.js';
import { RootController } from './root.controller.js';
import { TelemetryModule } from './telemetry/telemetry.module.js';

/** The composition root: every feature, over one configuration that was checked before. */
@Module({})
export class AppModule {
  /** @param optional what is loaded only where the configuration asks for it */
  static register(config: GatewayConfig, optional: readonly DynamicModule[] = []): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.register(config),
        TelemetryModule,
        AuthModule,
        ChatModule,
        ModelsModule,
        HealthModule,
        ProbesModule,
        ...optional,
      ],
      controllers: [RootController],
    };
  }
}
