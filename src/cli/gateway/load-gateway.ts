import { type ConfigSource } from '../../config/reloading/config-status.js';
import { type GatewayConfig } from '../../config/gateway.config.js';
import { type LoadedConfig, loadConfig } from '../../config/loading/load-config.js';
import { Prices } from '../../prices/prices.js';
import { PROVIDER_TYPES } from '../../providers/provider-types.js';
import { type CliArguments } from '../arguments.js';
import { SandboxAddresses } from './sandbox-addresses.js';

type ConfigArguments = Pick<CliArguments, 'configPath' | 'host' | 'port'> &
  Partial<Pick<CliArguments, 'isMissingAllowed'>>;

/** A valid configuration with real addresses in place of `sandbox:` ones. */
export interface LoadedGateway {
  readonly config: GatewayConfig;
  /** The configuration as in the file, `sandbox:` addresses included. */
  readonly written: GatewayConfig;
  readonly sandbox: SandboxAddresses;
  readonly path: string;
  readonly source: ConfigSource;
  /** Every file that was looked up. */
  readonly files: ReadonlySet<string>;
  readonly warnings: readonly string[];
  /** Stops the sandbox, if one was started. */
  close(): Promise<void>;
}

/**
 * Loads and validates the configuration as written.
 * @param files receives the path of every file that is looked up
 * @throws ConfigError
 */
export function loadWritten(args: ConfigArguments, files?: Set<string>): LoadedConfig {
  const prices = new Prices();
  return loadConfig({
    path: args.configPath,
    host: args.host,
    port: args.port,
    modelTypes: PROVIDER_TYPES,
    isPriced: (service) => prices.of(service) !== undefined,
    env: process.env,
    files,
    allowsAbsentSecrets: args.isMissingAllowed,
  });
}

/** Loads the configuration and starts the sandbox if a model uses it. @throws ConfigError */
export async function loadGateway(args: ConfigArguments): Promise<LoadedGateway> {
  const files = new Set<string>();
  const loaded = loadWritten(args, files);
  const { config: written, path, source, warnings } = loaded;
  const sandbox = new SandboxAddresses();
  const config = await sandbox.serve(written);
  return { config, written, sandbox, path, source, files, warnings, close: () => sandbox.close() };
}
