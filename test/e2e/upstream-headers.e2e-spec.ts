import { expectEverythingWorks, openSandbox, sandbox, startWith } from '../support/reach-sandbox.js';

openSandbox();

describe('headers and query of a model', () => {
  it('go with its chat, its stream, its test and its login', async () => {
    const gateway = await startWith(sandbox.url, {
      headers: { 'X-Team': 'blue' },
      query: { 'api-version': '2024-10-21', place: '上海' },
    });
    await expectEverythingWorks(gateway);
    expect(sandbox.requests).toHaveLength(7);
    for (const { path, headers } of sandbox.requests) {
      expect(headers['x-team']).toBe('blue');
      expect(path).toMatch(
        /^\/(v1\/chat\/completions|login)\?api-version=2024-10-21&place=%E4%B8%8A%E6%B5%B7$/,
      );
    }
  });
});
