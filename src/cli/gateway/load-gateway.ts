import { type GatewayConfig } from '../../config/gateway.config.js';
import { type LoadedConfig, loadConfig } from '../../config/load-config.js';
import { PROVIDER_TYPES } from '../../providers/provider-types.js';
import { type CliArguments } from '../arguments.js';
import { SandboxAddresses } from './sandbox-addresses.js';

type ConfigArguments = Pick<CliArguments, 'configPath' | 'host' | 'port'>;

/** A checked configuration whose addresses can all be called. */
export interface LoadedGateway {
  readonly config: GatewayConfig;
  /** As it is in the file, `sandbox:` addresses included. */
  readonly written: GatewayConfig;
  readonly sandbox: SandboxAddresses;
  readonly path: string;
  /** Every file that was looked at. */
  readonly files: ReadonlySet<string>;
  readonly warnings: readonly string[];
  /** Ends the sandbox, where one was started. */
  close(): Promise<void>;
}

/**
 * Loads and checks the configuration as it is written.
 * @param files gets the path of every file that is looked at
 * @throws ConfigError
 */
export function loadWritten(args: ConfigArguments, files?: Set<string>): LoadedConfig {
  return loadConfig({
    path: args.configPath,
    host: args.host,
    port: args.port,
    modelTypes: PROVIDER_TYPES,
    env: process.env,
    files,
  });
}

/** Loads the configuration and starts the sandbox if a model asks for it. @throws ConfigError */
export async function loadGateway(args: ConfigArguments): Promise<LoadedGateway> {
  const files = new Set<string>();
  const loaded = loadWritten(args, files);
  const { config: written, path, warnings } = loaded;
  const sandbox = new SandboxAddresses();
  const config = await sandbox.serve(written);
  return { config, written, sandbox, path, files, warnings, close: () => sandbox.close() };
}
