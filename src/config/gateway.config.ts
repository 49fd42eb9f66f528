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
import { AtNextStart } from './config-rules.js';
import { CacheConfig } from './cache.config.js';
import { type ModelConfig } from './model.config.js';
import { type ProxyEnvironment } from './proxy-environment.js';
import { ServerConfig } from './server.config.js';
import { type TracingEnvironment } from './tracing-environment.js';
import { UsageConfig } from './usage.config.js';

/** The whole configuration, deeply frozen. LiveConfig holds the current one. */
export class GatewayConfig {
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
