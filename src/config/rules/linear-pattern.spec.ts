import { linearPattern } from './linear-pattern.js';

describe('a pattern of linear time', () => {
  it('finds text in any case', () => {
    const finds = linearPattern('Prompt has \\d+ TOKENS|[A-Z]{3}\\S\\d')!;
    expect(finds('the PROMPT has 12 tokens too many')).toBe(true);
    expect(finds('abc-1')).toBe(true);
    expect(finds('abc 1')).toBe(false);
    expect(finds('prompt has x tokens')).toBe(false);
  });

  it('matches at once if backtracking engines would never end', () => {
    const startedAt = performance.now();
    expect(linearPattern('(a+)+$')!(`${'a'.repeat(2000)}b`)).toBe(false);
    expect(linearPattern('(.*)*(.*)*x')!('a'.repeat(2000))).toBe(false);
    expect(performance.now() - startedAt).toBeLessThan(2000);
  });

  it.each(['(', '(?=a)b', '(a)\\1', '*'])('refuses %s', (source) => {
    expect(linearPattern(source)).toBeUndefined();
  });
});
