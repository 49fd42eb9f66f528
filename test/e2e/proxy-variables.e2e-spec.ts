import {
  INTERNAL,
  PROXY_PASSWORD,
  expectEverythingWorks,
  expectNothingWorks,
  lookedUp,
  openSandbox,
  sandboxPort,
  startProxy,
  startWith,
} from '../support/reach-sandbox.js';

openSandbox();

describe('the standard proxy variables', () => {
  it.each(['HTTP_PROXY', 'http_proxy'])('%s serves http:// services', async (name) => {
    const proxy = await startProxy({ user: 'u', password: PROXY_PASSWORD });
    const gateway = await startWith(
      `http://${INTERNAL}:${sandboxPort}`,
      {},
      { [name]: `http://u:${encodeURIComponent(PROXY_PASSWORD)}@127.0.0.1:${proxy.port}` },
    );
    await expectEverythingWorks(gateway);
    expect(proxy.seen).toHaveLength(7);
    expect(proxy.seen[0]).toMatchObject({
      target: `http://${INTERNAL}:${sandboxPort}/v1/chat/completions`,
      host: `${INTERNAL}:${sandboxPort}`,
      user: 'u',
    });
    expect(lookedUp.size).toBe(0);
    expect(gateway.logText()).not.toContain(PROXY_PASSWORD);
  });

  it('may lack http://', async () => {
    const proxy = await startProxy();
    const gateway = await startWith(
      `http://${INTERNAL}:${sandboxPort}`,
      {},
      { HTTP_PROXY: `127.0.0.1:${proxy.port}` },
    );
    await expectEverythingWorks(gateway);
  });

  it.each(['127.0.0.1', 'localhost'])('are never used for %s', async (host) => {
    const proxy = await startProxy();
    const env = { HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url };
    await expectEverythingWorks(await startWith(`http://${host}:${sandboxPort}`, {}, env));
    expect(proxy.seen).toHaveLength(0);
  });

  it.each(['.internal.test', 'other.test, internal.test', '*'])(
    'step back for NO_PROXY=%s',
    async (noProxy) => {
      const proxy = await startProxy();
      for (const name of ['NO_PROXY', 'no_proxy']) {
        const gateway = await startWith(
          `http://${INTERNAL}:${sandboxPort}`,
          {},
          { HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url, [name]: noProxy },
        );
        expect(await expectNothingWorks(gateway)).toContain('(ENOTFOUND)');
      }
      expect(proxy.seen).toHaveLength(0);
      expect(lookedUp).toEqual(new Set([INTERNAL]));
    },
  );
});
