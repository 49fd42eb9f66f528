import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LoadedConfig } from '../../src/config/loading/load-config.js';
import { loadText } from '../fixtures/config/load-text.js';

/** Where the manifests mount the keys of the Secret as files. */
export const SECRETS = '/run/secrets/llm-gateway';

/** Names of the secrets that a configuration reads as files. */
export function secretsOf(text: string): string[] {
  const names = [...text.matchAll(/\$\{file:([^}]+)\}/g)].map(([, path]) => path!);
  for (const path of names) expect(path).toMatch(new RegExp(`^${SECRETS}/\\w+$`));
  return [...new Set(names.map((path) => path.slice(SECRETS.length + 1)))].sort();
}

/** Puts secrets into a folder, and calls back with the configuration that reads them there. */
export function withSecrets<Result>(
  text: string,
  secrets: Readonly<Record<string, string>>,
  call: (text: string) => Result,
): Result {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-secrets-'));
  try {
    for (const [name, value] of Object.entries(secrets)) writeFileSync(join(folder, name), value);
    return call(text.replaceAll(SECRETS, folder));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Loads a configuration with these secrets mounted. */
export function loadMounted(text: string, secrets: Readonly<Record<string, string>>): LoadedConfig {
  return withSecrets(text, secrets, (mounted) => loadText(mounted));
}

/** A value for each secret that a configuration reads, long enough for a key. */
export function someSecrets(text: string): Record<string, string> {
  return Object.fromEntries(secretsOf(text).map((name) => [name, `value-of-${name}-${'0'.repeat(32)}`]));
}
