import { createCache } from 'cache-manager';
import { type LoginRecipe } from '../login-recipe.js';
import { KnownTokens } from './known-tokens.js';
import { type HeldToken } from './lease.js';
import { type SharedTokens } from './shared-tokens.js';

const HOUR_MS = 3_600_000;

const recipeOf = (key: string) => ({ key, model: { name: key } }) as LoginRecipe;
const heldOf = (token: string, forMs = HOUR_MS): HeldToken => ({
  token,
  expiresAtMs: Date.now() + forMs,
  renewAtMs: Date.now() + forMs / 2,
});

/** @param theirs what another replica holds when the shared cache returns */
function rig(theirs?: HeldToken) {
  let returns!: () => void;
  const shared = {
    onReturn: (listener: () => void) => void (returns = listener),
    settle: () => Promise.resolve(theirs && { held: theirs, isProven: true }),
  } as unknown as SharedTokens;
  const known = new KnownTokens(createCache(), shared);
  const a = recipeOf('a');
  const adopt = (held: HeldToken) => known.adopt('a', known.leaseOf(a), { held, isProven: false });
  const find = () => known.find(a, known.leaseOf(a));
  return { known, a, adopt, find, returns: () => returns() };
}

describe('known tokens', () => {
  it('finds an adopted token until it is dropped', async () => {
    const { known, adopt, find } = rig();
    expect(await find()).toBeUndefined();
    await adopt(heldOf('one'));
    expect((await find())?.token).toBe('one');
    await known.drop('a');
    expect(await find()).toBeUndefined();
  });

  it('finds no token that was refused', async () => {
    const { known, a, adopt, find } = rig();
    await adopt(heldOf('one'));
    known.leaseOf(a).refused = 'one';
    expect(await find()).toBeUndefined();
  });

  it('adopts no token that has expired', async () => {
    const { adopt, find } = rig();
    await adopt(heldOf('one', -1000));
    expect(await find()).toBeUndefined();
  });

  it('counts the tokens of an account, not how often one is adopted', async () => {
    const { known, a, adopt } = rig();
    const one = heldOf('one');
    await adopt(one);
    await adopt(one);
    await adopt(heldOf('two'));
    expect(known.leaseOf(a).tokenCount).toBe(2);
  });

  it('drops what a new configuration no longer uses, and keeps the rest', async () => {
    const { known, a, adopt, find } = rig();
    await adopt(heldOf('one'));
    const lease = known.leaseOf(a);
    await known.keepOnly(new Set(['a']), new Set());
    expect(known.leaseOf(a)).toBe(lease);
    await known.keepOnly(new Set(['b']), new Set());
    expect(known.leaseOf(a)).not.toBe(lease);
    expect(await find()).toBeUndefined();
  });

  it('takes the token of another replica when the shared cache returns', async () => {
    const { adopt, find, returns } = rig(heldOf('theirs'));
    await adopt(heldOf('own'));
    returns();
    await new Promise(setImmediate);
    expect((await find())?.token).toBe('theirs');
  });
});
