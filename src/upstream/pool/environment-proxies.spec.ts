import { Dispatcher } from 'undici';
import { EnvironmentProxies } from './environment-proxies.js';

class NamedDispatcher extends Dispatcher {
  isDestroyed = false;

  constructor(
    private readonly name: string,
    private readonly taken: string[],
  ) {
    super();
  }

  override dispatch(): boolean {
    this.taken.push(this.name);
    return true;
  }

  override destroy(): Promise<void> {
    this.isDestroyed = true;
    return Promise.resolve();
  }
}

/** The route of a call: `direct`, or the address of a proxy. */
function routeOf(
  target: string,
  variables: { httpProxy?: string; httpsProxy?: string; noProxy?: string },
): string {
  const taken: string[] = [];
  const open = (name: string): Dispatcher => new NamedDispatcher(name, taken);
  const proxies = new EnvironmentProxies(variables, open('direct'), open);
  for (let i = 0; i < 2; i++) proxies.dispatch({ origin: target, path: '/', method: 'POST' }, {});
  expect(new Set(taken).size).toBe(1);
  return taken[0]!;
}

const BOTH = { httpProxy: 'http://one:3128', httpsProxy: 'http://two:3128' };

describe('the standard proxy variables', () => {
  it.each([
    ['http://model.test', BOTH, 'http://one:3128'],
    ['https://model.test', BOTH, 'http://two:3128'],
    ['https://model.test', { httpProxy: 'http://one:3128' }, 'http://one:3128'],
    ['http://model.test', { httpsProxy: 'http://two:3128' }, 'direct'],
    ['http://model.test', { httpProxy: 'HTTPS://one' }, 'HTTPS://one'],
  ])('send %s by %j to %s', (target, variables, route) => {
    expect(routeOf(target, variables)).toBe(route);
  });

  it.each([
    'http://localhost:8000',
    'http://metadata.google.internal/computeMetadata/v1',
    'http://169.254.169.254/latest',
    'http://models.localhost',
    'https://127.0.0.1',
    'http://127.1.2.3:1',
    'http://[::1]:8000',
    'http://[::ffff:127.0.0.1]:8000',
  ])('are not used for %s', (target) => {
    expect(routeOf(target, BOTH)).toBe('direct');
  });

  it.each([
    ['*', 'http://model.test'],
    ['other.test,*', 'http://model.test'],
    ['model.test', 'http://model.test'],
    ['model.test', 'https://a.b.model.test:8443'],
    ['Model.TEST', 'http://model.test'],
    ['.model.test', 'http://a.model.test'],
    ['*.model.test', 'http://a.model.test'],
    ['model.test', 'http://model.test.'],
    ['other.test, model.test', 'http://model.test'],
    ['other.test model.test', 'http://model.test'],
    ['model.test:8000', 'http://model.test:8000'],
    ['model.test:443', 'https://model.test'],
    ['192.0.2.7', 'http://192.0.2.7:8000'],
    ['192.0.2.7:8000', 'http://192.0.2.7:8000'],
    ['192.0.2.0/24', 'http://192.0.2.7:8000'],
    ['2001:db8::7', 'http://[2001:db8::7]:8000'],
    ['[2001:db8::7]', 'http://[2001:db8::7]:8000'],
    ['[2001:db8::7]:8000', 'http://[2001:db8::7]:8000'],
    ['2001:db8::/32', 'http://[2001:db8::7]'],
  ])('step back when NO_PROXY is %s, for %s', (noProxy, target) => {
    expect(routeOf(target, { ...BOTH, noProxy })).toBe('direct');
  });

  it.each([
    ['', 'http://model.test'],
    ['model.test', 'http://othermodel.test'],
    ['model.test', 'http://model.test.example'],
    ['model.test:8000', 'http://model.test:8001'],
    ['model.test:80', 'https://model.test'],
    ['192.0.2.0/24', 'http://192.0.3.7'],
    ['192.0.2.0/24', 'http://model.test'],
    ['192.0.2.0/99', 'http://192.0.2.7'],
    ['2.7', 'http://192.0.2.7'],
    ['2001:db8::/32', 'http://[2001:db9::7]'],
  ])('do not step back when NO_PROXY is %j, for %s', (noProxy, target) => {
    expect(routeOf(target, { ...BOTH, noProxy })).not.toBe('direct');
  });

  it('are let go with all their connections', async () => {
    const made: NamedDispatcher[] = [];
    const open = (name: string): Dispatcher => {
      made.push(new NamedDispatcher(name, []));
      return made.at(-1)!;
    };
    await new EnvironmentProxies(BOTH, open('direct'), open).destroy();
    expect(made.map((each) => each.isDestroyed)).toEqual([true, true, true]);
  });
});
