import { plainToInstance } from 'class-transformer';
import { getMetadataStorage, validateSync } from 'class-validator';
import { AuthConfig } from '../../src/config/auth.config.js';
import { BLOCKS } from '../../src/config/gateway.config.js';
import { type Blueprint, classFields, type ClassField } from '../../src/config/loading/class-fields.js';
import { deploymentFields } from '../../src/config/loading/models/deployment-blocks.js';
import { ApiKeyEntry } from '../../src/config/loading/auth/read-auth.js';
import { RuleSchema } from '../../src/config/rules/rule-schema.js';
import { PROVIDER_TYPES } from '../../src/providers/provider-types.js';

export type Path = readonly (string | number)[];
type Json = Record<string, unknown>;

/** A key that a configuration may have, and values to try there. */
export interface Place {
  readonly path: Path;
  /** What must stand beside it: a valid block without it. */
  readonly block: Json;
  readonly values: readonly unknown[];
}

/** The environment of the tries. */
export const ENV = { NUMBER: '5', WORD: 'x', FLAG: 'true', URL: 'https://h.test', SIZE: '10mb', EMPTY: '' };

/** What people write, in the right and in the wrong place. */
const VALUES: readonly unknown[] = [
  null, true, false, 0, 1, -1, 0.5, 5, 64.5, 404, 429, 1e6, 1e12,
  '', ' ', 'x', 'b', '5', 'true', '10mb', '64 KiB', '-1mb', 'free', '/p', 'p', 'chat', 'live',
  'http://h.test/v1', 'https://h.test', 'ftp://h.test', 'sandbox:', 'sandbox:/v1', 'socks5://h.test',
  'redis://h.test:6379', 'file:u.db', 'postgres://h.test/db', 'h.test', '*', 'a\nb', 'UTC', 'Asia/Shanghai',
  '2027-01-31', '+08:00', '0a'.repeat(32), 'a-long-enough-key-for-this-test!', 'openai-chat', '$x[0].y', '{',
  '${NUMBER}', '${WORD}', '${FLAG}', '${URL}', '${SIZE}', '${EMPTY:-}', '${NONE:-7}', 'a${WORD}b', '5${NUMBER}',
  '$${', '${', '${NONE}',
  [], ['x'], ['m'], ['${WORD}'], ['${NONE:-m}'], [5], [null], [''], ['https://a.test'], [404], ['openai-chat'], [[]],
  {}, { x: 'y' }, { x: 5 }, { x: null }, { x: '${WORD}' }, { x: {} }, { 'x y': 'z' }, { name: 'x' },
  [{}], [{ name: 'x' }], [{ model: 'other' }], [{ model: 'other', on: [429, 'timeout'] }], [{ model: 'other', on: '5xx' }],
  [{ model: 'other', on: [] }], ['other'], ['other', 'other'],
]; // prettier-ignore

/** Every key of every block; new classes and fields are found by themselves. */
export function everyPlace(): Place[] {
  const models = PROVIDER_TYPES.flatMap(({ type, Config }, at) => {
    const entry = ['models', type, 0];
    const fields = [...classFields(Config)].filter(([key]) => at === 0 || !isCommon(key));
    const own = [...deploymentFields(Config)].filter(([key]) => at === 0 || !isCommon(key));
    return [
      ...placesOf(Config, entry, new Map(fields), { name: 'm' }),
      ...placesOf(Config, [...entry, 'deployments', 0], new Map(own), {}),
    ];
  });
  const whole = [...Object.keys(BLOCKS), 'auth', 'models'].map((key) => ({
    path: [key],
    block: {},
    values: VALUES,
  }));
  return [
    ...whole,
    { path: ['auth', 'api_keys', 2], block: {}, values: VALUES },
    { path: ['models', 'openai', 2], block: {}, values: VALUES },
    { path: ['models', 'gemini'], block: {}, values: VALUES },
    ...Object.entries(BLOCKS).flatMap(([key, Class]) => placesOf(Class, [key])),
    ...placesOf(AuthConfig, ['auth']),
    ...placesOf(ApiKeyEntry, ['auth', 'api_keys', 1], classFields(ApiKeyEntry), {
      key: 'another-key-of-a-test',
    }),
    ...models,
  ];
}

const COMMON = new Set(
  PROVIDER_TYPES.map(({ Config }) => new Set(classFields(Config).keys())).reduce((one, other) => {
    return new Set([...one].filter((key) => other.has(key)));
  }),
);

function isCommon(key: string): boolean {
  return COMMON.has(key);
}

function placesOf(
  Class: Blueprint,
  path: Path,
  fields: ReadonlyMap<string, ClassField> = classFields(Class),
  block: Json = minimal(Class),
): Place[] {
  return [...fields].flatMap(([key, { Block, Item }]) => {
    const at = [...path, key];
    const values = [...VALUES, ...wordsOf(Class, key)];
    const below =
      Block !== undefined ? placesOf(Block, at) : Item !== undefined ? placesOf(Item, [...at, 0]) : [];
    return [{ path: at, block, values }, ...below];
  });
}

/** The words that a rule knows. */
function wordsOf(Class: Blueprint, key: string): unknown[] {
  return getMetadataStorage()
    .getTargetValidationMetadatas(Class, '', false, false)
    .filter(({ propertyName }) => propertyName === key)
    .flatMap(({ constraints }) => (constraints ?? []) as unknown[])
    .flatMap((each) => (each instanceof RuleSchema ? ((each.schema['enum'] as unknown[]) ?? []) : []));
}

/** A block with its required fields. */
function minimal(Class: Blueprint): Json {
  const block: Json = {};
  const wrong = (): string[] =>
    validateSync(plainToInstance(Class, block), { forbidUnknownValues: false }).map(
      ({ property }) => property,
    );
  for (const key of wrong())
    block[key] = [...wordsOf(Class, key), ...VALUES].find((value) => {
      block[key] = value;
      return !wrong().includes(key);
    });
  return block;
}
