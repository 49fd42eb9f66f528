import { type AddressInfo } from 'node:net';
import { DEMO_KEY, acceptsDemoKey } from '../../config/secrets/demo-key.js';
import { type GatewayConfig } from '../../config/gateway.config.js';
import { type ModelConfig } from '../../config/model.config.js';
import { UPSTREAM_DIALECTS } from '../../dialects/upstream-dialects.js';
import { CHAT } from '../../protocol/operation.js';
import { SANDBOX_CREDENTIALS } from '../gateway/sandbox-credentials.js';

const LABEL_WIDTH = 12;
/** Wildcard addresses: a server that listens on one is shown as `localhost`. */
const ANY_ADDRESS: ReadonlySet<string> = new Set(['0.0.0.0', '::']);
const MOST_NAMES = 8;

/**
 * Addresses, the key and an example call for a person at a terminal.
 * @param simulated names of the models that the built-in sandbox serves
 */
export function banner(
  { server, auth, models }: GatewayConfig,
  { address, port }: Pick<AddressInfo, 'address' | 'port'>,
  version: string,
  simulated: readonly string[] = [],
): string {
  const host = ANY_ADDRESS.has(address) ? 'localhost' : address.includes(':') ? `[${address}]` : address;
  const url = `http://${host}:${port}`;
  const enabled = models.filter((model) => model.enabled);
  const chatting = enabled.find(chats);
  const demo = acceptsDemoKey(auth);
  const names = auth.api_keys.map(({ name }) => name);
  const key = !auth.enabled
    ? 'none needed (auth.enabled is false)'
    : demo
      ? `${DEMO_KEY} (public, for a first try)`
      : `that of ${some(names)}`;
  const rows = [
    ['API', `${url}/v1`],
    ...(server.ui ? [['Dashboard', `${url}/ui`]] : []),
    ...(server.docs ? [['API docs', `${url}/docs`]] : []),
    ['Key', key],
    ['Models', some(enabled.map(({ name }) => name)) || 'none'],
    ...(simulated.length > 0
      ? [
          ['Sandbox', `simulates ${simulated.length === enabled.length ? 'every model' : some(simulated)}`],
          ['', `models on it have ${SANDBOX_CREDENTIALS}`],
        ]
      : []),
  ].map(([label, text]) => `  ${label!.padEnd(LABEL_WIDTH)}${text}`);
  const secret = demo ? DEMO_KEY : '$LLM_GATEWAY_API_KEY';
  const header = auth.enabled ? ` -H "Authorization: Bearer ${secret}"` : '';
  return [
    '',
    `LLM Gateway ${version}`,
    '',
    ...rows,
    '',
    ...(chatting === undefined
      ? []
      : [
          `  curl ${url}/v1/chat/completions${header} \\`,
          `    -H "Content-Type: application/json" -d ${bodyFor(chatting)}`,
          '',
        ]),
    'Ctrl-C stops it.',
    '',
    '',
  ].join('\n');
}

function chats({ speaks }: ModelConfig): boolean {
  if (speaks === undefined) return true;
  return UPSTREAM_DIALECTS.some(({ name, operation }) => operation === CHAT && speaks.includes(name));
}

function some(names: readonly string[]): string {
  const unique = [...new Set(names)];
  const shown = unique.slice(0, MOST_NAMES).join(', ');
  return unique.length > MOST_NAMES ? `${shown} and ${unique.length - MOST_NAMES} more` : shown;
}

/** Quotes the body as one word of a shell. */
function bodyFor({ name }: ModelConfig): string {
  const body = JSON.stringify({ model: name, messages: [{ role: 'user', content: 'Hello!' }] });
  return `'${body.replaceAll("'", String.raw`'\''`)}'`;
}
