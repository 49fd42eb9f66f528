import { meantArguments } from './call-arguments.js';

describe('meantArguments', () => {
  it.each([
    [['{"a"', ':1}'], '{"a":1}'],
    [['{}', '{"a":1}'], '{"a":1}'],
    [[' { }', '{}', ' {"a":', '1} '], '{"a":1}'],
    [['{"a":1}', '{"a": 1}'], '{"a":1}'],
    [['{"a', '{"a":1}'], '{"a":1}'],
    [['{}', '{}'], '{}'],
    [['{}', '{"a":1'], '{"a":1'],
  ])('reads %j as %s', (pieces, meant) => {
    expect(meantArguments(pieces)).toBe(meant);
  });

  it('takes any number of placeholders', () => {
    const pieces = [...Array.from({ length: 100_000 }, () => '{}'), '{"a":1}'];
    expect(meantArguments(pieces)).toBe('{"a":1}');
  });
});
