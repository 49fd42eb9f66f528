import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DOCUMENTS, ROOT } from './support/documents.js';
import { FIELD_TABLES, REPLY_TABLES, fieldTable } from './support/field-tables.js';

const PAGES = DOCUMENTS.map(({ name }) => name).filter((name) => name.startsWith('docs/'));
const MARKED = /(<!-- (fields|replies) ([\w-]+) -->\n).*?(<!-- end -->)/gs;
const TABLES: Readonly<Record<string, typeof FIELD_TABLES>> = { fields: FIELD_TABLES, replies: REPLY_TABLES };
const SDKS = join(ROOT, 'node_modules');

const languageOf = (page: string) => (page.startsWith('docs/zh/') ? 'zh' : 'en');

/** The page with the tables of today. `WRITE_DOCS=1` writes it. */
function rendered(page: string, text: string): string {
  return text.replaceAll(
    MARKED,
    (_all, begin: string, of: string, name: string, end: string) =>
      `${begin}${fieldTable(TABLES[of]![name]!, languageOf(page))}\n${end}`,
  );
}

/** Fields of a request as an SDK declares them. */
function fieldsOf(file: string, name: string): string[] {
  const text = readFileSync(join(SDKS, file), 'utf8');
  const [, body = ''] = new RegExp(`export interface ${name}[^{]*\\{\\n(.*?)\\n\\}`, 's').exec(text) ?? [];
  return [...body.matchAll(/(?:\/\*\*((?:(?!\*\/).)*)\*\/\n)? {4}(\w+)\??:/gs)]
    .filter(([, comment = '']) => !comment.includes('Header param'))
    .map(([, , field]) => field!);
}

describe('the pages of the wire formats', () => {
  it.each(PAGES)('%s shows the tables that the gateway goes by', (page) => {
    const path = join(ROOT, page);
    const text = readFileSync(path, 'utf8');
    const wanted = rendered(page, text);
    if (process.env['WRITE_DOCS'] === '1') writeFileSync(path, wanted);
    else expect(text).toBe(wanted);
  });

  it('show every table, in both languages', () => {
    for (const language of ['en', 'zh']) {
      const shown = PAGES.filter((page) => languageOf(page) === language).flatMap((page) =>
        [...readFileSync(join(ROOT, page), 'utf8').matchAll(MARKED)].map(([, , of, name]) => `${of} ${name}`),
      );
      const wanted = Object.entries(TABLES).flatMap(([of, tables]) =>
        Object.keys(tables).map((name) => `${of} ${name}`),
      );
      expect(new Set(shown)).toEqual(new Set(wanted));
    }
  });

  it.each([
    ['openai-chat', 'openai/resources/chat/completions/completions.d.ts', 'ChatCompletionCreateParamsBase'],
    ['openai-responses', 'openai/resources/responses/responses.d.ts', 'ResponseCreateParamsBase'],
    ['anthropic-messages', '@anthropic-ai/sdk/resources/messages/messages.d.ts', 'MessageCreateParamsBase'],
    [
      'anthropic-messages',
      '@anthropic-ai/sdk/resources/beta/messages/messages.d.ts',
      'MessageCreateParamsBase',
    ],
  ])('name for %s every field that %s knows', (name, file, declared) => {
    const known = new Set(FIELD_TABLES[name]!.map(({ field }) => field.split('.')[0]));
    const fields = fieldsOf(file, declared);
    expect(fields.length).toBeGreaterThan(10);
    expect(fields.filter((field) => !known.has(field))).toEqual([]);
  });
});
