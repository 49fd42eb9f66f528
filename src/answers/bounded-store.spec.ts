import { createCache } from 'cache-manager';
import { Keyv } from 'keyv';
import { BoundedStore } from './bounded-store.js';

const entry = (bytes: number) => ({ value: { body: Buffer.alloc(bytes) } });

describe('BoundedStore', () => {
  it('removes what was not read for longest', () => {
    const store = new BoundedStore(4000);
    store.set('a', entry(700));
    store.set('b', entry(700));
    store.set('c', entry(700));
    expect(store.get('a')).toBeDefined();
    store.set('d', entry(700));
    expect(['a', 'b', 'c', 'd'].map((key) => store.get(key) !== undefined)).toEqual([
      true,
      false,
      true,
      true,
    ]);
    expect(store.bytes).toBe(3 * 1212);
  });

  it('counts an entry that is replaced once, and none that is removed', () => {
    const store = new BoundedStore(4000);
    store.set('a', entry(700));
    store.set('a', entry(100));
    expect(store.bytes).toBe(612);
    expect(store.delete('a')).toBe(true);
    expect(store.delete('a')).toBe(false);
    expect(store.bytes).toBe(0);
    store.set('b', entry(9000));
    expect(store.bytes).toBe(0);
    store.set('c', entry(1));
    store.clear();
    expect([store.bytes, store.get('c')]).toEqual([0, undefined]);
  });

  it('serves cache-manager, and keeps its objects as they are', async () => {
    const store = new BoundedStore(10_000);
    const cache = createCache({
      stores: [new Keyv({ store, serialize: undefined, deserialize: undefined })],
    });
    const value = { body: Buffer.from('x'), storedAtMs: 1 };
    await cache.set('key', value, 60_000);
    expect(await cache.get('key')).toBe(value);
    expect(await cache.get('other')).toBeUndefined();
    await cache.set('short', value, 1);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await cache.get('short')).toBeUndefined();
    expect(store.bytes).toBe(513);
  });
});
