import { type DynamicModule, Module } from '@nestjs/common';
import { CallsModule } from '../../calls/calls.module.js';
import { LiveConfig } from '../../config/live-config.js';
import { AccessLog } from './access-log.js';
import { GatewayLogger } from './gateway-logger.js';
import { StateChangeLog } from './state-change-log.js';
import { TelemetryModule } from '../telemetry.module.js';

/** Logs each request and each change of a model's state. */
@Module({})
export class LogModule {
  static register(logger: GatewayLogger): DynamicModule {
    return {
      module: LogModule,
      imports: [CallsModule, TelemetryModule],
      providers: [
        {
          provide: GatewayLogger,
          inject: [LiveConfig],
          useFactory: (live: LiveConfig) => {
            live.onReplaced((config) => logger.setLevel(config));
            return logger;
          },
        },
        AccessLog,
        StateChangeLog,
      ],
      exports: [GatewayLogger],
    };
  }
}
