import { FieldNames } from '../../protocol/scanning/field-names.js';
import { JsonScan } from '../../protocol/scanning/json-scan.js';
import { type VectorForm, withVectors } from './vectors.js';

async function inForm(text: string, form: VectorForm): Promise<string | undefined> {
  const json = Buffer.from(text);
  const scan = JsonScan.of(json, new FieldNames(['data']));
  return (await withVectors(json, scan.span(0), form))?.toString();
}

function base64(...values: number[]): string {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeFloatLE(value, index * 4);
  return bytes.toString('base64');
}

const FLOATS = [0.1, -2.5e-8, 3, 1e20, -0];

describe('withVectors', () => {
  it('writes lists as 32-bit floats in Base64, and nothing else anew', async () => {
    const text = `{"object" : "list", "data": [ {"object":"embedding","index":0,"embedding":[ ${FLOATS.join(' , ')} ]},{"embedding":[1],"x":{"embedding":[2]}} ] , "id":12345678901234567890}`;
    expect(await inForm(text, 'base64')).toBe(
      `{"object" : "list", "data": [ {"object":"embedding","index":0,"embedding":"${base64(0.1, -2.5e-8, 3, 1e20, 0)}"},{"embedding":"${base64(1)}","x":{"embedding":[2]}} ] , "id":12345678901234567890}`,
    );
  });

  it('writes Base64 as lists that say the same 32-bit floats', async () => {
    const text = `{"data":[{"embedding":"${base64(...FLOATS)}","index":0}]}`;
    const changed = JSON.parse((await inForm(text, 'float'))!) as { data: [{ embedding: number[] }] };
    expect(changed.data[0].embedding).toEqual([...new Float32Array(FLOATS)]);
  });

  it.each<[string, VectorForm]>([
    ['{"data":[{"embedding":[0.1,2]},{"embedding":[]}]}', 'float'],
    [`{"data":[{"embedding":"${base64(1, 2)}"}]}`, 'base64'],
    ['{"data":[]}', 'base64'],
    ['{"data":[{"index":0,"note":"a\\"}]","list":[[1],{"a":[2]}]},null,3]}', 'base64'],
  ])('leaves %s as it is for %s', async (text, form) => {
    expect(await inForm(text, form)).toBe(text);
  });

  it.each(['AACA\\/wAAgL8=', 'AACA\\n/wAAgL8=', 'AACA/wAAgL8', 'AACA_wAAgL8='])(
    'reads Base64 as services write it: %s',
    async (text) => {
      expect(await inForm(`{"data":[{"embedding":"${text}"}]}`, 'float')).toBe(
        await inForm('{"data":[{"embedding":"AACA/wAAgL8="}]}', 'float'),
      );
    },
  );

  it('takes a turn of its own only if other calls would wait for it', () => {
    const json = Buffer.from(`{"data":[{"embedding":[1,2]},{"embedding":"${base64(1, 2)}"}]}`);
    const data = { start: json.indexOf('['), end: json.length - 1 };
    expect(withVectors(json, data, 'float')).toBeInstanceOf(Buffer);
    expect(withVectors(json, data, 'base64')).toBeInstanceOf(Buffer);
  });

  it('reads Base64 in a list of one', async () => {
    const text = `{"data":[{"embedding":["${base64(1, 2)}"]}]}`;
    expect(await inForm(text, 'float')).toBe('{"data":[{"embedding":[1,2]}]}');
    expect(await inForm(text, 'base64')).toBe(`{"data":[{"embedding":"${base64(1, 2)}"}]}`);
  });

  it.each<[string, VectorForm]>([
    ['{"data":[{"embedding":[0.1,"2"]}]}', 'base64'],
    ['{"data":[{"embedding":"AAA="}]}', 'float'],
    ['{"data":[{"embedding":""}]}', 'float'],
    ['{"data":[{"embedding":"!!!"}]}', 'float'],
    ['{"data":[{"embedding":"AACA?PwAA"}]}', 'float'],
    ['{"data":[{"embedding":"AACAPwAA AEA\\u0021"}]}', 'float'],
    [`{"data":[{"embedding":"${base64(NaN)}"}]}`, 'float'],
  ])('gives up on %s', async (text, form) => {
    expect(await inForm(text, form)).toBeUndefined();
  });

  it('converts a batch of many vectors', async () => {
    const vector = Array.from({ length: 1536 }, (_, index) => Math.sin(index) / 7);
    const element = `{"object":"embedding","index":0,"embedding":${JSON.stringify(vector)}}`;
    const text = `{"object":"list","data":[${Array.from({ length: 256 }, () => element).join(',')}]}`;
    const changed = JSON.parse((await inForm(text, 'base64'))!) as { data: { embedding: string }[] };
    expect(changed.data).toHaveLength(256);
    for (const { embedding } of changed.data) expect(embedding).toBe(base64(...vector));
  });
});
