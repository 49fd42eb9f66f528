import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const GATEWAY = join(import.meta.dirname, '../gateway.yaml');
export const LIMITED_KEY = 'bench-limited-key';
/** One that has a price, without which no client with a budget may use it. */
export const PRICED_MODEL = 'bench-priced';

const CLIENT = `  api_keys:
    - name: 'limited'
      key: '${LIMITED_KEY}'
      team: 'limited'
      limits: &limits
        requests_per_minute: 1000000000
        tokens_per_minute: 1000000000000
        max_concurrent: 1000000
        budget: { usd: 1000000, per: 'month' }
`;
const TEAM = `  teams:
    - name: 'limited'
      limits: *limits
`;
const MODEL = `  openai:
    - name: '${PRICED_MODEL}'
      base_url: '\${BENCH_UPSTREAM}/v1'
      api_key: 'bench-upstream-key'
      model_name: 'upstream-model'
      max_tokens: 4096
      price: { input: 2.5, output: 10 }
`;

/** The benchmark's configuration with one client more, whose key and team have all limits. @returns its path */
export function withLimits(folder) {
  const own = join(folder, 'limited');
  mkdirSync(own);
  const path = join(own, 'gateway.yaml');
  const yaml = readFileSync(GATEWAY, 'utf8')
    .replace('  api_keys:\n', CLIENT)
    .replace('\nlogging:\n', `${TEAM}\nlogging:\n`)
    .replace('  openai:\n', MODEL);
  writeFileSync(path, yaml);
  return path;
}
