import { loadText } from '../../test/fixtures/config/load-text.js';
import { type GatewayConfig } from '../config/gateway.config.js';
import { LiveConfig } from '../config/live-config.js';
import { SecretRedactor } from './secret-redactor.js';

function configWith(key: string): GatewayConfig {
  return loadText(`auth: { api_keys: [client-key] }
models: { openai: [{ name: m, base_url: "https://x.test", api_key: ${key} }] }`).config;
}

it('knows a new secret at once, and an old one for the sake of the calls that still run', () => {
  const live = new LiveConfig(configWith('first-secret'));
  const redactor = new SecretRedactor(live);
  live.replace(configWith('second-secret'));
  live.replace(configWith('third-secret'));
  expect(redactor.redact('first-secret, second-secret, third-secret, fourth-secret')).toBe(
    '[redacted], [redacted], [redacted], fourth-secret',
  );
});
