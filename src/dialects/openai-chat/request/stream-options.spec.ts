import * as fc from 'fast-check';
import { withUsage } from './stream-options.js';

describe('withUsage', () => {
  it.each([
    ['{"a":1}', '{"a":1,"stream_options":{"include_usage":true}}'],
    ['{"stream_options":null,"a":1}', '{"stream_options":{"include_usage":true},"a":1}'],
    ['{"stream_options":{},"a":1}', '{"stream_options":{"include_usage":true},"a":1}'],
    ['{"stream_options":{"include_usage":null}}', '{"stream_options":{"include_usage":true}}'],
    ['{"stream_options":{"x":[]}}', '{"stream_options":{"include_usage":true,"x":[]}}'],
    ['{"stream_options":"odd"}', '{"stream_options":"odd"}'],
    ['{"stream_options":[1]}', '{"stream_options":[1]}'],
  ])('makes of %s: %s', (body, asking) => {
    expect(withUsage(Buffer.from(body)).toString()).toBe(asking);
  });

  it('changes nothing else of any request', () => {
    const options = fc.option(fc.dictionary(fc.string(), fc.jsonValue()), { nil: null });
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }), options, (fields, said) => {
        const request = { ...fields, stream_options: said };
        const asking: unknown = JSON.parse(withUsage(Buffer.from(JSON.stringify(request))).toString());
        const wanted = { ...fields, stream_options: { ...said, include_usage: true } };
        expect(asking).toEqual(JSON.parse(JSON.stringify(wanted)));
      }),
    );
  });
});
