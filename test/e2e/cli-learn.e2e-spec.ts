import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { CliProcess, ROOT, runCli } from '../support/cli-process.js';
import { EnvelopeService } from '../support/recipes/house-services.js';
import { answerTo } from '../support/recipes/recipe-service.js';
import { type TestUpstream, startUpstream } from '../support/start-upstream.js';

const FIXTURE = join(ROOT, 'test/learn/recipes/envelope');
const ENV = {
  LLM_GATEWAY_KEY: 'sk-a-key-of-a-test',
  HOUSE_USER: 'kim',
  HOUSE_PASSWORD: 'planted-pass word&77',
};

describe('llm-gateway learn', () => {
  let folder: string;
  let upstream: TestUpstream;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'learn-cli-'));
    const service = new EnvelopeService();
    upstream = await startUpstream((call) => service.handle(call));
  });
  afterEach(async () => {
    await CliProcess.endAll();
    await upstream.close();
    rmSync(folder, { recursive: true });
  });

  const commands = ['learn', '--login', join(FIXTURE, 'login.curl'), '--chat', join(FIXTURE, 'chat.curl')];

  it('writes a model that check accepts without secrets, and that try calls', async () => {
    const file = join(folder, 'models.yaml');
    const result = await runCli([...commands, '--answers', FIXTURE, '--out', file]);
    expect(result).toMatchObject({ code: 0, stdout: '' });
    expect(result.stderr).toContain(
      "login.token: body.data of the login's response is in the header x-auth-token",
    );
    expect(result.stderr).toContain('HOUSE_PASSWORD (password of the login)');
    expect(result.stderr + readFileSync(file, 'utf8')).not.toContain('planted');
    const check = await runCli(['check', file, '--allow-missing-secrets']);
    expect(check).toMatchObject({ code: 0 });
    const env = { ...ENV, HOUSE_URL: upstream.url };
    const tried = await runCli(['try', 'house', '--config', file, '--message', 'hi'], { env });
    expect(tried.code).toBe(0);
    expect(tried.stdout).toContain(answerTo(['hi']));
    const again = await runCli([...commands, '--answers', FIXTURE, '--out', file]);
    expect(again).toMatchObject({ code: 1 });
    expect(again.stderr).toContain('exists already');
  });

  it('runs the commands for their responses, with the token of the new session', async () => {
    const live = (name: string) => {
      const text = readFileSync(join(FIXTURE, name), 'utf8');
      const path = join(folder, name);
      writeFileSync(
        path,
        text
          .replaceAll('https://chat.corp.example', upstream.url)
          .replaceAll('planted-token-number-1', 'planted-old-token'),
      );
      return path;
    };
    const words = [
      'learn',
      '--login',
      live('login.curl'),
      '--chat',
      live('chat.curl'),
      '--run',
      '--name',
      'my model',
    ];
    // The arguments of a process are seen by everybody on its machine.
    const noted = join(folder, 'arguments');
    const curl = join(folder, 'curl');
    writeFileSync(curl, `#!/bin/sh\necho "$@" >> '${noted}'\nPATH='${process.env['PATH']}' exec curl "$@"\n`);
    chmodSync(curl, 0o755);
    const env = { PATH: `${folder}${delimiter}${process.env['PATH']}` };
    const { code, stdout, stderr } = await runCli(words, { env });
    expect(readFileSync(noted, 'utf8')).toContain('--request POST');
    expect(readFileSync(noted, 'utf8')).not.toMatch(/planted|127\.0\.0\.1/);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stdout + stderr).not.toContain('planted');
    expect(stdout).toContain('token: "body.data"');
    expect(stdout).toContain('text: "data.data.delta"');
    expect(stdout).toContain('"${MY_MODEL_PASSWORD}"');
  });

  it('learns from the requests alone, and marks the responses as unsure', async () => {
    const { code, stdout, stderr } = await runCli(commands);
    expect(code).toBe(0);
    expect(stdout).toContain('# unsure: no response was recorded');
    expect(stderr).toContain('response.text: no response was recorded (--answers, or --run)');
    writeFileSync(join(folder, 'models.yaml'), stdout);
    expect(await runCli(['check', join(folder, 'models.yaml'), '--allow-missing-secrets'])).toMatchObject({
      code: 0,
    });
  });

  it('refuses unusable input, and names its place', async () => {
    expect(await runCli(['learn', '--login', 'a'])).toMatchObject({ code: 2 });
    expect(await runCli([...commands, '--answers', FIXTURE, '--run'])).toMatchObject({ code: 2 });
    const path = join(folder, 'bad.curl');
    writeFileSync(path, "curl https://h/chat \\\n  -F 'file=@a'\n");
    const bad = await runCli(['learn', '--chat', path]);
    expect(bad).toMatchObject({ code: 1, stdout: '' });
    expect(bad.stderr).toContain(`${path}:2: --form: forms with files`);
    writeFileSync(join(folder, 'chat.json'), '{"success": false, "message": "log in first"}');
    const failed = await runCli(['learn', '--chat', join(FIXTURE, 'chat.curl'), '--answers', folder]);
    expect(failed.stderr).toContain('is a failure (success is false)');
    writeFileSync(join(folder, 'login-3.json'), '{}');
    const extra = await runCli([...commands, '--answers', folder]);
    expect(extra.stderr).toContain('there is no command 3 of --login');
  });
});
