import { type GatewayConfig } from '../../config/gateway.config.js';
import { type LoadedConfig, loadConfig } from '../../config/load-config.js';
import { PROVIDER_TYPES } from '../../providers/provider-types.js';
import { type CliArguments } from '../arguments.js';
import { serveSandboxAddresses } from './sandbox-addresses.js';

type ConfigArguments = Pick<CliArguments, 'configPath' | 'host' | 'port'>;

/** A checked configuration whose addresses can all be called. */
export interface LoadedGateway {
  readonly config: GatewayConfig;
  readonly path: string;
  readonly warnings: readonly string[];
  /** Ends the sandbox, where one was started. */
  close(): Promise<void>;
}

/** Loads and checks the configuration as it is written. @throws ConfigError */
export function loadWritten(args: ConfigArguments): LoadedConfig {
  return loadConfig({
    path: args.configPath,
    host: args.host,
    port: args.port,
    modelTypes: PROVIDER_TYPES,
    env: process.env,
  });
}

/** Loads the configuration and starts the sandbox if a model asks for it. @throws ConfigError */
export async function loadGateway(args: ConfigArguments): Promise<LoadedGateway> {
  const loaded = loadWritten(args);
  const { config, close } = await serveSandboxAddresses(loaded.config);
  return { config, path: loaded.path, warnings: loaded.warnings, close };
}
