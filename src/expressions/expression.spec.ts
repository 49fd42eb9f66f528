import { Expression, ExpressionError } from './expression.js';
import { EXPRESSION_WALL_MS } from './limits.js';

const evaluate = (source: string, input: unknown, bindings?: Record<string, unknown>) =>
  Expression.compile(source).evaluate(input, bindings);

describe('Expression', () => {
  it('finds values in the input and in the bindings', async () => {
    expect(await evaluate('data.answer & $suffix', { data: { answer: 'a' } }, { suffix: 'b' })).toBe('ab');
    expect(await evaluate('nothing.here', {})).toBeUndefined();
  });

  it.each(['a.b(', '{', 'a ~> ', '"open'])('reports the position of the syntax error in %s', (source) => {
    let error: unknown;
    try {
      Expression.compile(source);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(ExpressionError);
    expect(error).toMatchObject({ source, position: expect.any(Number) as number });
  });

  it.each([
    ['loops', '($f := function($x){ $f($x) }; $f(1))'],
    ['goes too deep', '($f := function($x){ 1 + $f($x) }; $f(1))'],
    ['makes a list without end', '$map([1..9000000], function($x){ $x })'],
    ['raises an error', '$error("secret words")'],
    ['adds words', '1 + secret'],
  ])('that %s ends with an error that names no value', async (_what, source) => {
    await evaluate('$contains("x", /x/)', {});
    const startedAt = Date.now();
    const failed = evaluate(source, { secret: 'planted-value' });
    await expect(failed).rejects.toBeInstanceOf(ExpressionError);
    await expect(failed).rejects.toThrow(/\([DST]\d{4}\)$/);
    await expect(failed).rejects.not.toThrow(/planted-value|secret words/);
    expect(Date.now() - startedAt).toBeLessThan(EXPRESSION_WALL_MS + 1000);
  });

  it('keeps evaluations that run at the same time apart', async () => {
    const expression = Expression.compile('$map(list, function($x){ $x * $factor })');
    const results = await Promise.all(
      [2, 3, 4].map((factor) => expression.evaluate({ list: [1, 2] }, { factor })),
    );
    expect(results.map((result) => JSON.stringify(result))).toEqual(['[2,4]', '[3,6]', '[4,8]']);
  });
});
