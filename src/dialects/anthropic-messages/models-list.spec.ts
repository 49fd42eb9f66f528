import { modelsList } from './models-list.js';

const MODELS = ['a', 'b', 'c', 'd'].map((id) => ({ id, object: 'model', created: 0, owned_by: 'gateway' }));
const ids = (query: Parameters<typeof modelsList>[1]) =>
  (modelsList(MODELS, query)['data'] as { id: string }[]).map(({ id }) => id).join('');

describe('the list of models', () => {
  it('satisfies clients of both formats', () => {
    expect(modelsList([{ ...MODELS[0]!, max_tokens: 5 }])).toEqual({
      object: 'list',
      data: [
        {
          id: 'a',
          object: 'model',
          created: 0,
          owned_by: 'gateway',
          type: 'model',
          display_name: 'a',
          created_at: '1970-01-01T00:00:00.000Z',
          lifecycle: 'active',
          line: null,
          max_input_tokens: null,
          max_tokens: 5,
          capabilities: null,
          deprecated_at: null,
          retires_at: null,
        },
      ],
      has_more: false,
      first_id: 'a',
      last_id: 'a',
    });
    expect(modelsList([])).toMatchObject({ data: [], first_id: null, last_id: null });
  });

  it('is paged', () => {
    expect(ids({})).toBe('abcd');
    expect(ids({ limit: 2 })).toBe('ab');
    expect(ids({ limit: 2, after_id: 'b' })).toBe('cd');
    expect(ids({ limit: 2, before_id: 'd' })).toBe('bc');
    expect(ids({ before_id: 'a' })).toBe('');
    expect(ids({ after_id: 'unknown' })).toBe('abcd');
    expect(modelsList(MODELS, { limit: 2 })['has_more']).toBe(true);
    expect(modelsList(MODELS, { limit: 2, after_id: 'b' })['has_more']).toBe(false);
  });
});
