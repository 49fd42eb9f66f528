import { createHash, randomBytes } from 'node:crypto';
import { type CliArguments } from '../arguments.js';

const KEY_BYTES = 32;

/** Generates an API key without storing it. @returns exit code */
export function runKey({ isJson }: CliArguments): number {
  const key = `sk-${randomBytes(KEY_BYTES).toString('base64url')}`;
  const digest = createHash('sha256').update(key).digest('hex');
  process.stdout.write(isJson ? `${JSON.stringify({ key, key_sha256: digest })}\n` : explain(key, digest));
  return 0;
}

function explain(key: string, digest: string): string {
  return `Key:     ${key}
SHA-256: ${digest}

Give the key to the client; it is kept nowhere and cannot be had again.
The configuration needs the digest only:

auth:
  api_keys:
    - name: "my-client"
      key_sha256: "${digest}"
`;
}
