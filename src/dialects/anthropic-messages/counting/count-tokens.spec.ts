import { type Prompt } from '../../../conversation/prompt.js';
import { TokenCounter } from '../../counting/token-counter.js';
import { MESSAGES_COUNT } from './messages-count.js';
import { countTokens } from './count-tokens.js';
import { imageSize } from './image-size.js';

/** Every character is a token. */
class Characters extends TokenCounter {
  override count(texts: readonly string[]): Promise<readonly number[]> {
    return Promise.resolve(texts.map((text) => text.length));
  }
}

const promptOf = (fields: object): Prompt =>
  MESSAGES_COUNT.parse(
    Buffer.from(JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'hi' }], ...fields })),
  ).prompt();
const count = async (fields: object) => (await countTokens(new Characters(), promptOf(fields))).input_tokens;

/** The first bytes of images of 300x200. */
const PNG = Buffer.from('89504e470d0a1a0a0000000d494844520000012c000000c80806000000', 'hex');
const GIF = Buffer.from('4749463839612c01c800', 'hex');
const JPEG = Buffer.from(
  'ffd8ffe000104a46494600010100000100010000ffc0001108 00c8012c03012200'.replace(' ', ''),
  'hex',
);
const webp = (format: string, hex: string) =>
  Buffer.concat([Buffer.from(`RIFF0000WEBP${format}0000`), Buffer.from(`${hex}0000000000`, 'hex')]);
const WEBP_X = webp('VP8X', '000000002b0100c70000');
const WEBP_LOSSY = webp('VP8 ', '0000009d012a2c01c800');
const WEBP_LOSSLESS = webp('VP8L', '2f2bc13100');

describe('tokens of a prompt', () => {
  it('are those of instructions, turns, tools and schemas', async () => {
    const least = await count({});
    expect(least).toBe(2 + 4 + 3);
    expect(await count({ system: 'x'.repeat(100) })).toBeGreaterThanOrEqual(least + 100);
    const description = 'x'.repeat(200);
    const tools = [{ name: 'get', description, input_schema: { type: 'object' } }];
    expect(await count({ tools })).toBeGreaterThan(least + 200);
    const format = { type: 'json_schema', schema: { type: 'object', title: description } };
    expect(await count({ output_config: { format } })).toBeGreaterThan(least + 200);
  });

  it('are those of calls, their results, thoughts and documents', async () => {
    const least = await count({});
    const words = 'x'.repeat(100);
    const block = (role: string, content: object) => count({ messages: [{ role, content: [content] }] });
    for (const said of [
      await block('assistant', { type: 'thinking', thinking: words, signature: 's' }),
      await block('assistant', { type: 'tool_use', id: 't', name: 'n', input: { words } }),
      await block('user', { type: 'tool_result', tool_use_id: 't', content: words }),
    ])
      expect(said).toBeGreaterThan(least + 90);
    const data = Buffer.from('/Type /Pages /Type /Page\n/Type/Page').toString('base64');
    const source = { type: 'base64', media_type: 'application/pdf', data };
    expect(await block('user', { type: 'document', source })).toBe(4 + 3 + 6000);
  });

  it('are those of images by their size', async () => {
    const image = (data: Buffer) =>
      count({
        messages: [
          {
            role: 'user',
            content: [
              { type: 'image', source: { type: 'base64', media_type: 'x', data: data.toString('base64') } },
            ],
          },
        ],
      });
    expect(await image(PNG)).toBe(4 + 3 + 80);
    expect(await image(Buffer.from('no image'))).toBe(4 + 3 + 1600);
  });

  it.each([
    ['PNG', PNG],
    ['GIF', GIF],
    ['JPEG', JPEG],
    ['WebP', WEBP_X],
    ['lossy WebP', WEBP_LOSSY],
    ['lossless WebP', WEBP_LOSSLESS],
  ])('reads the size of a %s, whole or cut', (_format, bytes) => {
    expect(imageSize(bytes.toString('base64'))).toEqual({ width: 300, height: 200 });
    for (let length = 0; length < bytes.length; length++)
      expect(() => imageSize(bytes.subarray(0, length).toString('base64'))).not.toThrow();
  });
});
