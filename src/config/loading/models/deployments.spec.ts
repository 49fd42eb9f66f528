import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OpenAiModelConfig, OpenAiProvider } from '../../../providers/openai/openai.provider.js';
import { RequestProvider } from '../../../providers/request/request.provider.js';
import { ConfigError } from '../config-error.js';
import { type LoadedConfig, loadConfig } from '../load-config.js';
import { configuredSecrets } from '../../secrets/secrets.js';

function load(models: string, env: NodeJS.ProcessEnv = {}): LoadedConfig {
  const folder = mkdtempSync(join(tmpdir(), 'deployments-'));
  const path = join(folder, 'models.yaml');
  writeFileSync(path, `auth: { api_keys: ["client-key-of-a-test"] }\n${models}`);
  try {
    return loadConfig({ path, modelTypes: [OpenAiProvider, RequestProvider], env });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Each as `line: path: message`. */
function problemsOf(models: string, env: NodeJS.ProcessEnv = {}): string[] {
  try {
    load(models, env);
  } catch (error) {
    if (error instanceof ConfigError) {
      return error.problems.map(({ line, path, message }) => `${line}: ${path}: ${message}`);
    }
    throw error;
  }
  return [];
}

describe('deployments', () => {
  it('are complete configurations: the entry with the own fields over it', () => {
    const { config, warnings } = load(
      `
timeouts: { idle_seconds: 7 }
models:
  openai:
    - name: m
      api_key: shared-key-1
      headers: { a: one, b: one }
      deployments:
        - { base_url: "http://x.test", weight: 3, headers: { b: two }, timeouts: { total_seconds: 9 } }
        - { base_url: "http://y.test", name: spare, weight: 0, api_key: "\${KEY}", model_name: other }
`,
      { KEY: 'other-key-2' },
    );
    const [model] = config.models;
    expect(model!.deployments).toMatchObject([
      {
        name: 'deployment-1',
        weight: 3,
        config: {
          name: 'm',
          model_name: 'm',
          base_url: 'http://x.test',
          api_key: 'shared-key-1',
          headers: { a: 'one', b: 'two' },
          timeouts: { idle_seconds: 7, total_seconds: 9 },
        },
      },
      {
        name: 'spare',
        weight: 0,
        config: { api_key: 'other-key-2', model_name: 'other', headers: { a: 'one', b: 'one' } },
      },
    ]);
    expect(model!.deployments[1]!.config).toBeInstanceOf(OpenAiModelConfig);
    expect(model).toMatchObject({ base_url: 'http://x.test', enabled: true });
    expect(configuredSecrets(config)).toEqual(expect.arrayContaining(['shared-key-1', 'other-key-2']));
    expect(Object.isFrozen(model!.deployments[0]!.config)).toBe(true);
    expect(warnings).toEqual([]);
  });

  it('obey the rules of an entry, each problem once and at its place', () => {
    expect(
      problemsOf(`models:
  openai:
    - name: m
      max_tokens: "x"
      deployments:
        - { base_url: "http://x.test", weigth: 2 }
        - { base_url: "ftp://x.test", strategy: weighted }
        - { name: two, api_key: "\${MISSING}" }
        - { name: two, base_url: "http://x.test", weight: -1 }
    - { name: n, base_url: "http://x.test", deployments: [{ base_url: "http://x.test", weight: 0 }] }
    - { name: o, deployments: [] }
  request:
    - name: r
      deployments:
        - { base_url: "http://x.test", token: abcdefgh }
        - { base_url: "http://x.test" }
`),
    ).toEqual([
      '5: models.openai[0].max_tokens: expected a whole number of at least 1, got a string',
      '7: models.openai[0].deployments[0].weigth: unknown key, did you mean "weight"?',
      '8: models.openai[0].deployments[1].strategy: belongs to the model as a whole, expected it next to "deployments"',
      '8: models.openai[0].deployments[1].base_url: expected an address that begins with http:// or https://, got a different string',
      expect.stringMatching(
        /^9: models\.openai\[0\]\.deployments\[2\]\.api_key: .*MISSING is not set/,
      ) as string,
      '9: models.openai[0].deployments[2].base_url: missing, expected an http:// or https:// address',
      '10: models.openai[0].deployments[3].weight: expected a whole number from 0 to 1000, got -1',
      '10: models.openai[0].deployments[3].name: duplicate deployment name "two", expected another',
      '11: models.openai[1].deployments[0].base_url: is also set on the model; set it either on the model or on its deployments',
      '11: models.openai[1].deployments: no deployment has a weight above 0, expected at least one',
      '12: models.openai[2].deployments: expected a list of deployments (begin each with "- "), got an empty list',
      '17: models.request[0].deployments[1]: has no credential; expected token, or auth_url, username and password',
    ]);
  });

  it('of a disabled model may miss what the machine lacks', () => {
    const models =
      'models: { openai: [{ name: m, enabled: false, deployments: [{ base_url: "http://x", api_key: "${NO}" }] }] }';
    expect(problemsOf(models)).toEqual([]);
  });

  it('warn of what has no effect', () => {
    const { warnings } = load(`
models:
  openai:
    - { name: m, api_key: never-used-1, deployments: [{ base_url: "http://x.test", api_key: own-key-12 }] }
    - { name: n, base_url: "http://x.test", strategy: least_busy }
`);
    expect(warnings.map((line) => line.replace(/^.*yaml:/, ''))).toEqual([
      '5: models.openai[0].api_key: has no effect: every deployment overrides it',
      '6: models.openai[1].strategy: has no effect without deployments',
    ]);
  });
});

describe('fallbacks', () => {
  it('are names, or names with causes', () => {
    const { config } = load(`
models:
  openai:
    - { name: m, base_url: "http://x.test", fallbacks: [n, { model: o, on: [429, context_length] }, { model: p, on: 5xx }] }
    - { name: n, base_url: "http://x.test", fallbacks: [p] }
    - { name: o, base_url: "http://x.test" }
    - { name: p, base_url: "http://x.test" }
`);
    expect(config.models[0]!.fallbacks).toEqual([
      { model: 'n', on: ['unreachable', 'timeout', '429', '5xx'] },
      { model: 'o', on: ['429', 'context_length'] },
      { model: 'p', on: ['5xx'] },
    ]);
  });

  it('lead to another enabled model, and none leads back', () => {
    expect(
      problemsOf(`models:
  openai:
    - { name: chat, base_url: "http://x.test", fallbacks: [smal, off, chat, { model: small, when: x }, small] }
    - { name: small, base_url: "http://x.test", fallbacks: [{ model: third, on: [timeuot] }] }
    - { name: third, base_url: "http://x.test", fallbacks: [chat] }
    - { name: off, base_url: "http://x.test", enabled: false, fallbacks: [off2] }
    - { name: off2, base_url: "http://x.test", enabled: false }
    - { name: odd, base_url: "http://x.test", fallbacks: [7, { on: [429] }, { model: third, on: [] }] }
`),
    ).toEqual([
      '4: models.openai[0].fallbacks[0]: unknown model "smal", did you mean "small"?',
      '4: models.openai[0].fallbacks[1]: "off" is disabled (enabled: false), expected an enabled model',
      '4: models.openai[0].fallbacks[2]: is the model itself, expected another one',
      '4: models.openai[0].fallbacks[3].when: unknown key, expected one of model, on',
      '4: models.openai[0].fallbacks[4]: "small" is already in this list, expected it once',
      '5: models.openai[1].fallbacks[0].on[0]: unknown cause, did you mean "timeout"?',
      '6: models.openai[2].fallbacks[0]: forms a loop (chat -> small -> third -> chat), expected none',
      "9: models.openai[5].fallbacks[0]: expected a model's name, or { model, on }, got a number",
      "9: models.openai[5].fallbacks[1].model: missing, expected a model's name",
      '9: models.openai[5].fallbacks[2].on: expected at least one of unreachable, timeout, 429, 5xx, context_length',
    ]);
  });

  it('are reported beside models that have no name, or a wrong one', () => {
    expect(
      problemsOf(`models:
  openai:
    - { nam: small, base_url: "http://x.test" }
    - { name: 5, base_url: "http://x.test" }
    - { name: chat, base_url: "http://x.test", fallbacks: [small] }
`),
    ).toEqual([
      '4: models.openai[0].nam: unknown key, did you mean "name"?',
      '4: models.openai[0].name: missing, expected a name without control characters',
      '5: models.openai[1].name: expected a name without control characters, got a number (put it in quotes)',
      '6: models.openai[2].fallbacks[0]: unknown model "small", expected another model of this file',
    ]);
  });
});
