import 'reflect-metadata';
import { AuthConfig } from './auth.config.js';
import {
  BreakerConfig,
  LimitsConfig,
  LoggingConfig,
  MetricsConfig,
  GlobalRetryConfig,
  TimeoutsConfig,
} from './settings.js';
import { AtNextStart } from './rules/config-rules.js';
import { CacheConfig } from './cache.config.js';
import { type ModelConfig, upstreamsOf } from './model.config.js';
import { type ProxyEnvironment } from './environment/proxy-environment.js';
import { ServerConfig } from './server.config.js';
import { type TracingEnvironment } from './environment/tracing-environment.js';
import { UsageConfig } from './usage.config.js';

/**
 * The blocks of the file that are described by one class each; `auth` and `models` are read
 * separately.
 */
export const BLOCKS = {
  server: ServerConfig,
  timeouts: TimeoutsConfig,
  retry: GlobalRetryConfig,
  breaker: BreakerConfig,
  limits: LimitsConfig,
  logging: LoggingConfig,
  cache: CacheConfig,
  metrics: MetricsConfig,
  usage: UsageConfig,
} as const;

type Blocks = { -readonly [Key in keyof typeof BLOCKS]: InstanceType<(typeof BLOCKS)[Key]> };

/** The whole configuration, deeply frozen. LiveConfig holds the current one. */
export class GatewayConfig implements Blocks {
  server: ServerConfig = new ServerConfig();
  auth: AuthConfig = new AuthConfig();
  timeouts: TimeoutsConfig = new TimeoutsConfig();
  retry: GlobalRetryConfig = new GlobalRetryConfig();
  breaker: BreakerConfig = new BreakerConfig();
  limits: LimitsConfig = new LimitsConfig();
  logging: LoggingConfig = new LoggingConfig();
  @AtNextStart() cache: CacheConfig = new CacheConfig();
  @AtNextStart() metrics: MetricsConfig = new MetricsConfig();
  @AtNextStart() usage: UsageConfig = new UsageConfig();
  /** Models of all groups in file order, disabled ones included. */
  models: readonly ModelConfig[] = [];
  /** From the environment, not from the file; used by models without their own `proxy`. */
  proxies: ProxyEnvironment = {};
  /** From OpenTelemetry's standard environment variables. Without `otlp`, tracing is off. */
  @AtNextStart() tracing: { readonly otlp?: TracingEnvironment } = {};
}

/** Every service that calls may reach; connections, logins and mappings are kept for these. */
export function servicesOf({ models }: GatewayConfig): readonly ModelConfig[] {
  return models.filter((model) => model.enabled).flatMap(upstreamsOf);
}
