import 'reflect-metadata';
import { AuthConfig } from './auth.config.js';
import { BreakerConfig } from './breaker.config.js';
import { AtNextStart } from './config-rules.js';
import { CacheConfig } from './cache.config.js';
import { LimitsConfig } from './limits.config.js';
import { LoggingConfig } from './logging.config.js';
import { MetricsConfig } from './metrics.config.js';
import { type ModelConfig } from './model.config.js';
import { type ProxyEnvironment } from './proxy-environment.js';
import { GlobalRetryConfig } from './retry.config.js';
import { ServerConfig } from './server.config.js';
import { type TracingEnvironment } from './tracing-environment.js';
import { TimeoutsConfig } from './timeouts.config.js';

/** The whole configuration: loaded as one, deeply frozen; the one of the moment is LiveConfig's. */
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
  /** All groups in file order, disabled ones included. */
  models: readonly ModelConfig[] = [];
  /** From the environment, not from the file: models without a `proxy` of their own go through these. */
  proxies: ProxyEnvironment = {};
  /** From the environment: OpenTelemetry's own variables. Without `otlp` there are no traces. */
  @AtNextStart() tracing: { readonly otlp?: TracingEnvironment } = {};
}
