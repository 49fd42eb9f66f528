import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { load } from 'js-yaml';
import {
  type ChannelType,
  type LeftType,
  NEW_API_CHANNELS,
  ONE_API_CHANNELS,
} from '../src/cli/importing/one-api/one-api-channels.js';
import { importOneApi } from '../src/cli/importing/one-api/one-api.js';
import { writeConfig } from '../src/cli/importing/write-config.js';
import { isJsonObject } from '../src/protocol/json.js';
import { loadText } from './fixtures/config/load-text.js';
import { ROOT } from './support/documents.js';
import {
  CHANNEL_COLUMNS,
  TOKEN_COLUMNS,
  USER_COLUMNS,
  OPTIONS,
  BASE,
} from './fixtures/import/one-api-columns.js';

const PAGES = {
  en: join(ROOT, 'docs', 'migrate', 'one-api.md'),
  zh: join(ROOT, 'docs', 'zh', 'migrate', 'one-api.md'),
};
type Language = keyof typeof PAGES;

/** What becomes of a column: the settings that it sets, or one of these. */
const NAMED = { en: 'named', zh: '列出' };
const STATE = '–';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'import-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function imported(tables: object, isNewApi = true) {
  const path = join(folder, 'export.json');
  writeFileSync(path, JSON.stringify(tables));
  const gateway = await importOneApi(path, isNewApi);
  const { yaml } = writeConfig(gateway, 'export.json');
  return { yaml, notes: gateway.notes };
}

/** A row with the value of a column, which may be a field of a column with JSON. */
function withColumn(row: object, column: string, value: unknown): object {
  const [name, field] = column.split('.') as [string, string | undefined];
  return { ...row, [name]: field === undefined ? value : JSON.stringify({ [field]: value }) };
}

const CHANGES: Readonly<Record<string, (column: string, value: unknown) => object>> = {
  channels: (column, value) => ({
    ...BASE,
    channels: [withColumn(BASE.channels[0]!, column, value), ...BASE.channels.slice(1)],
  }),
  tokens: (column, value) => ({ ...BASE, tokens: [withColumn(BASE.tokens[0]!, column, value)] }),
  users: (column, value) => ({ ...BASE, users: [BASE.users[0], withColumn(BASE.users[1]!, column, value)] }),
  options: (key, value) => ({
    ...BASE,
    options: [...BASE.options.filter((option) => option.key !== key), { key, value }],
  }),
};

/** The settings of a configuration as paths with their values, without the places in lists. */
function settingsOf(value: unknown, path = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => settingsOf(item, path === '' ? '' : `${path}[]`));
  if (!isJsonObject(value)) return [`${path}=${JSON.stringify(value)}`];
  return Object.entries(value).flatMap(([key, inner]) =>
    settingsOf(inner, path === '' ? key : `${path}.${key}`),
  );
}

/** Where two configurations differ, by the names of settings as documents call them. */
function differences(one: string, other: string): string[] {
  const count = (list: string[]): Map<string, number> =>
    list.reduce((map, each) => map.set(each, (map.get(each) ?? 0) + 1), new Map<string, number>());
  const [before, after] = [count(settingsOf(load(one))), count(settingsOf(load(other)))];
  const changed = [...new Set([...before.keys(), ...after.keys()])].filter(
    (setting) => before.get(setting) !== after.get(setting),
  );
  const names = changed.map((setting) =>
    setting
      .replace(/=.*$/s, '')
      .replace(/^models\.\w+\[\]\.(?:deployments\[\]\.)?/, '')
      .replace(/^auth\./, '')
      .replace(/^(price|query|headers|api_keys\[\]\.limits|teams\[\]\.limits)\..*$/, '$1'),
  );
  return [...new Set(names)];
}

async function fate(table: string, column: string, value: unknown, language: Language): Promise<string> {
  const without = await imported(BASE);
  const with_ = await imported(CHANGES[table]!(column, value));
  const [known, now] = [without.notes, with_.notes].map((notes) => notes.map((note) => JSON.stringify(note)));
  const isNamed = now!.some((note) => !known!.includes(note));
  const set = differences(without.yaml, with_.yaml);
  // Whatever leaves a row out changes a lot, for one reason, which is named.
  const isLeftOut = isNamed && ['status', 'deleted_at'].includes(column);
  if (set.length > 0 && !isLeftOut) return set.map((name) => `\`${name}\``).join(', ');
  return isNamed ? NAMED[language] : STATE;
}

/** What is state of the other gateway, and so no setting. */
const IS_STATE =
  /^(?:created_time|accessed_time|test_time|response_time|balance|balance_updated_time|used_quota|other_info)$/;

async function columnTable(language: Language): Promise<string> {
  const rows: string[] = [];
  for (const [table, columns] of [
    ['channels', CHANNEL_COLUMNS],
    ['tokens', TOKEN_COLUMNS],
    ['users', USER_COLUMNS],
    ['options', OPTIONS],
  ] as const) {
    for (const [column, value] of Object.entries(columns))
      rows.push(`| \`${table}\` | \`${column}\` | ${await fate(table, column, value, language)} |`);
  }
  return [HEADS[language].columns, '| --- | --- | --- |', ...rows].join('\n');
}

const HEADS = {
  en: {
    columns: '| table | column | what becomes of it |',
    types: '| channel | one-api | new-api | type of model | address |',
  },
  zh: {
    columns: '| 表 | 列 | 转换结果 |',
    types: '| 渠道 | one-api | new-api | 模型类型 | 地址 |',
  },
};
const LISTED = { en: NAMED.en, zh: NAMED.zh };

function typeTable(language: Language): string {
  const entries = [ONE_API_CHANNELS, NEW_API_CHANNELS].map((types) =>
    Object.entries(types as Record<string, ChannelType | LeftType>),
  );
  const rows = new Map<string, { type: ChannelType | LeftType; numbers: [string, string] }>();
  for (const [index, list] of entries.entries()) {
    for (const [number, type] of list) {
      const { base, below } = type as ChannelType;
      const key = JSON.stringify([type.name, base, below, 'why' in type]);
      const row = rows.get(key) ?? { type, numbers: ['–', '–'] as [string, string] };
      row.numbers[index] = row.numbers[index] === '–' ? number : `${row.numbers[index]}, ${number}`;
      rows.set(key, row);
    }
  }
  const lines = [...rows.values()].map(({ type, numbers }) => {
    const fate_ =
      'why' in type
        ? `– | ${LISTED[language]}`
        : `\`${type.type}\` | ${type.base === undefined ? '`base_url`' : `\`${type.base}${type.below}\``}`;
    return `| ${type.name} | ${numbers.join(' | ')} | ${fate_} |`;
  });
  return [HEADS[language].types, '| --- | --- | --- | --- | --- |', ...lines].join('\n');
}

function expectTable(language: Language, head: string, table: string): void {
  const text = readFileSync(PAGES[language], 'utf8');
  const written = text.slice(text.indexOf(head)).split('\n\n')[0]!.trim();
  if (process.env['WRITE_TABLES'] === '1')
    writeFileSync(
      PAGES[language],
      text.replace(written, () => table),
    );
  else expect(written).toBe(table);
}

describe.each(['en', 'zh'] as const)('the page about one-api in %s', (language) => {
  it('describes the fate of each column', async () => {
    expectTable(language, HEADS[language].columns, await columnTable(language));
  });

  it('describes the fate of each type of channel', () => {
    expectTable(language, HEADS[language].types, typeTable(language));
  });
});

describe('an export of one-api', () => {
  it('has no setting that is neither carried nor named', async () => {
    const silent: string[] = [];
    for (const [table, columns] of Object.entries({
      channels: CHANNEL_COLUMNS,
      tokens: TOKEN_COLUMNS,
      users: USER_COLUMNS,
      options: OPTIONS,
    })) {
      for (const [column, value] of Object.entries(columns)) {
        if ((await fate(table, column, value, 'en')) === STATE && !IS_STATE.test(column))
          silent.push(`${table}.${column}`);
      }
    }
    expect(silent).toEqual([]);
    // A column that no table has yet is named, too.
    const { notes } = await imported(CHANGES['channels']!('column_of_tomorrow', 'word'));
    expect(notes.map(({ what }) => what)).toContain('column_of_tomorrow');
  });

  it.each([
    ['one-api', false, ONE_API_CHANNELS],
    ['new-api', true, NEW_API_CHANNELS],
  ] as const)('becomes a configuration that loads, of each type of %s', async (_name, isNewApi, types) => {
    for (const number of Object.keys(types)) {
      const channel = {
        ...BASE.channels[1],
        type: Number(number),
        base_url: [3, 8, 47, 50].includes(Number(number)) ? 'https://service.example' : '',
        other: 'word',
        config: '{"user_id":"account"}',
      };
      const { yaml, notes } = await imported({ channels: [channel] }, isNewApi);
      const type = types[Number(number)]!;
      if ('why' in type) expect(notes.map(({ why }) => why)).toContain(type.why);
      else
        expect(() => loadText(yaml, { env: { LLM_GATEWAY_KEY: 'sk-a-key-of-a-test-0001' } })).not.toThrow();
    }
  });
});
