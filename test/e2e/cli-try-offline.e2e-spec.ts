import { join } from 'node:path';
import { kinds, openTryRig, rig } from '../support/try-rig.js';

openTryRig();

describe('llm-gateway try, calling nothing', () => {
  it.each([
    ['mapped', [], 'a.json', '{"code":0,"data":{"answer":"recorded"}}'],
    ['mapped', ['--stream'], 'a.sse', 'data: {"delta":"recor"}\n\ndata: {"delta":"ded","end":true}\n\n'],
    ['mapped', [], 'b.sse', 'data: {"delta":"recorded","end":true}\n\n'],
    ['job', [], 'job.json', '{"state":"done","result":"recorded"}'],
    ['default', [], 'own.json', '{"choices":[{"message":{"role":"assistant","content":"recorded"}}]}'],
  ])('reads a recorded response and calls nothing: %s %j %s', async (model, more, name, text) => {
    const { ok, steps } = await rig.steps(model, '--reply', rig.record(name, text), ...more);
    expect(ok).toBe(true);
    expect(steps[0]).toMatchObject({ step: 'chat_answer', recorded: true });
    const last = steps.at(-1)!;
    expect(last['in_one'] ?? last['body']).toMatchObject({ choices: [{ message: { content: 'recorded' } }] });
    expect(rig.upstream.calls).toHaveLength(0);
  });

  it('explains a recorded response that is unusable', async () => {
    const html = await rig.steps('mapped', '--reply', rig.record('a.html', '<html>Sorry</html>'));
    expect(html.code).toBe(1);
    expect(html.steps.at(-1)).toMatchObject({ message: "The upstream's response is not JSON." });
    const fault = await rig.steps('mapped', '--reply', rig.record('b.json', '{"code":7,"msg":"too busy"}'));
    expect(fault.steps.at(-1)).toMatchObject({ code: 'upstream_error', message: 'too busy' });
    const running = await rig.steps('job', '--reply', rig.record('c.json', '{"state":"running"}'));
    expect(running.steps.at(-1)).toMatchObject({ message: 'The job has not finished: poll.done is false.' });
    const { code, stderr } = await rig.run('mapped', '--reply', join(rig.folder.path, 'none.json'));
    expect(code).toBe(1);
    expect(stderr).toMatch(/^llm-gateway: cannot read the recorded response .*none\.json \(ENOENT\)\n$/);
  });

  it('names the deployment that it chose among several', async () => {
    const deployments = ['east', 'west'].map((name) => ({ name, base_url: `http://${name}.test/v1` }));
    rig.folder.write({
      models: {
        openai: [
          { name: 'several', deployments },
          { name: 'single', deployments: deployments.slice(1) },
        ],
      },
    });
    const { stdout } = await rig.run('several', '--dry-run');
    expect(stdout).toMatch(
      /^Deployment: east \(the first of 2\)\n\n1\. Request\n[^]*http:\/\/east\.test\/v1\//,
    );
    expect(await rig.steps('several', '--dry-run')).toMatchObject({ deployment: 'east', ok: true });
    expect((await rig.run('single', '--dry-run')).stdout).toMatch(/^1\. Request\n/);
    expect(await rig.steps('single', '--dry-run')).not.toHaveProperty('deployment');
  });

  it('takes the deployment that is asked for', async () => {
    rig.folder.write({
      models: {
        openai: [
          {
            name: 'several',
            deployments: [
              { name: 'east', base_url: 'http://east.test/v1' },
              { name: 'west', base_url: 'http://west.test/v1', speaks: ['openai-embeddings'] },
            ],
          },
        ],
      },
    });
    const { stdout } = await rig.run('several', '--dry-run', '--deployment', 'west');
    expect(stdout).toMatch(/^Deployment: west \(one of 2\)\n\n1\. [^]*http:\/\/west\.test\/v1\/embeddings/);
    expect(await rig.steps('several', '--dry-run', '--deployment', 'east')).toMatchObject({
      deployment: 'east',
    });
    const { code, stderr } = await rig.run('several', '--deployment', 'north');
    expect([code, stderr]).toEqual([
      1,
      "llm-gateway: the model 'several' has no deployment 'north'\nDeployments: east, west\n",
    ]);
  });

  it('calls nothing at all under --dry-run', async () => {
    const plain = await rig.steps('default', '--dry-run');
    expect(kinds(plain.steps)).toEqual(['login_request', 'chat_request']);
    expect(plain.steps[1]).toMatchObject({ headers: { authorization: 'Bearer TOKEN-OF-THE-LOGIN' } });

    const several = await rig.steps('steps', '--dry-run');
    expect(kinds(several.steps)).toEqual([
      'login_request Login step 1 of 2',
      'expression login.body (Login step 2 of 2)',
      'login_request Login step 2 of 2',
      'chat_request',
    ]);

    const mapped = await rig.steps('mapped', '--dry-run', '--stream');
    expect(mapped.ok).toBe(true);
    expect(mapped.steps.at(-1)).toMatchObject({
      step: 'chat_request',
      address: expect.stringContaining('/api/ask/a1') as string,
      headers: { authorization: 'Bearer [redacted]' },
    });
    expect(rig.upstream.calls).toHaveLength(0);
  });

  it.each([
    [[], "the command 'try' requires the name of a model"],
    [['mapped', 'job'], "unexpected argument 'job'"],
    [['mapped', '--dry-run', '--reply', 'x'], '--reply and --dry-run cannot be combined'],
    [['mapped', '--interactive'], '--interactive cannot be combined with the command try'],
  ])('refuses %j', async (words, problem) => {
    const { code, stderr } = await rig.run(...words);
    expect(code).toBe(2);
    expect(stderr).toContain(problem);
  });

  it('names the models that there are', async () => {
    const { code, stderr } = await rig.run('nobody');
    expect(code).toBe(1);
    expect(stderr).toContain("there is no model 'nobody'");
  });
});
