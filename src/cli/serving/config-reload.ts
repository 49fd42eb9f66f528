import { ConfigError, formatProblem } from '../../config/config-error.js';
import { type GatewayConfig } from '../../config/gateway.config.js';
import { type LiveConfig } from '../../config/live-config.js';
import { type LoadedConfig } from '../../config/load-config.js';
import { keepSameModels, keepStartKeys } from '../../config/reloading/carry-over.js';
import { describeChanges } from '../../config/reloading/config-changes.js';
import { ConfigWatch } from '../../config/reloading/config-watch.js';
import { type GatewayLogger, framesOf } from '../../telemetry/gateway-logger.js';
import { type SandboxAddresses } from '../gateway/sandbox-addresses.js';

/** What makes the process look at its configuration anew. */
export type ReloadTrigger = 'file' | 'SIGHUP';

export interface ConfigReloadOptions {
  /** Reads and checks the file. @param files gets the paths that were looked at. @throws ConfigError */
  readonly load: (files: Set<string>) => LoadedConfig;
  /** What the running configuration looks like in the file. */
  readonly written: GatewayConfig;
  /** The files that it was read from. */
  readonly files: ReadonlySet<string>;
  readonly sandbox: SandboxAddresses;
  readonly live: LiveConfig;
  readonly logger: GatewayLogger;
  /** Whether files may be watched at all; `server.watch_config` has its say too. */
  readonly isWatchAllowed: boolean;
}

/**
 * Takes changes of the configuration over while the process serves: whole or not at all, with one line in the log
 * that says what has changed, or all that is wrong.
 */
export class ConfigReload {
  #written: GatewayConfig;
  #files: ReadonlySet<string>;
  #isStopped = false;
  /** Why the last one was refused, if it was. */
  #refusal: string | undefined;
  readonly #watch: ConfigWatch;
  /** One after the other: the second one sees what the first one did. */
  #last: Promise<void> = Promise.resolve();

  constructor(private readonly options: ConfigReloadOptions) {
    this.#written = options.written;
    this.#files = options.files;
    this.#watch = new ConfigWatch(
      () => this.#files,
      () => this.reload('file'),
    );
  }

  start(): void {
    this.options.live.onReplaced(() => this.#switchWatch());
    this.#switchWatch();
  }

  /** Never rejects. */
  reload(trigger: ReloadTrigger): Promise<void> {
    this.#last = this.#last.then(() => this.#reload(trigger));
    return this.#last;
  }

  /** Nothing is taken over any more. */
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
      const { config, warnings } = this.options.load(files);
      const changes = describeChanges(this.#written, config);
      if (changes === undefined) {
        // Who asked, or mended what was wrong, is told; who changed a comment is not.
        const isNews = trigger === 'SIGHUP' || this.#refusal !== undefined;
        this.#refusal = undefined;
        logger[isNews ? 'log' : 'debug']({ message: 'configuration unchanged', trigger });
        return;
      }
      const written = keepSameModels(config, this.#written);
      live.replace(keepStartKeys(await sandbox.serve(written), live.current));
      this.#written = written;
      this.#refusal = undefined;
      logger.log({
        message: 'configuration reloaded',
        trigger,
        generation: live.generation,
        models: live.current.models.filter((model) => model.enabled).length,
        changes: changes.now,
        ...(changes.atNextStart.length > 0 && { at_next_start: changes.atNextStart }),
        ...(warnings.length > 0 && { warnings }),
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
    // One bad change may be seen twice: it may name files that were not watched before.
    const isNews = trigger === 'SIGHUP' || refusal !== this.#refusal;
    this.#refusal = refusal;
    if (!isNews) return;
    live.refused();
    logger.error({
      message: 'configuration not reloaded, the one before stays in force',
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
  // Not foreseen; its message may repeat what is configured.
  return error instanceof Error ? { error_name: error.name, stack: framesOf(error) } : {};
}
