import jsonata from 'jsonata';
import { boundsOf } from './bounded.js';

const localWeight = (source: string): number => boundsOf(jsonata(source).ast()).localWeight;
const doubled = (times: number, first: string, next: (name: string) => string, last: string): string =>
  `($x := ${first}; ${`$x := ${next('$x')}; `.repeat(times)}${last})`;
const doubledText = (last: string): string => doubled(8, 't & t', (x) => `${x} & ${x}`, last);
const doubledList = (last: string): string => doubled(3, '[l, l]', (x) => `[${x}, ${x}]`, last);

describe('boundsOf', () => {
  it.each([
    '{ "model": $model, "messages": messages.{ "role": role, "said": content }[] }',
    '"/jobs/" & id & "/result"',
    '$string(messages)',
    '$join(messages.content, "; ")',
    '$join($split(text, ","), "")',
    'messages[role = $settings.role].content',
    '($a := data.text; $b := "It says: " & $a; $length($b))',
    '$status = 200 and $exists(data)',
  ])('trusts the own thread with %s', (source) => expect(localWeight(source)).toBe(32_768));

  it.each([
    ['what a filter binds for each element', 'l[$x := $x & $x]'],
    ['what an order binds', 'l^($x := $x & $x)'],
    ['what a list binds', '($x := "ab"; l.[$x := $x & $x]; $x)'],
    ['what an object binds', 'l{"k": $x := $x & $x}'],
    ['what an argument binds', 'l.$length($x := $x & $x)'],
    ['a range', '[1..9]'],
    ['a regular expression', '$contains(t, /a/)'],
  ])('trusts it with nothing of %s', (_what, source) => expect(localWeight(source)).toBe(0));

  it.each([
    ['characters of a doubled text', doubledText('$length($x)'), 1024],
    ['a doubled text', doubledText('$trim($x)'), 1024],
    ['pairs of a list', '$spread(l)', 512],
    ['pairs of a doubled list', doubledList('$spread($x)'), 128],
    ['one value for each element', '$string(l.{ "a": $$.t })', 512],
    ['a text between all characters', '$join($split(t, ""), t)', 512],
    ['a text in place of characters', '$replace(t, "a", t)', 512],
    ['a long literal in place of characters', `$replace(t, "a", "${'x'.repeat(4096)}")`, 1024],
    ['comparison of shared values', 'l.[$$.l] = m.[$$.m]', 512],
    ['all descendants as text', '$string(**)', 512],
  ])('trusts it with little of %s', (_what, source, most) => {
    expect(localWeight(source)).toBeLessThanOrEqual(most);
    expect(localWeight(source)).toBeGreaterThan(0);
  });
});
