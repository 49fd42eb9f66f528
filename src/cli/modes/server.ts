import { setTimeout as sleep } from 'node:timers/promises';
import { getHeapStatistics } from 'node:v8';
import { type GatewayConfig } from '../../config/gateway.config.js';
import { LiveConfig } from '../../config/live-config.js';
import { createApp } from '../../create-app.js';
import { Drain } from '../../calls/drain.js';
import { RunningCalls } from '../../calls/running-calls.js';
import { PRICE_TABLE } from '../../prices/price-table.js';
import { Prices, knownPrices } from '../../prices/prices.js';
import { GatewayLogger } from '../../telemetry/log/gateway-logger.js';
import { plainText } from '../../telemetry/log/plain-text.js';
import { VERSION } from '../../version.js';
import { type CliArguments } from '../arguments.js';
import { loadGateway, loadWritten } from '../gateway/load-gateway.js';
import { modelsOnSandbox, refusedBySandbox } from '../gateway/sandbox-credentials.js';
import { banner } from '../serving/banner.js';
import { ConfigReload } from '../serving/config-reload.js';
import { endOnFatalErrors } from '../serving/fatal-errors.js';
import { listen, metricsListenError } from '../serving/listen.js';
import { openLog } from '../serving/open-log.js';
import { type ReloadSignal } from '../serving/reload-signal.js';
import { type StopSignals } from '../serving/stop-signals.js';

/** Longer than the idle timeout of most load balancers, so that they close idle connections first. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;
/** Time for a call cancelled by the drain to send its last event to the client. */
const LAST_WORDS_MS = 1000;
const MEGABYTE = 1024 * 1024;

/** Serves until a signal arrives and the drain is complete. @returns exit code */
export async function runServer(
  args: CliArguments,
  stop: StopSignals,
  reloadSignal: ReloadSignal,
): Promise<number> {
  const gateway = await loadGateway(args);
  const { config } = gateway;
  const logger = new GatewayLogger(config, await openLog(config.logging));
  endOnFatalErrors(logger);
  try {
    for (const warning of [...gateway.warnings, ...refusedBySandbox(gateway.written.models)])
      logger.warn({ message: warning });
    const { app, adapter } = await createApp(config, logger).catch((error: unknown) => {
      throw metricsListenError(error, config);
    });
    const server = app.getHttpServer();
    server.keepAliveTimeout = KEEP_ALIVE_TIMEOUT_MS;
    const onSandbox = modelsOnSandbox(gateway.written);
    const { address, port } = await listen(server, config.server.host, config.server.port);
    const { limitBytes } = adapter.state.bodyRoom;
    logger.log({
      message: 'listening',
      url: `http://${address.includes(':') ? `[${address}]` : address}:${port}`,
      version: VERSION,
      config: gateway.path,
      models: config.models.filter((model) => model.enabled).length,
      ...(onSandbox.length > 0 && { sandbox_models: onSandbox }),
      // Default limits depend on the heap, so the log shows their values.
      heap_mb: Math.round(getHeapStatistics().heap_size_limit / MEGABYTE),
      bodies_limit_mb: Number.isFinite(limitBytes) ? Math.round(limitBytes / MEGABYTE) : 0,
      json_values_limit: config.server.json_values_limit,
      ...pricesOf(app.get(Prices), config),
    });

    // For people; programs that read the log do not get it.
    if (process.stdout.isTTY && config.logging.format !== 'json')
      process.stdout.write(plainText(banner(gateway.written, { address, port }, VERSION, onSandbox)));

    const live = app.get(LiveConfig);
    const { written, source, files, sandbox } = gateway;
    const reload = new ConfigReload({
      load: (looked) => loadWritten(args, looked),
      written,
      source,
      files,
      sandbox,
      live,
      logger,
      isWatchAllowed: args.isWatched,
    });
    reload.start();
    reloadSignal.listen(() => void reload.reload('SIGHUP'));

    const signal = await stop.first;
    reload.stop();
    const drain = app.get(Drain);
    const running = app.get(RunningCalls);
    const { shutdown_delay_seconds: delaySeconds, shutdown_grace_seconds: graceSeconds } =
      live.current.server;
    const deadline = performance.now() + (delaySeconds + graceSeconds) * 1000;
    const drained = drain.run(delaySeconds, graceSeconds);
    logger.log({ message: 'shutting down', signal, running_calls: running.count });
    logger.flush();
    void stop.second.then(() => endAtOnce(logger));
    await drained;
    await lastWords(running);
    await adapter.connections.flush(Math.max(LAST_WORDS_MS, deadline - performance.now()));
    await app.close();
    logger.log({ message: 'stopped' });
    return 0;
  } finally {
    await gateway.close();
    logger.flush();
  }
}

/**
 * Reports prices that come from the table and prices that are unknown. They are looked up here, so
 * that the first calls need not.
 */
function pricesOf(prices: Prices, { models }: GatewayConfig): object {
  const { fromTable, unknown } = knownPrices(prices, models);
  return {
    ...(fromTable > 0 && { prices_from_table: fromTable, price_table_date: PRICE_TABLE.date }),
    ...(unknown.length > 0 && { unpriced_models: unknown }),
  };
}

/** Waits until calls that were just cancelled have written their last event. */
async function lastWords(running: RunningCalls): Promise<void> {
  const until = performance.now() + LAST_WORDS_MS;
  do await sleep(1);
  while (running.count > 0 && performance.now() < until);
}

function endAtOnce(logger: GatewayLogger): void {
  logger.warn({ message: 'second signal, exiting at once' });
  logger.flush();
  process.exit(0);
}
