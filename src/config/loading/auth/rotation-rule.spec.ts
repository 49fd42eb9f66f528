import {
  expectRefusals,
  type Mistake,
  mistake,
  MODELS,
  SECRET,
} from '../../../../test/fixtures/config/mistake.js';
import { loadText } from '../../../../test/fixtures/config/load-text.js';

describe('two keys of one name', () => {
  const keys = (first: string, second: string): string =>
    `auth:\n  teams: [{ name: a }, { name: b }]\n  api_keys:\n    - { name: bot, key: ${SECRET}, ${first} }\n` +
    `    - { name: bot, key: second-${SECRET}, ${second} }\n    - { name: x, key: third-key-of-a-test, team: a }\n` +
    `    - { name: y, key: fourth-key-of-a-test, team: b }\n${MODELS}\n`;
  const differ = (what: string, first: string, second: string): Mistake =>
    mistake(
      `another ${what}`,
      keys(first, second),
      `5 auth.api_keys[1]: has the same name as api_keys[0] in line 4, "bot", but not the same ${what}; expected the same team,`,
    );

  expectRefusals([
    differ('team', 'team: a', 'team: b'),
    differ('models', 'models: [m]', 'admin: false'),
    differ('models', 'models: [m]', 'models: [m, "n*"]'),
    differ('admin', 'admin: true', 'admin: false'),
    differ('limits', 'limits: { max_concurrent: 1 }', 'limits: { max_concurrent: 2 }'),
    differ('team, models, limits', 'team: a, models: [m]', 'limits: { budget: { usd: 1, per: day } }'),
    mistake(
      'a name that another key has by its position',
      `auth:\n  api_keys:\n    - { name: key-2, key: ${SECRET}, admin: true }\n    - second-${SECRET}\n${MODELS}\n`,
      '4 auth.api_keys[1]: has the same name as api_keys[0] in line 3, "key-2", but not the same admin;',
    ),
  ]);

  it.each([
    ['expires_at: 2099-01-31', 'expires_at: 2099-12-31'],
    ['models: [m, "n*"]', 'models: ["n*", m, m]'],
    ['admin: false', 'expires_at: 2099-12-31'],
    [
      'team: a, limits: { max_concurrent: 1, budget: { usd: 1, per: day } }',
      'limits: { budget: { per: day, usd: 1.0 }, max_concurrent: 1, tokens_per_minute: null }, team: a',
    ],
    ['limits: null', 'limits: { budget: null }'],
  ])('are one client: %s; %s', (first, second) => {
    const [one, other] = loadText(keys(first, second)).config.auth.api_keys;
    expect(one).toMatchObject({ name: 'bot' });
    expect(other!.name).toBe('bot');
    expect(other!.limits).toEqual(one!.limits);
    expect(one!.key_sha256).not.toBe(other!.key_sha256);
  });
});
