import { ConfigError, formatProblem } from '../../config/loading/config-error.js';
import { type ConfigSource } from '../../config/reloading/config-status.js';
import { type GatewayConfig } from '../../config/gateway.config.js';
import { type LiveConfig } from '../../config/live-config.js';
import { type LoadedConfig } from '../../config/loading/load-config.js';
import { keepSameModels, keepStartKeys } from '../../config/reloading/carry-over.js';
import { describeChanges } from '../../config/reloading/config-changes.js';
import { ConfigWatch } from '../../config/reloading/config-watch.js';
import { type GatewayLogger, framesOf } from '../../telemetry/log/gateway-logger.js';
import { type SandboxAddresses } from '../gateway/sandbox-addresses.js';
import { refusedBySandbox } from '../gateway/sandbox-credentials.js';

/** What triggers a reload of the configuration. */
export type ReloadTrigger = 'file' | 'SIGHUP';

export interface ConfigReloadOptions {
  /**
   * Loads and validates the file.
   * @param files receives the paths that were looked up
   * @throws ConfigError
   */
  readonly load: (files: Set<string>) => LoadedConfig;
  /** The running configuration as written in the file. */
  readonly written: GatewayConfig;
  readonly source: ConfigSource;
  /** The files from which it was read. */
  readonly files: ReadonlySet<string>;
  readonly sandbox: SandboxAddresses;
  readonly live: LiveConfig;
  readonly logger: GatewayLogger;
  /** Whether files may be watched at all; `server.watch_config` can also disable it. */
  readonly isWatchAllowed: boolean;
}

/**
 * Applies changes of the configuration while the process serves, either completely or not at all.
 * One log line lists the changes or the errors.
 */
export class ConfigReload {
  #written: GatewayConfig;
  #files: ReadonlySet<string>;
  #isStopped = false;
  /** Why the last reload was rejected; undefined if it was not. */
  #refusal: string | undefined;
  readonly #watch: ConfigWatch;
  /** Reloads run one after another, each based on the result of the one before. */
  #last: Promise<void> = Promise.resolve();

  constructor(private readonly options: ConfigReloadOptions) {
    this.#written = options.written;
    this.#files = options.files;
    options.live.status.loaded(options.source, []);
    this.#watch = new ConfigWatch(
      () => this.#files,
      () => this.reload('file'),
    );
  }

  start(): void {
    this.options.live.onReplaced(() => this.#switchWatch());
    this.#switchWatch();
  }

  /** @returns a promise that never rejects */
  reload(trigger: ReloadTrigger): Promise<void> {
    this.#last = this.#last.then(() => this.#reload(trigger));
    return this.#last;
  }

  /** Stops all further reloads. */
  stop(): void {
    this.#isStopped = true;
    this.#watch.stop();
  }

  #switchWatch(): void {
    if (this.#isStopped) return;
    const isWanted = this.options.isWatchAllowed && this.options.live.current.server.watch_config;
    if (isWanted) this.#watch.start();
    else this.#watch.stop();
  }

  async #reload(trigger: ReloadTrigger): Promise<void> {
    if (this.#isStopped) return;
    const { live, logger, sandbox } = this.options;
    const files = new Set<string>();
    try {
      const { config, source, warnings } = this.options.load(files);
      const changes = describeChanges(this.#written, config);
      if (changes === undefined) {
        // Only a comment has changed, or a rejected configuration was reverted.
        live.status.loaded(source, live.status.atNextStart);
        // An unchanged configuration is logged only after a signal or a rejected reload.
        const isNews = trigger === 'SIGHUP' || this.#refusal !== undefined;
        this.#refusal = undefined;
        logger[isNews ? 'log' : 'debug']({ message: 'configuration unchanged', trigger });
        return;
      }
      const written = keepSameModels(config, this.#written);
      live.replace(keepStartKeys(await sandbox.serve(written), live.current));
      this.#written = written;
      this.#refusal = undefined;
      live.status.loaded(source, describeChanges(this.options.written, config)?.atNextStart ?? []);
      const allWarnings = [...warnings, ...refusedBySandbox(config.models)];
      logger.log({
        message: 'configuration reloaded',
        trigger,
        generation: live.generation,
        models: live.current.models.filter((model) => model.enabled).length,
        changes: changes.now,
        ...(changes.atNextStart.length > 0 && { at_next_start: changes.atNextStart }),
        ...(allWarnings.length > 0 && { warnings: allWarnings }),
      });
    } catch (error) {
      this.#refuse(trigger, reasonsOf(error));
    } finally {
      this.#files = files;
    }
  }

  #refuse(trigger: ReloadTrigger, reasons: Reasons): void {
    const { live, logger } = this.options;
    const refusal = JSON.stringify(reasons);
    // The same invalid change may be seen twice, because it may name files that were not watched
    // before.
    const isNews = trigger === 'SIGHUP' || refusal !== this.#refusal;
    this.#refusal = refusal;
    if (!isNews) return;
    live.refused(reasons.problems ?? [`internal error: ${reasons.error_name ?? 'unknown'}`]);
    logger.error({
      message: 'configuration not reloaded, the previous one stays in force',
      trigger,
      generation: live.generation,
      ...reasons,
    });
  }
}

interface Reasons {
  readonly problems?: readonly string[];
  readonly error_name?: string;
  readonly stack?: string;
}

function reasonsOf(error: unknown): Reasons {
  if (error instanceof ConfigError) return { problems: error.problems.map(formatProblem) };
  // Unexpected; the message may repeat configured values.
  return error instanceof Error ? { error_name: error.name, stack: framesOf(error) } : {};
}
