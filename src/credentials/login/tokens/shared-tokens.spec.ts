import { SharedEntries, type SharedEntry } from '../../../cache/shared-entries.js';
import { type ShareableToken, type SharedPause, SharedTokens, type TokenWish } from './shared-tokens.js';

/** Redis's behaviour, in memory; a test can suspend expiry. */
class EntriesInMemory extends SharedEntries {
  readonly state = 'shared';
  readonly written = new Map<string, SharedEntry>();
  isLocked = false;
  isAway = false;
  #writings = 0;

  read(key: string): Promise<SharedEntry | undefined> {
    return Promise.resolve(this.isAway ? undefined : this.written.get(key));
  }

  write(key: string, value: unknown): Promise<void> {
    if (!this.isAway) this.written.set(key, { value, version: String(++this.#writings) });
    return Promise.resolve();
  }

  async replace(key: string, version: string | undefined, value: unknown): Promise<boolean> {
    if (this.isAway || this.written.get(key)?.version !== version) return false;
    if (value === undefined) this.written.delete(key);
    else await this.write(key, value);
    return true;
  }

  lock(): Promise<'busy' | 'away' | { release: () => Promise<void> }> {
    if (this.isAway) return Promise.resolve('away');
    if (this.isLocked) return Promise.resolve('busy');
    this.isLocked = true;
    return Promise.resolve({ release: () => Promise.resolve(void (this.isLocked = false)) });
  }

  onReturn(): void {}
}

const tokenOf = (token: string): ShareableToken => ({ token, expiresAtMs: Date.now() + 60_000 });
const pauseOf = (failures: number, forMs = 60_000): SharedPause => ({
  reason: 'login',
  failures,
  untilMs: Date.now() + forMs,
  message: 'no',
});

let entries: EntriesInMemory;
let tokens: SharedTokens;
let logins: number;
beforeEach(() => {
  entries = new EntriesInMemory();
  tokens = new SharedTokens(entries);
  logins = 0;
});

const wish = (more: Partial<TokenWish<ShareableToken>> = {}): TokenWish<ShareableToken> => ({
  accepts: ({ token }) => token !== more.refused,
  refused: undefined,
  heedsPause: true,
  onPause: () => undefined,
  login: () => Promise.resolve(tokenOf(`own-${++logins}`)),
  ...more,
});
const inStore = () => entries.written.get('k')?.value;

describe('SharedTokens', () => {
  it('returns the token that is there, and logs in if there is none', async () => {
    expect(await tokens.obtain('k', wish())).toMatchObject({ held: { token: 'own-1' }, isProven: false });
    await tokens.proved('k', 'own-1');
    expect(await tokens.obtain('k', wish())).toMatchObject({ held: { token: 'own-1' }, isProven: true });
    expect(logins).toBe(1);
    expect(entries.isLocked).toBe(false);
  });

  it('drops the token that was refused, never a newer one', async () => {
    await entries.write('k', { held: tokenOf('newer') });
    expect(await tokens.obtain('k', wish({ refused: 'old' }))).toMatchObject({ held: { token: 'newer' } });
    expect(await tokens.obtain('k', wish({ refused: 'newer' }))).toMatchObject({ held: { token: 'own-1' } });
    expect(inStore()).toMatchObject({ held: { token: 'own-1' } });
  });

  it('waits while another one logs in, and takes what that one won', async () => {
    entries.isLocked = true;
    const waiting = tokens.obtain('k', wish());
    setTimeout(() => void entries.write('k', { held: tokenOf('theirs') }), 50);
    expect(await waiting).toMatchObject({ held: { token: 'theirs' } });
    expect(logins).toBe(0);
  });

  it('logs in alone when the store goes away while it waits', async () => {
    entries.isLocked = true;
    const waiting = tokens.obtain('k', wish());
    setTimeout(() => (entries.isAway = true), 50);
    expect(await waiting).toMatchObject({ held: { token: 'own-1' } });
  });

  it('gives the lock back when the login fails', async () => {
    const login = () => Promise.reject(new Error('refused'));
    await expect(tokens.obtain('k', wish({ login }))).rejects.toThrow('refused');
    expect(entries.isLocked).toBe(false);
  });

  it('observes the pause of another replica unless disabled, and remembers it when it is over', async () => {
    await tokens.pause('k', pauseOf(2), undefined);
    expect(await tokens.obtain('k', wish())).toMatchObject({ pause: { failures: 2 } });
    expect(await tokens.obtain('k', wish({ heedsPause: false }))).toMatchObject({ held: { token: 'own-1' } });
    entries.written.clear();
    await tokens.pause('k', pauseOf(3, -1), undefined);
    const heard: number[] = [];
    await tokens.obtain('k', wish({ onPause: ({ failures }) => heard.push(failures) }));
    expect(heard).toContain(3);
    expect(logins).toBe(2);
  });

  it('pauses in place of the token that was refused, and beside any other', async () => {
    await entries.write('k', { held: tokenOf('t') });
    await tokens.pause('k', pauseOf(1), 't');
    expect(inStore()).toEqual({ pause: expect.objectContaining({ failures: 1 }) as unknown });
    await entries.write('k', { held: tokenOf('t') });
    await tokens.pause('k', pauseOf(1), undefined);
    expect(await tokens.obtain('k', wish())).toMatchObject({ held: { token: 't' } });
    const renewal = wish({ accepts: ({ token }) => token !== 't' });
    expect(await tokens.obtain('k', renewal)).toMatchObject({ pause: { failures: 1 } });
    await tokens.proved('k', 't');
    expect(await tokens.obtain('k', renewal)).toMatchObject({ pause: { failures: 1 } });
    const forced = { ...renewal, heedsPause: false };
    expect(await tokens.obtain('k', forced)).toMatchObject({ held: { token: 'own-1' } });
    expect(inStore()).not.toHaveProperty('pause');
  });

  it('settles on one token after the store was away', async () => {
    const accepts = ({ token }: ShareableToken) => token !== 'refused';
    const mine = { held: tokenOf('mine'), isProven: true };
    expect(await tokens.settle('k', mine, accepts)).toBeUndefined();
    expect(inStore()).toMatchObject({ held: { token: 'mine' }, isProven: true });
    const yours = { held: tokenOf('yours'), isProven: false };
    expect(await tokens.settle('k', yours, accepts)).toMatchObject({
      held: { token: 'mine' },
      isProven: true,
    });
    await entries.write('k', { held: tokenOf('refused') });
    expect(await tokens.settle('k', mine, accepts)).toBeUndefined();
    expect(inStore()).toMatchObject({ held: { token: 'mine' } });
  });

  it('treats malformed records as missing', async () => {
    for (const value of [
      null,
      'x',
      {},
      { held: {} },
      { held: { token: 1, expiresAtMs: 1 } },
      { pause: {} },
    ]) {
      await entries.write('k', value);
      expect(await tokens.find('k')).toBeUndefined();
    }
  });
});
