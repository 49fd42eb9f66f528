import { cpSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './cli-process.js';

/** Passes on a response without looking at it, and ends normally when the other side is cut off. */
const CARELESS_GATEWAY = `
  import { readFileSync } from 'node:fs';
  import { Agent, createServer, request } from 'node:http';
  const option = (name) => process.argv[process.argv.indexOf(name) + 1];
  const { models } = JSON.parse(readFileSync(option('--config'), 'utf8'));
  const { base_url, api_key } = models.openai[0];
  const agent = new Agent({ keepAlive: true });
  createServer((req, res) => {
    if (req.method === 'GET') return res.end('{"config":{"generation":1}}');
    const headers = { ...req.headers, authorization: 'Bearer ' + api_key };
    const up = request(base_url + '/chat/completions', { method: 'POST', headers, agent }, (answer) => {
      res.writeHead(answer.statusCode, { ...answer.headers, 'x-request-id': req.headers['x-request-id'] });
      answer.on('data', (bytes) => res.write(bytes)).on('end', () => res.end()).on('error', () => res.end());
    });
    up.on('error', () => res.destroy());
    req.pipe(up);
  }).listen(Number(option('--port')), '127.0.0.1');
`;

/** Puts it where a built gateway would be. @returns the folder, for `--dist`; the caller removes it */
export function writeCarelessGateway(): string {
  const dist = mkdtempSync(join(tmpdir(), 'careless-'));
  cpSync(join(ROOT, 'dist/sandbox'), join(dist, 'sandbox'), { recursive: true });
  writeFileSync(join(dist, 'package.json'), '{"type":"module"}');
  writeFileSync(join(dist, 'main.js'), CARELESS_GATEWAY);
  return dist;
}
