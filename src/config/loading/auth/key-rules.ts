import { type AuthConfig } from '../../auth.config.js';
import { PUBLISHED_KEYS } from '../../secrets/demo-key.js';
import { type ModelConfig, upstreamsOf } from '../../model.config.js';
import { isSandbox } from '../models/address-rules.js';
import { suggestion } from '../did-you-mean.js';
import { type LoadReport } from '../load-report.js';
import { hashKey } from './read-auth.js';
import { formatKey } from '../yaml/yaml-path.js';

const LOOPBACK = /^(localhost|127\.[\d.]+|\[?::1\]?)$/i;

/** Whether only programs on this machine can connect to this address. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

/** A key published in this repository must not give other machines access to a real service. */
export function checkPublishedKeys(
  { enabled, api_keys: keys }: AuthConfig,
  models: readonly ModelConfig[],
  host: string,
  report: LoadReport,
): void {
  const real = models.find(
    (model) =>
      model.enabled !== false && upstreamsOf(model).some(({ base_url: address }) => !isSandbox(address)),
  );
  if (enabled === false || real === undefined) return;
  const published = new Set(PUBLISHED_KEYS.map(hashKey));
  for (const [index, { key_sha256: digest }] of keys.entries()) {
    if (!published.has(digest)) continue;
    const opens = `is published in this product's repository and gives access to ${formatKey(String(real.name))}, a real service`;
    const place = ['auth', 'api_keys', index];
    if (isLoopback(host)) {
      report.warning(place, `${opens}; replace it with your own key (make one: llm-gateway key)`);
    } else {
      report.problem(
        place,
        `${opens}, on ${host}; expected your own key (make one: llm-gateway key), or server.host: "127.0.0.1"`,
      );
    }
  }
}

/** Reports names in a key's `models:` that match no model. */
export function checkModelNames(
  { api_keys: keys }: AuthConfig,
  models: readonly ModelConfig[],
  report: LoadReport,
): void {
  const names = models.map(({ name }) => String(name));
  for (const [index, { models: allowed }] of keys.entries()) {
    for (const [at, name] of (allowed ?? []).entries()) {
      if (name.includes('*') || names.includes(name)) continue;
      report.warning(
        ['auth', 'api_keys', index, 'models', at],
        `there is no model ${formatKey(name)}, ${suggestion(name, names)}`,
      );
    }
  }
}
