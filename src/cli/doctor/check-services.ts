import { lookup } from 'node:dns/promises';
import { type INestApplicationContext } from '@nestjs/common';
import { Cancellation } from '../../calls/cancellation.js';
import { ModelRegistry } from '../../catalog/model-registry.js';
import { type Model } from '../../routing/model.js';
import { type GatewayConfig } from '../../config/gateway.config.js';
import { type ModelConfig } from '../../config/model.config.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { UpstreamError } from '../../errors/upstream-errors.js';
import { Prober } from '../../probes/prober.js';
import { ModelTester } from '../../routing/testing/model-tester.js';
import { UpstreamFailure } from '../../upstream/failure/upstream-failure.js';
import { environmentProxy } from '../../upstream/pool/environment-proxies.js';
import { Reachability } from '../../upstream/pool/reachability.js';
import { UpstreamClient } from '../../upstream/upstream-client.js';
import { type Finding, ok, problem, warning } from './finding.js';

const WAIT_MS = 10_000;
/** With a larger difference, tokens and certificates may be rejected. */
const MOST_SKEW_SECONDS = 60;

/** A host that calls go to, and one of its models. */
interface Service {
  readonly origin: string;
  readonly config: ModelConfig;
}

/** The distinct hosts behind the enabled models. */
function servicesOf(models: Iterable<Model>): Service[] {
  const services = new Map<string, Service>();
  for (const { deployments } of models) {
    for (const { config } of deployments) {
      const { origin } = new URL(config.base_url);
      if (!services.has(origin)) services.set(origin, { origin, config });
    }
  }
  return [...services.values()];
}

/** Checks the name, connection, TLS and clock of one host, through the proxy that its calls use. */
async function checkService(
  { origin, config }: Service,
  gateway: GatewayConfig,
  client: UpstreamClient,
): Promise<Finding> {
  const check = `service ${origin}`;
  const url = new URL(origin);
  const proxy = config.proxy ?? environmentProxy(gateway.proxies, url);
  const way = proxy === undefined ? '' : ` through the proxy ${new URL(proxy).origin}`;
  const name = proxy === undefined ? url.hostname : new URL(proxy).hostname;
  try {
    await lookup(name.replace(/^\[|\]$/g, ''));
  } catch (error) {
    return problem(
      check,
      `the host name ${name} cannot be resolved (${(error as NodeJS.ErrnoException).code})`,
    );
  }
  const startedAt = performance.now();
  try {
    const { status, date } = await reach(origin, config, client);
    const ms = Math.round(performance.now() - startedAt);
    const secure = url.protocol === 'https:' ? ', TLS works' : '';
    const skew = date === undefined ? undefined : Math.round((Date.now() - date) / 1000);
    const reached = `answers (HTTP ${status}) in ${ms} ms${way}${secure}`;
    if (skew !== undefined && Math.abs(skew) > MOST_SKEW_SECONDS)
      return warning(
        check,
        `${reached}, but this machine's clock is ${Math.abs(skew)} s ${skew > 0 ? 'ahead' : 'behind'}`,
      );
    return status >= 500
      ? warning(
          check,
          `${reached}: a failure of the service or of a proxy before it (llm-gateway test calls it)`,
        )
      : ok(check, reached);
  } catch (error) {
    return problem(
      check,
      `${error instanceof GatewayError ? `${error.logCode}: ${error.message}` : String(error)}${way}`,
    );
  }
}

/** Any status shows that the host can be reached. No credential is sent. */
async function reach(origin: string, config: ModelConfig, client: UpstreamClient) {
  const cancellation = new Cancellation();
  const timer = setTimeout(() => {
    cancellation.cancel(new UpstreamError('connect_timeout', `No response within ${WAIT_MS / 1000} s.`));
  }, WAIT_MS);
  try {
    const request = {
      method: 'GET' as const,
      url: `${origin}/`,
      headers: { accept: '*/*' },
      body: Buffer.alloc(0),
    };
    const exchange = client.send(request, config, false);
    cancellation.attach(exchange);
    await exchange.accepted;
    const { status, headers } = exchange;
    const date = Date.parse(String(headers['date']));
    exchange.abort(new UpstreamError('upstream_error', 'Not read.'));
    return { status, date: Number.isNaN(date) ? undefined : date };
  } finally {
    clearTimeout(timer);
  }
}

/** Runs the model's own probe once. */
async function checkModel(model: Model, app: INestApplicationContext): Promise<Finding> {
  const check = `model ${model.name}`;
  const { probe } = model.config;
  if (probe === undefined || probe.kind === 'live')
    return ok(check, 'has no probe of its own (llm-gateway test calls it)');
  const of = <T>(Class: new (...args: never[]) => T): T => app.get<T>(Class, { strict: false });
  const prober = new Prober(of(UpstreamClient), of(Reachability), of(UpstreamFailure), of(ModelTester));
  const cancellation = new Cancellation();
  const { timeout_seconds: seconds } = probe;
  const timer = setTimeout(() => {
    cancellation.cancel(new UpstreamError('total_timeout', `The check took longer than ${seconds} s.`));
  }, seconds * 1000);
  try {
    await prober.check(model, probe.kind, probe, cancellation);
    return ok(check, `passes its probe (${probe.kind})`);
  } catch (error) {
    const words = error instanceof GatewayError ? `${error.logCode}: ${error.message}` : String(error);
    return problem(check, `fails its probe (${probe.kind}): ${words}`);
  } finally {
    clearTimeout(timer);
  }
}

/** Checks all models and their hosts in parallel. */
export async function checkServices(app: INestApplicationContext, config: GatewayConfig): Promise<Finding[]> {
  const models = [...app.get(ModelRegistry, { strict: false }).list()];
  const client = app.get(UpstreamClient, { strict: false });
  return Promise.all([
    ...servicesOf(models).map((service) => checkService(service, config, client)),
    ...models.map((model) => checkModel(model, app)),
  ]);
}
