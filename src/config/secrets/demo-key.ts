import { hash } from 'node:crypto';
import { type AuthConfig } from '../auth.config.js';

/** API key of the default configuration, also used by the bundled clients on loopback addresses. Public, never a secret. */
export const DEMO_KEY = 'sk-llm-gateway-demo';

/** API keys published in this repository, which protect nothing. */
export const PUBLISHED_KEYS: readonly string[] = [DEMO_KEY, 'sk-replace-this-key', 'sk-house-demo-key'];

const DEMO_DIGEST = hash('sha256', DEMO_KEY, 'hex');

/** Whether clients may use the public demo key. */
export function acceptsDemoKey({ enabled, api_keys: keys }: AuthConfig): boolean {
  return enabled && keys.some(({ key_sha256: digest }) => digest === DEMO_DIGEST);
}
