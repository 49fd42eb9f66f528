import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { load } from 'js-yaml';
import Database from 'libsql';
import { importOneApi } from './one-api.js';
import { writeConfig } from '../write-config.js';

/** What the specs look into. */
interface Written {
  readonly auth: unknown;
  readonly models: Readonly<Record<string, Record<string, unknown>[]>>;
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'import-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function imported(document: unknown) {
  const path = join(folder, 'export.json');
  writeFileSync(path, JSON.stringify(document));
  const gateway = await importOneApi(path, false);
  return {
    config: load(writeConfig(gateway, 'export.json').yaml) as Written,
    notes: gateway.notes,
  };
}

const channel = (fields: object) => ({
  id: 1,
  type: 1,
  key: 'sk-1',
  status: 1,
  name: 'c1',
  models: 'm',
  ...fields,
});

describe('one-api', () => {
  it('imports channels as deployments: those of the highest priority by weight, the others as a reserve', async () => {
    const { config, notes } = await imported({
      channels: [
        channel({ models: 'm, n', weight: 3, priority: 5 }),
        channel({
          id: 2,
          name: 'c2',
          type: 8,
          base_url: 'https://house/api/',
          priority: 1,
          key: 'k1\nk2',
          model_mapping: '{"m":"m-real"}',
        }),
        channel({ id: 3, name: 'off', status: 2 }),
        channel({ id: 4, name: 'video', type: 15 }),
        channel({ id: 5, name: 'claude', type: 14, models: 'claude' }),
        channel({
          id: 6,
          name: 'az',
          type: 3,
          models: 'gpt-3.5-turbo',
          base_url: 'https://r.azure.com',
          other: '2024-02-01',
        }),
      ],
    });
    expect(config.models['openai']![0]).toEqual({
      name: 'm',
      deployments: [
        { name: 'c1', weight: 3, base_url: 'https://api.openai.com/v1', api_key: 'sk-1' },
        { name: 'c2', weight: 0, base_url: 'https://house/api/v1', api_key: 'k1', model_name: 'm-real' },
      ],
    });
    expect(config.models['anthropic']![0]).toMatchObject({
      name: 'claude',
      base_url: 'https://api.anthropic.com',
    });
    expect(config.models['openai']![2]).toMatchObject({
      base_url: 'https://r.azure.com/openai/deployments/gpt-35-turbo',
      headers: { 'api-key': 'sk-1' },
      query: { 'api-version': '2024-02-01' },
    });
    expect(notes.map(({ of }) => of[0])).toEqual(expect.arrayContaining(['c2', 'off', 'video']));
  });

  it("reads type numbers as new-api's if the columns are new-api's", async () => {
    const { config } = await imported([channel({ type: 43, tag: null })]);
    expect(config.models['openai']![0]).toMatchObject({ base_url: 'https://api.deepseek.com/v1' });
  });

  it('reads the database, keys and quota included', async () => {
    const path = join(folder, 'one-api.db');
    const database = new Database(path);
    database.exec(`
      CREATE TABLE channels (id INTEGER, type INTEGER, key TEXT, status INTEGER, name TEXT, weight INTEGER, base_url TEXT, models TEXT, model_mapping TEXT, priority INTEGER);
      CREATE TABLE tokens (id INTEGER, key TEXT, status INTEGER, name TEXT, expired_time INTEGER, remain_quota INTEGER, unlimited_quota INTEGER, models TEXT);
      INSERT INTO channels VALUES (1, 36, 'sk-2', 1, 'deep', 0, '', 'deepseek-chat', '', 0);
      INSERT INTO tokens VALUES (1, 'abcdefghijklmnop', 1, 'team', 1924992000, 1000000, 0, 'deepseek-chat'), (2, 'x', 2, 'gone', -1, 0, 1, '');
    `);
    database.close();
    const gateway = await importOneApi(path, false);
    const config = load(writeConfig(gateway, 'one-api.db').yaml);
    expect(config).toEqual({
      auth: {
        api_keys: [
          {
            name: 'team',
            key: 'sk-abcdefghijklmnop',
            models: ['deepseek-chat'],
            expires_at: '2031-01-01T00:00:00.000Z',
            limits: { budget: { usd: 2, per: 'total' } },
          },
        ],
      },
      models: {
        openai: [{ name: 'deepseek-chat', base_url: 'https://api.deepseek.com/v1', api_key: 'sk-2' }],
      },
    });
    expect(gateway.notes.map(({ of }) => of[0])).toEqual(['gone']);
  });

  it('names a variable for a key that the export omits', async () => {
    const { config } = await imported({ success: true, data: [channel({ key: '' })] });
    expect(config.models['openai']![0]!['api_key']).toBe('${CHANNEL_1_KEY}');
  });

  it('refuses a file of any other kind', async () => {
    await expect(imported({ hello: 1 })).rejects.toThrow(/expected a SQLite database, or JSON/);
  });
});
