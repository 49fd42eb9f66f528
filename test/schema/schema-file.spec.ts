import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROVIDER_TYPES } from '../../src/providers/provider-types.js';
import { SchemaBuilder } from './build-schema.js';
import { readDocComments } from './doc-comments.js';

const ROOT = join(import.meta.dirname, '..', '..');
const FILE = join(ROOT, 'config', 'models.schema.json');

describe('config/models.schema.json', () => {
  const schema = new SchemaBuilder(PROVIDER_TYPES, readDocComments(join(ROOT, 'src'))).build();
  const text = `${JSON.stringify(schema, undefined, 1)}\n`;

  it('is what the classes and rules say; `npm run schema` writes it anew', () => {
    if (process.env['WRITE_SCHEMA'] === '1') writeFileSync(FILE, text);
    const shipped = existsSync(FILE) ? readFileSync(FILE, 'utf8') : '';
    expect(shipped === text ? 'fresh' : 'stale: npm run schema').toBe('fresh');
  });

  it('describes every key', () => {
    const nameless: string[] = [];
    const visit = (node: unknown, path: string): void => {
      if (typeof node !== 'object' || node === null) return;
      for (const [key, value] of Object.entries(node)) {
        if (key === 'properties' && 'additionalProperties' in node) {
          for (const [name, property] of Object.entries(value as Record<string, Record<string, unknown>>)) {
            if (String(property['$ref']).startsWith('#/definitions/model/')) continue;
            if (typeof property['description'] !== 'string' || property['description'] === '')
              nameless.push(`${path}.${name}`);
          }
        }
        visit(value, `${path}.${key}`);
      }
    };
    visit(JSON.parse(text), '');
    expect(nameless).toEqual([]);
  });
});
