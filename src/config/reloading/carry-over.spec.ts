import { loadText } from '../../../test/fixtures/config/load-text.js';
import { type GatewayConfig } from '../gateway.config.js';
import { configuredSecrets } from '../secrets/secrets.js';
import { keepSameModels, keepStartKeys } from './carry-over.js';

function load(server: string, ...names: string[]): GatewayConfig {
  const models = names.map(
    (name) => `{ name: ${name}, base_url: "https://x.test", api_key: secret-${name} }`,
  );
  return loadText(`auth: { api_keys: [client-key-of-a-test] }
server: ${server}
models: { openai: [${models.join(', ')}] }`).config;
}

it('keeps the objects of models that stay what they were', () => {
  const before = load('{}', 'one', 'two');
  const after = keepSameModels(load('{}', 'two', 'three'), before);
  expect(after.models.map(({ name }) => name)).toEqual(['two', 'three']);
  expect(after.models[0]).toBe(before.models[1]);
  expect(configuredSecrets(after)).toEqual(['secret-two', 'secret-three']);
});

it('keeps what is read at the start, and changes the rest', () => {
  const running = load('{ port: 1, docs: false }', 'one');
  const next = load('{ port: 2, body_limit: 1mb }', 'one');
  const kept = keepStartKeys(next, running);
  expect(kept.server).toMatchObject({ port: 1, docs: false, body_limit: 1024 * 1024 });
  expect(kept.server).toBeInstanceOf(next.server.constructor);
  expect(kept.cache).toBe(running.cache);
  expect(kept.models).toBe(next.models);
  expect(Object.isFrozen(kept.server)).toBe(true);
  expect(next.server.port).toBe(2);
});
