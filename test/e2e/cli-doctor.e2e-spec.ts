import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { CliProcess, ConfigFolder, freePort, runCli } from '../support/cli-process.js';

type Finding = { readonly check: string; readonly state: string; readonly says: string };

describe('llm-gateway doctor', () => {
  let folder: ConfigFolder;
  const servers: Server[] = [];

  beforeEach(() => (folder = new ConfigFolder()));

  afterEach(async () => {
    await CliProcess.endAll();
    for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
    folder.remove();
  });

  async function serve(listener: RequestListener): Promise<string> {
    const server = createServer(listener);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async function doctor(): Promise<{ code: number | null; of: (check: string) => Finding; text: string }> {
    const { code, stdout } = await runCli(['doctor', '--json', '--config', folder.file]);
    const findings = JSON.parse(stdout) as Finding[];
    return { code, of: (check) => findings.find((each) => each.check === check)!, text: stdout };
  }

  it('finds no problem in a working setup', async () => {
    const url = await serve((_request, response) => response.writeHead(404).end());
    folder.write({
      models: {
        openai: [
          { name: 'm', base_url: `${url}/v1`, api_key: 'key-secret-0001', probe: 'tcp' },
          { name: 'sandboxed', base_url: 'sandbox:/v1' },
        ],
      },
      usage: { store: 'file:usage.db' },
    });
    const { code, stdout, stderr } = await runCli(['doctor', '--config', folder.file]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = stdout.split('\n');
    expect(lines.filter((line) => line !== '' && !line.startsWith('ok '))).toEqual([]);
    expect(lines).toContain('ok       port: the system chooses one');
    expect(lines).toContain('ok       model m: passes its probe (tcp)');
    expect(stdout).toMatch(new RegExp(`^ok +service ${url}: answers \\(HTTP 404\\) in \\d+ ms$`, 'm'));
    expect(stdout).not.toContain('key-secret');
  });

  it('finds what a support engineer would ask for', async () => {
    const late = await serve((request, response) => {
      response
        .writeHead(request.url === '/v1/models' ? 401 : 200, {
          date: new Date(Date.now() - 600_000).toUTCString(),
        })
        .end();
    });
    const taken = Number(new URL(await serve((_request, response) => response.end())).port);
    const down = await serve((_request, response) => response.writeHead(503).end());
    const dead = `http://127.0.0.1:${await freePort()}`;
    folder.write({
      server: { host: '127.0.0.1', port: taken },
      cache: {
        redis_url: `redis://:redis-secret@127.0.0.1:${await freePort()}`,
        encryption_key: 'k'.repeat(32),
      },
      usage: { store: 'file:models.yaml/usage.db' },
      models: {
        openai: [
          { name: 'late', base_url: `${late}/v1` },
          { name: 'dead', base_url: `${dead}/v1`, probe: 'tcp' },
          { name: 'down', base_url: `${down}/v1` },
          { name: 'nameless', base_url: 'https://nowhere.invalid/v1' },
          { name: 'refused', base_url: `${late}/v1`, api_key: 'key-secret-0001', probe: 'models' },
        ],
      },
    });
    const { code, of, text } = await doctor();
    expect(code).toBe(1);
    expect(of('port')).toMatchObject({ state: 'problem', says: expect.stringContaining('in use') as string });
    expect(of('redis').state).toBe('problem');
    expect(of('store')).toMatchObject({ state: 'warning' });
    expect(of(`service ${late}`)).toMatchObject({
      state: 'warning',
      says: expect.stringMatching(/this machine's clock is (599|60\d) s ahead$/) as string,
    });
    expect(of(`service ${down}`)).toMatchObject({
      state: 'warning',
      says: expect.stringContaining('answers (HTTP 503)') as string,
    });
    expect(of(`service ${dead}`)).toMatchObject({ state: 'problem' });
    expect(of('service https://nowhere.invalid')).toMatchObject({
      state: 'problem',
      says: expect.stringContaining('the host name nowhere.invalid cannot be resolved') as string,
    });
    expect(of('model dead')).toMatchObject({ state: 'problem' });
    expect(of('model refused')).toMatchObject({ state: 'problem' });
    expect(of('node').state).toBe('ok');
    expect(text).not.toMatch(/-secret/);
  });

  it('knows a gateway that runs on its port', async () => {
    const port = await freePort();
    folder.write({
      server: { host: '127.0.0.1', port },
      models: { openai: [{ name: 'm', base_url: 'sandbox:/v1' }] },
    });
    const gateway = new CliProcess(['--config', folder.file]);
    await gateway.listening();
    const { code, of } = await doctor();
    expect(code).toBe(0);
    expect(of('port').says).toBe(`${port} on 127.0.0.1: a gateway is running there`);
  });
});
