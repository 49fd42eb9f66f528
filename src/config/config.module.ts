import { type DynamicModule, Module } from '@nestjs/common';
import { ConfigService, ConfigModule as NestConfigModule } from '@nestjs/config';
import { GatewayConfig } from './gateway.config.js';
import { LiveConfig } from './live-config.js';

/**
 * Makes the configuration injectable everywhere: LiveConfig for settings that can change at run time, GatewayConfig
 * for those fixed at startup.
 */
@Module({})
export class ConfigModule {
  static register(config: GatewayConfig): DynamicModule {
    return {
      module: ConfigModule,
      global: true,
      imports: [
        // The file was expanded and validated before Nest started; the environment must not be applied again.
        NestConfigModule.forRoot({
          ignoreEnvFile: true,
          ignoreEnvVars: true,
          skipProcessEnv: true,
          load: [() => ({ gateway: config })],
        }),
      ],
      providers: [
        {
          provide: GatewayConfig,
          inject: [ConfigService],
          useFactory: (service: ConfigService) => service.getOrThrow<GatewayConfig>('gateway'),
        },
        {
          provide: LiveConfig,
          inject: [GatewayConfig],
          useFactory: (config: GatewayConfig) => new LiveConfig(config),
        },
      ],
      exports: [GatewayConfig, LiveConfig],
    };
  }
}
