import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isJsonObject } from '../src/protocol/json.js';
import { importLiteLlm } from '../src/cli/importing/litellm/litellm.js';
import { writeConfig } from '../src/cli/importing/write-config.js';
import { loadText } from './fixtures/config/load-text.js';
import { ROOT } from './support/documents.js';

/** The shape of a public configuration: its fields and counts, with names, addresses and texts replaced. */
interface Shape {
  readonly project: string;
  /** Its path in the repository of the project. */
  readonly file: string;
  readonly config: Readonly<Record<string, unknown>>;
}

const SHAPES = readFileSync(join(import.meta.dirname, 'fixtures', 'import', 'litellm-shapes.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Shape);
const PAGES = {
  en: join(ROOT, 'docs', 'migrate', 'litellm.md'),
  zh: join(ROOT, 'docs', 'zh', 'migrate', 'litellm.md'),
};
const HEADS = {
  en: '| project | models | services | fallbacks | master key | not carried, or changed |',
  zh: '| 项目 | 模型 | 服务 | 备用模型 | 主密钥 | 未转换或有改动的内容 |',
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'import-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function imported({ config }: Shape) {
  const path = join(folder, 'config.yaml');
  writeFileSync(path, JSON.stringify(config));
  const gateway = importLiteLlm(path);
  const { yaml, variables } = writeConfig(gateway, 'config.yaml');
  return { gateway, yaml, variables };
}

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

function row(shape: Shape): string {
  const { gateway, yaml } = imported(shape);
  const entries = listOf(shape.config['model_list']);
  const names = new Set(entries.map((entry) => isJsonObject(entry) && entry['model_name']));
  const services = [...gateway.models.values()].flatMap((model) => model.services).length;
  const blocks = ['router_settings', 'litellm_settings']
    .map((name) => shape.config[name])
    .filter(isJsonObject);
  const wanted = blocks.flatMap((block) =>
    ['fallbacks', 'context_window_fallbacks', 'default_fallbacks'].flatMap((name) =>
      listOf(block[name]).flatMap((item) => (isJsonObject(item) ? Object.values(item).flat() : [item])),
    ),
  ).length;
  const dropped = gateway.notes.filter(({ what }) => what === 'fallbacks').flatMap(({ of }) => of).length;
  const hasKey = gateway.keys.length > 0;
  const left = [...new Set(gateway.notes.map(({ what }) => what))]
    .filter((what) => what !== 'API keys')
    .map((what) => `\`${what.replace(/^\w+_settings\./, '')}\``);
  expect(yaml).not.toContain('undefined');
  return `| [${shape.project}](https://github.com/${shape.project}) | ${gateway.models.size} / ${names.size} | ${services} / ${entries.length} | ${wanted === 0 ? '–' : `${wanted - dropped} / ${wanted}`} | ${hasKey ? 1 : '–'} | ${left.join(', ') || '–'} |`;
}

describe('the table of imported configurations', () => {
  it.each(['en', 'zh'] as const)('is what the import makes of their shapes, in %s', (language) => {
    const table = [HEADS[language], '| --- | --- | --- | --- | --- | --- |', ...SHAPES.map(row)].join('\n');
    const text = readFileSync(PAGES[language], 'utf8');
    const written = text.slice(text.indexOf(HEADS[language])).split('\n\n')[0]!.trim();
    if (process.env['WRITE_TABLES'] === '1')
      writeFileSync(
        PAGES[language],
        text.replace(written, () => table),
      );
    else expect(written).toBe(table);
    expect(SHAPES.length).toBeGreaterThan(20);
  });

  it.each(SHAPES.map((shape) => [shape.project, shape] as const))(
    'has a configuration that loads, of %s',
    (_, shape) => {
      const { gateway, yaml, variables } = imported(shape);
      if (gateway.models.size === 0) return;
      const env = Object.fromEntries(variables.map((name) => [name, 'http://a-value-of-sixteen.example/v1']));
      expect(loadText(yaml, { env })).toBeDefined();
    },
  );
});
