import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { CliProcess, freePort, runCli } from '../support/cli-process.js';

const execute = promisify(execFile);

// Each test starts processes, on machines that may be busy.
jest.setTimeout(30_000);

describe('llm-gateway sandbox', () => {
  afterEach(() => CliProcess.endAll());

  it('runs until a signal, and the curl line that it prints works', async () => {
    const port = await freePort();
    const cli = new CliProcess(['sandbox', '--port', String(port)], { input: '' });
    await cli.until(() => cli.stdout.includes('curl'));
    expect(cli.stdout).toContain(`http://127.0.0.1:${port}/v1`);
    const curl = /curl .*/.exec(cli.stdout)![0];
    const { stdout } = await execute('sh', ['-c', `${curl} --silent`]);
    expect(JSON.parse(stdout)).toMatchObject({
      object: 'chat.completion',
      choices: [{ message: { content: expect.stringContaining('你好') as string } }],
    });

    const second = await runCli(['sandbox', '--port', String(port)]);
    expect(second).toMatchObject({ code: 1, stdout: '' });
    expect(second.stderr).toMatch(
      new RegExp(`^llm-gateway: port ${port} on 127\\.0\\.0\\.1 is in use.*\\n$`),
    );

    cli.kill('SIGTERM');
    expect(await cli.ended()).toMatchObject({ code: 0, stderr: '' });
  });
});
