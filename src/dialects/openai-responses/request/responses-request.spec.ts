import fc from 'fast-check';
import { OPENAI_RESPONSES } from '../openai-responses.js';

const LIMITS = { depth: 100, values: 100_000 };

function parse(body: unknown) {
  return OPENAI_RESPONSES.parse(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), LIMITS);
}

describe('a request for a response', () => {
  it('is read as far as the gateway needs it', () => {
    const request = parse({ model: 'm', input: 'hi', stream: true });
    expect([request.model, request.isStream]).toEqual(['m', true]);
    expect(parse({ model: 'm', previous_response_id: 'resp_1' }).isStream).toBe(false);
    expect(parse({ model: 'm', input: [], stream: null }).isStream).toBe(false);
  });

  it.each([
    [{ input: 'hi' }, 'model'],
    [{ model: '', input: 'hi' }, 'model'],
    [{ model: 'm' }, 'input'],
    [{ model: 'm', input: null }, 'input'],
    [{ model: 'm', input: 5 }, 'input'],
    [{ model: 'm', input: 'hi', stream: 'yes' }, 'stream'],
    [{ model: 'm', input: 'hi', max_output_tokens: 0 }, 'max_output_tokens'],
    [{ model: 'm', input: 'hi', max_output_tokens: '5' }, 'max_output_tokens'],
    ['{"model":"m","input":"hi","model":"n"}', 'model'],
    [
      '{"model":"m","input":"hi","previous_response_id":null,"previous_response_id":"x"}',
      'previous_response_id',
    ],
  ])('is refused as %j', (body, param) => {
    expect(() => parse(body)).toThrow(expect.objectContaining({ status: 400, param }) as Error);
  });

  it('goes up byte by byte but for the model and the default limit', () => {
    const body =
      '{ "input" : "hi \\u00e9",  "model":"m", "n": 12345678901234567890 , "max_output_tokens" : null}';
    const request = parse(body);
    expect(request.bodyFor('m')).toBe(request.body);
    expect(request.bodyFor('up').toString()).toBe(body.replace('"m"', '"up"'));
    const limit = { field: 'max_tokens', value: 7 };
    expect(request.bodyFor('up', limit).toString()).toBe(
      body.replace('"m"', '"up"').replace('"max_output_tokens" : null', '"max_output_tokens":7'),
    );
    expect(parse({ model: 'm', input: 'hi' }).bodyFor('u', limit).toString()).toBe(
      '{"model":"u","max_output_tokens":7,"input":"hi"}',
    );
    expect(parse({ model: 'm', input: 'hi', max_output_tokens: 5 }).bodyFor('m', limit).toString()).toContain(
      '"max_output_tokens":5',
    );
  });

  it('gives a prompt or an error that names a field, for any body of a client', () => {
    const field = fc.constantFrom(
      'type',
      'role',
      'content',
      'text',
      'call_id',
      'id',
      'name',
      'arguments',
      'output',
      'tools',
      'summary',
      'encrypted_content',
      'action',
      'operation',
      'namespace',
      'image_url',
      'input',
      'status',
      'format',
      'mode',
    );
    const word = fc.constantFrom(
      'message',
      'user',
      'assistant',
      'system',
      'reasoning',
      'function_call',
      'function_call_output',
      'custom',
      'custom_tool_call',
      'local_shell_call',
      'shell_call_output',
      'tool_search_output',
      'tool_search_call',
      'additional_tools',
      'configuration_update',
      'namespace',
      'function',
      'allowed_tools',
      'input_text',
      'input_image',
      'json_schema',
      'apply_patch_call_output',
      'item_reference',
      '',
      'gw1.e30',
    );
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        word,
        fc.constantFrom<unknown>(null, true, 0, -1, 1.5),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(field, tie('value'), { maxKeys: 5 }),
      ),
    }));
    const top = fc.constantFrom(
      'tools',
      'tool_choice',
      'text',
      'reasoning',
      'include',
      'instructions',
      'user',
      'metadata',
    );
    fc.assert(
      fc.property(fc.array(value, { maxLength: 5 }), fc.dictionary(top, value), (input, fields) => {
        const request = parse({ model: 'm', ...fields, input });
        try {
          expect(request.prompt().turns.length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toMatchObject({ status: 400, param: expect.any(String) as string });
        }
      }),
      { numRuns: 2000 },
    );
  });
});
