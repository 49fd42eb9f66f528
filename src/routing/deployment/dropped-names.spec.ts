import { DroppedNames } from './dropped-names.js';

describe('the names of what a call has lost', () => {
  it('are each named once, in the order in which they were lost', () => {
    const names = new DroppedNames(['a.b', 'c[0]', 'a.b']);
    const { shown } = names;
    names.add('d');
    expect(shown).toEqual(['a.b', 'c[0]', 'd']);
  });

  it('are counted if they are too many, or may not be in a header', () => {
    const names = new DroppedNames(['a\r\nx-evil: 1', 'a', 'ünknown', 'x'.repeat(65)]);
    expect(names.shown).toEqual(['a', 'and_3_more']);
    for (let at = 0; at < 30; at++) names.add(`field_${at}`);
    expect(names.shown).toHaveLength(21);
    expect(names.shown.at(-1)).toBe('and_14_more');
    for (let at = 0; at < 9999; at++) names.add(`other_${at}`);
    expect(names.shown.at(-1)).toBe('and_980_more');
  });
});
