import { hash } from 'node:crypto';
import { dirname, resolve } from 'node:path';
import { formatProblem, type LoadNotices } from './config-error.js';
import { type ConfigSource } from '../reloading/config-status.js';
import { BLOCKS, GatewayConfig } from '../gateway.config.js';
import { isSandbox } from './models/address-rules.js';
import { checkBudgets } from './auth/budget-rules.js';
import { BlockReader } from './block-reader.js';
import { findConfigFile, readConfigFile } from './config-file.js';
import { suggestion } from './did-you-mean.js';
import { checkModelNames, checkPublishedKeys, isLoopback } from './auth/key-rules.js';
import { LoadReport } from './load-report.js';
import { Placeholders } from './yaml/placeholders.js';
import { readAuth } from './auth/read-auth.js';
import { ModelsReader } from './models/read-models.js';
import { parseYaml } from './yaml/yaml-document.js';
import { type ModelConfig, type ModelType, upstreamsOf } from '../model.config.js';
import { readProxyEnvironment, unusableProxies } from '../environment/proxy-environment.js';
import { rememberFileTexts } from '../secrets/secrets.js';
import { readTracingEnvironment } from '../environment/tracing-environment.js';
import { HOST, LARGEST_PORT, type ServerConfig } from '../server.config.js';

const BLOCK_KEYS = Object.keys(BLOCKS) as (keyof typeof BLOCKS)[];
const SECTIONS: readonly string[] = ['auth', ...BLOCK_KEYS, 'models'];

export interface LoadOptions {
  /** `--config`; default: LLM_GATEWAY_CONFIG, then `config/models.yaml` here, then the file shipped with the package. */
  path?: string;
  /** The supported model types; each group of the YAML names one. */
  modelTypes: readonly ModelType[];
  /** Whether the price of a model or deployment is known; without it, prices are not checked. */
  isPriced?: (service: ModelConfig) => boolean;
  /** Default: the environment of the process. */
  env?: NodeJS.ProcessEnv;
  /** `--host`; overrides the file. */
  host?: string;
  /** `--port`; overrides PORT, which overrides the file. */
  port?: number;
  /** Receives the path of every file that is looked up, whether or not it exists and is valid. */
  files?: Set<string>;
  /**
   * Whether variables and secret files may be absent. Values that depend on them are not checked
   * and keep their placeholders, so such a configuration must not be used.
   */
  allowsAbsentSecrets?: boolean;
}

export interface LoadedConfig {
  /** Deeply frozen. */
  config: GatewayConfig;
  /** The file that was loaded. */
  path: string;
  source: ConfigSource;
  /** Settings that work, but probably not as intended; one line each, formatted like an error. */
  warnings: readonly string[];
  /** The warnings with their positions, and the values that were not checked. */
  notices: LoadNotices;
}

/**
 * Reads, expands and validates the configuration.
 * @throws ConfigError that lists every problem
 */
export function loadConfig(options: LoadOptions): LoadedConfig {
  const env = options.env ?? process.env;
  const path = findConfigFile(options.path, env);
  const files = options.files ?? new Set();
  files.add(resolve(path));
  const text = readConfigFile(path);
  const { value: document, positions, faults } = parseYaml(text, path);
  const report = new LoadReport(path, positions, options.allowsAbsentSecrets);
  report.add(faults);
  const folder = dirname(resolve(path));
  // `auth` has its own placeholders: its files contain clients' API keys, which are not kept as
  // plain text.
  const reader = new BlockReader(report, new Placeholders(env, folder, files));
  const authReader = new BlockReader(report, new Placeholders(env, folder, files));

  const config = new GatewayConfig();
  for (const key of Object.keys(document)) {
    if (!SECTIONS.includes(key)) report.problem([key], `unknown key, ${suggestion(key, SECTIONS)}`);
  }
  config.auth = readAuth(document['auth'], authReader, report);
  for (const key of BLOCK_KEYS)
    Object.assign(config, { [key]: reader.read<object>(BLOCKS[key], document[key], [key]) });
  const { file } = config.logging;
  if (typeof file?.path === 'string') file.path = resolve(folder, file.path);
  config.cache.check(report.within(['cache']));
  config.usage.resolveFrom(folder);
  const models = new ModelsReader(options.modelTypes, reader, report, config, folder, env);
  config.models = models.read(document['models']);
  config.proxies = readProxyEnvironment(env);
  checkProxies(config.models, env, report);
  const otlp = readTracingEnvironment(env, (name, message) =>
    report.warningOutside('environment', name, message),
  );
  config.tracing = otlp === undefined ? {} : { otlp };
  applyOverrides(config.server, options, env, report);
  if (config.metrics.port !== undefined && config.metrics.port === (config.server.port || undefined)) {
    report.problem(['metrics', 'port'], "is the gateway's main port, expected another one");
  }
  checkPublishedKeys(config.auth, config.models, config.server.host, report);
  report.throwProblems();

  checkModelNames(config.auth, config.models, report);
  if (options.isPriced !== undefined) checkBudgets(config.auth, config.models, options.isPriced, report);
  rememberFileTexts(config, reader.placeholders.fileTexts);
  const { notices } = report;
  const source = { path, digest: hash('sha256', text, 'hex') };
  return { config: deepFreeze(config), path, source, warnings: notices.warnings.map(formatProblem), notices };
}

function applyOverrides(
  server: ServerConfig,
  options: LoadOptions,
  env: NodeJS.ProcessEnv,
  report: LoadReport,
): void {
  const expected = `expected a whole number from 0 to ${LARGEST_PORT}`;
  const isPort = (port: number): boolean => Number.isInteger(port) && port >= 0 && port <= LARGEST_PORT;
  const { host, port } = options;
  if (host !== undefined) {
    if (HOST.test(host)) server.host = host;
    else
      report.problemOutside(
        'command line',
        '--host',
        'expected a host name or an IP address, without scheme and port',
      );
  }
  if (port !== undefined) {
    if (isPort(port)) server.port = port;
    else report.problemOutside('command line', '--port', expected);
    return;
  }
  const text = env['PORT'] ?? '';
  if (text === '') return;
  if (/^\d+$/.test(text) && isPort(Number(text))) server.port = Number(text);
  else report.problemOutside('environment', 'PORT', expected);
}

/** Ignoring a configured proxy would send requests where they must not go, so an unusable one is an error if a model needs it. */
function checkProxies(models: readonly ModelConfig[], env: NodeJS.ProcessEnv, report: LoadReport): void {
  const upstreams = models.filter(({ enabled }) => enabled).flatMap(upstreamsOf);
  const needsOne = upstreams.some(
    ({ proxy, base_url: address }) =>
      proxy === undefined && typeof address === 'string' && !isOnThisMachine(address),
  );
  if (!needsOne) return;
  for (const variable of unusableProxies(env)) {
    report.problemOutside(
      'environment',
      variable,
      'expected an http:// or https:// address (special characters percent-encoded); SOCKS is not supported',
    );
  }
}

function isOnThisMachine(address: string): boolean {
  return isSandbox(address) || (URL.canParse(address) && isLoopback(new URL(address).hostname));
}

function deepFreeze<Value extends object>(value: Value): Value {
  for (const child of Object.values(value) as unknown[]) {
    if (typeof child === 'object' && child !== null) deepFreeze(child);
  }
  return Object.freeze(value);
}
