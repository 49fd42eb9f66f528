import { type DynamicModule, Module } from '@nestjs/common';
import { ConfigService, ConfigModule as NestConfigModule } from '@nestjs/config';
import { GatewayConfig } from './gateway.config.js';

/** Makes the loaded configuration injectable everywhere, by the class GatewayConfig. */
@Module({})
export class ConfigModule {
  static register(config: GatewayConfig): DynamicModule {
    return {
      module: ConfigModule,
      global: true,
      imports: [
        // The file was expanded and validated before Nest started: the environment must not speak a second time.
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
      ],
      exports: [GatewayConfig],
    };
  }
}
