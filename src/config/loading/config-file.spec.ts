import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROVIDER_TYPES } from '../../providers/provider-types.js';
import { ConfigError } from './config-error.js';
import { loadConfig } from './load-config.js';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const AUTH = 'auth: { api_keys: ["client-key-of-a-test"] }\n';
const MODEL = 'models: { openai: [{ name: m, base_url: "https://x.test/v1" }] }\n';

describe('which configuration file is read', () => {
  const cwd = process.cwd();
  let folder: string;
  const named = (name: string): string => AUTH + MODEL.replace('name: m', `name: ${name}`);
  const load = (path?: string, env: NodeJS.ProcessEnv = {}): [string | undefined, string] => {
    const loaded = loadConfig({ path, env, modelTypes: PROVIDER_TYPES });
    return [loaded.config.models[0]?.name, loaded.path];
  };

  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'gateway-cwd-')));
    writeFileSync(join(folder, 'flag.yaml'), named('flag'));
    writeFileSync(join(folder, 'variable.yaml'), named('variable'));
    process.chdir(folder);
  });
  afterEach(() => {
    process.chdir(cwd);
    rmSync(folder, { recursive: true });
  });

  it('asks the flag, the variable, the working directory and the package, in this order', () => {
    const env = { LLM_GATEWAY_CONFIG: join(folder, 'variable.yaml') };
    expect(load('flag.yaml', env)).toEqual(['flag', 'flag.yaml']);
    expect(load(undefined, env)).toEqual(['variable', env.LLM_GATEWAY_CONFIG]);
    expect(load(undefined, { LLM_GATEWAY_CONFIG: '' })).toEqual([
      'gpt-3.5-turbo',
      join(ROOT, 'config', 'models.yaml'),
    ]);
    mkdirSync('config');
    writeFileSync(join('config', 'models.yaml'), named('here'));
    expect(load()).toEqual(['here', join('config', 'models.yaml')]);
  });

  it('does not replace a missing file that was named', () => {
    expect(() => load('missing.yaml')).toThrow('missing.yaml: cannot load the configuration: no such file');
    expect(() => load('missing.yaml')).toThrow(ConfigError);
    expect(() => load(undefined, { LLM_GATEWAY_CONFIG: folder })).toThrow('it is a directory');
    expect(() => load('flag.yaml/deeper')).toThrow('no such file');
  });
});
