import { OPENAI_MODERATIONS } from './openai-moderations.js';

const bodyFor = (body: string, model: string): string =>
  OPENAI_MODERATIONS.parse(Buffer.from(body)).bodyFor(model).toString();

describe('a request for moderation', () => {
  it.each([
    ['{"input":"a"}', '{"model":"omni-moderation-latest","input":"a"}'],
    ['{ "input":"a", "model" : null }', '{ "input":"a", "model" : "omni-moderation-latest" }'],
    ['{"model":"omni-moderation-latest","input":"a"}', '{"model":"omni-moderation-latest","input":"a"}'],
  ])('that may name no model is sent with its usual one: %s', (body, sent) => {
    expect(OPENAI_MODERATIONS.parse(Buffer.from(body)).model).toBe('omni-moderation-latest');
    expect(bodyFor(body, 'omni-moderation-latest')).toBe(sent);
    expect(bodyFor(body, 'up')).toBe(sent.replace('omni-moderation-latest', 'up'));
  });

  it.each(['{"model":null,"model":"a","input":"x"}', '{"model":1,"input":"x"}', '{"model":"","input":"x"}'])(
    'is refused if its model cannot be read: %s',
    (body) => expect(() => OPENAI_MODERATIONS.parse(Buffer.from(body))).toThrow(/model/),
  );
});
