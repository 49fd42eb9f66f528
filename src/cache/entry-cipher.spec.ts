import { EntryCipher } from './entry-cipher.js';

const SECRET = 'a secret of the whole deployment, 32 or more';
const TEXT = '{"token":"tok-密-12345678"}';
const cipher = new EntryCipher(SECRET);
const other = new EntryCipher(`${SECRET}.`);

describe('EntryCipher', () => {
  it('opens what a replica with the same secret sealed', () => {
    expect(new EntryCipher(SECRET).open('name', cipher.seal('name', TEXT))).toBe(TEXT);
    expect(cipher.open('name', cipher.seal('name', ''))).toBe('');
  });

  it('never seals the same way twice, and shows nothing of the text', () => {
    const [one, two] = [cipher.seal('name', TEXT), cipher.seal('name', TEXT)];
    expect(one).not.toBe(two);
    expect(Buffer.from(one, 'base64').includes('tok-')).toBe(false);
  });

  it('does not open under another secret', () => {
    expect(other.open('name', cipher.seal('name', TEXT))).toBeUndefined();
  });

  it('does not open under another name: entries cannot be swapped', () => {
    expect(cipher.open('theirs', cipher.seal('mine', TEXT))).toBeUndefined();
  });

  it('does not open when any bit was changed, or any byte is missing', () => {
    const sealed = Buffer.from(cipher.seal('name', TEXT), 'base64');
    for (let at = 0; at < sealed.length; at++) {
      const changed = Buffer.from(sealed);
      changed[at]! ^= 1 << (at % 8);
      expect(cipher.open('name', changed.toString('base64'))).toBeUndefined();
      expect(cipher.open('name', sealed.subarray(0, at).toString('base64'))).toBeUndefined();
    }
  });

  it('opens no nonsense', () => {
    for (const text of ['', 'x', '{"value":1}', '\0', 'A'.repeat(10_000)]) {
      expect(cipher.open('name', text)).toBeUndefined();
    }
  });

  it('names things alike on every replica, apart by purpose and by secret, and without a trace of the key', () => {
    const name = cipher.nameOf('entry', 'token:abc');
    expect(new EntryCipher(SECRET).nameOf('entry', 'token:abc')).toBe(name);
    const others = [
      cipher.nameOf('lock', 'token:abc'),
      cipher.nameOf('entry', 'token:abd'),
      other.nameOf('entry', 'token:abc'),
    ];
    expect(new Set([name, ...others]).size).toBe(4);
    expect(name).toMatch(/^[\w-]{43}$/);
  });
});
