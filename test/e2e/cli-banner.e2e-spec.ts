import { CliProcess, MAIN } from '../support/cli-process.js';
import { describeWithTool } from '../support/needs-tool.js';

const SERVE = ['--host', '127.0.0.1', '--port', '0'];

describe('the start', () => {
  afterEach(() => CliProcess.endAll());

  it('writes only log lines if the output is no terminal', async () => {
    const gateway = new CliProcess(SERVE);
    await gateway.listening();
    gateway.kill('SIGTERM');
    const { stdout } = await gateway.ended();
    expect(stdout.split('\n').filter((line) => line !== '' && !line.startsWith('{'))).toEqual([]);
  });

  describeWithTool('script', ['--version'], 'on a terminal', () => {
    it('shows a banner whose call works', async () => {
      const line = [process.execPath, MAIN, ...SERVE].map((word) => `'${word}'`).join(' ');
      const gateway = new CliProcess(['-qec', line, '/dev/null'], { command: ['script'], isGroup: true });
      await gateway.until(() => gateway.stdout.includes('Ctrl-C stops it.'));
      const text = gateway.stdout.replaceAll('\r', '');
      expect(text).toMatch(/^ {2}Key {9}sk-llm-gateway-demo \(public, for a first try\)$/m);
      expect(text).toMatch(/^ {2}Dashboard {3}http:\/\/127\.0\.0\.1:\d+\/ui$/m);
      const [, url] = /curl (\S+) -H "Authorization: Bearer sk-llm-gateway-demo"/.exec(text)!;
      const [, body] = / -d '(.*)'$/m.exec(text)!;
      const response = await fetch(url!, {
        method: 'POST',
        headers: { authorization: 'Bearer sk-llm-gateway-demo', 'content-type': 'application/json' },
        body,
      });
      expect([response.status, await response.text()]).toEqual([200, expect.stringContaining('Hello!')]);
      gateway.kill('SIGTERM');
      await gateway.ended();
    });
  });
});
