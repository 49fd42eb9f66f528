import { readProxyEnvironment, unusableProxies } from './proxy-environment.js';

describe('readProxyEnvironment', () => {
  it('reads both spellings, the lower one first, and takes empty for unset', () => {
    expect(
      readProxyEnvironment({
        http_proxy: 'http://low',
        HTTP_PROXY: 'http://up',
        HTTPS_PROXY: 'http://s',
        NO_PROXY: 'a,b',
        no_proxy: '',
      }),
    ).toEqual({ httpProxy: 'http://low', httpsProxy: 'http://s', noProxy: 'a,b' });
    expect(readProxyEnvironment({ HTTP_PROXY: '' })).toEqual({});
  });

  it('takes an address without a scheme for http, so that its password is known as one', () => {
    expect(readProxyEnvironment({ HTTP_PROXY: 'user:pass@proxy:3128' }).httpProxy).toBe(
      'http://user:pass@proxy:3128',
    );
  });

  it.each([
    'socks5://user:secret@proxy:1080',
    'socks4://proxy',
    'http://',
    'http://two words',
    'http://u:100%@proxy',
  ])('knows what no call could go through: %s', (address) => {
    const env = { HTTPS_PROXY: address, http_proxy: 'proxy:3128', HTTP_PROXY: 'socks5://loses' };
    expect(unusableProxies(env)).toEqual(['HTTPS_PROXY']);
    expect(readProxyEnvironment(env)).toEqual({ httpProxy: 'http://proxy:3128' });
  });
});
