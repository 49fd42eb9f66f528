import { MODELS, SECRET } from '../../../../test/fixtures/config/mistake.js';
import { loadText } from '../../../../test/fixtures/config/load-text.js';
import { hashKey } from './read-auth.js';

describe('warnings about expiring keys and teams without keys', () => {
  const DAY = 24 * 3_600_000;
  const load = (auth: string) => loadText(`auth:\n${auth}\n${MODELS}\n`);
  const ending = (inDays: number) => {
    const time = new Date(Date.now() + inDays * DAY).toISOString();
    return load(`  api_keys:\n    - name: bot\n      key: ${SECRET}\n      expires_at: "${time}"`);
  };
  const told = ({ warnings }: { warnings: readonly string[] }) =>
    warnings.map((text) => text.replace(/^.*?:(\d+): /, '$1 ').replaceAll(/\(\d{4}-[^)]*\)/g, '(TIME)'));

  it('appear at startup from 14 days before the expiry', () => {
    expect(told(ending(-1))).toEqual([
      '5 auth.api_keys[0].expires_at: the key "bot" has expired (TIME): it is refused with 401 api_key_expired; add its successor under the same name',
    ]);
    expect(told(ending(13.9))).toEqual([
      '5 auth.api_keys[0].expires_at: the key "bot" expires within 14 days (TIME); add its successor under the same name',
    ]);
    expect(told(ending(14.1))).toEqual([]);
  });

  it('count days in the configured time zone', () => {
    const { config } = load(
      `  time_zone: Asia/Shanghai\n  api_keys: [{ key: ${SECRET}, expires_at: 2099-01-31 }]`,
    );
    expect(config.auth.api_keys[0]).toMatchObject({
      expires_at: '2099-01-31',
      expiresAtMs: Date.parse('2099-01-31T16:00:00Z'),
    });
  });

  it('appear for a team without keys', () => {
    expect(
      told(
        load(`  teams:\n    - name: search\n    - name: ads\n  api_keys: [{ key: ${SECRET}, team: ads }]`),
      ),
    ).toEqual(['3 auth.teams[0]: no key belongs to the team "search"']);
  });

  it('count keys whose secrets are absent in a check that allows that', () => {
    const { notices } = loadText(
      `auth:\n  teams: [{ name: search }]\n  api_keys: [{ key: "\${ABSENT}", team: search }]\n${MODELS}\n`,
      { allowsAbsentSecrets: true },
    );
    expect(notices.warnings).toEqual([]);
    expect(notices.unchecked).toHaveLength(1);
  });

  it('are read with placeholders', () => {
    const { config } = loadText(
      `auth:\n  teams: [{ name: "\${TEAM}" }]\n  time_zone: "\${ZONE:-Asia/Shanghai}"\n  api_keys:\n    - key: ${SECRET}\n      team: "\${TEAM}"\n` +
        `      expires_at: "\${END:-}"\n      limits: { requests_per_minute: "\${RPM}", max_concurrent: "\${MOST:-}" }\n${MODELS}\n`,
      { env: { TEAM: 'search', RPM: '60' } },
    );
    expect(config.auth).toMatchObject({ time_zone: 'Asia/Shanghai', teams: [{ name: 'search' }] });
    expect(config.auth.api_keys[0]).toEqual({
      name: 'key-1',
      key_sha256: hashKey(SECRET),
      team: 'search',
      limits: { requests_per_minute: 60 },
    });
  });
});
