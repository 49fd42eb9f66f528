import { type Path } from './places.js';

type Json = Record<string, unknown>;

const LOGIN = { auth_url: 'https://h.test/login', username: 'u', password: 'p' };
const TOKEN = { token: 't' };

/** What a model of each type may have beside the value that is tried; the first that is valid with it decides. */
const ENTRIES: Readonly<Record<string, readonly Json[]>> = {
  request: [
    LOGIN,
    TOKEN,
    { ...LOGIN, login: { steps: [{}], lifetime: 'a' } },
    { ...TOKEN, request: {}, poll: { path: '/p', done: 'a' }, response: { text: 'a' } },
    { ...TOKEN, stream: { text: 'a' }, response: { text: 'a' } },
  ],
};
const PLAIN: readonly Json[] = [{}];

/** Valid configurations to put a value at a path into. */
export function basesFor([section, type]: Path): Json[] {
  const group = section === 'models' && typeof type === 'string' ? type : 'openai';
  const other = { name: 'other', base_url: 'https://h.test/v1' };
  return structuredClone(ENTRIES[group] ?? PLAIN).map((own) => ({
    auth: { api_keys: ['client-key-of-a-test', { key: 'another-key-of-a-test' }] },
    models: {
      openai: [other],
      [group]: [{ name: 'm', base_url: 'https://h.test/v1', ...own }, ...(group === 'openai' ? [other] : [])],
    },
    ...(section === 'cache' && { cache: { redis_url: 'redis://h.test', encryption_key: 'k'.repeat(32) } }),
  }));
}

/** Puts a value at a path; what is on the way and absent is made. @param block what must stand beside it */
export function putValue(config: Json, path: Path, block: Json, value: unknown): void {
  let node: Json = config;
  for (const [at, part] of path.slice(0, -1).entries()) {
    const isLast = at === path.length - 2;
    const next = node[part];
    const isThere = typeof next === 'object' && next !== null;
    if (!isThere) node[part] = isLast ? { ...block } : typeof path[at + 1] === 'number' ? [] : {};
    else if (isLast && !Array.isArray(next)) node[part] = { ...block, ...next };
    node = node[part] as Json;
  }
  node[path.at(-1)!] = value;
}
