import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './support/cli-process.js';

interface Bill {
  readonly bomFormat: string;
  readonly specVersion: string;
  readonly metadata: { readonly component: { readonly name: string; readonly version: string } };
  readonly components: {
    readonly 'bom-ref': string;
    readonly purl: string;
    readonly name: string;
    readonly scope: string;
    readonly licenses?: unknown[];
    readonly hashes?: { readonly content: string }[];
  }[];
  readonly dependencies: { readonly ref: string; readonly dependsOn: string[] }[];
}

const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  name: string;
  version: string;
  dependencies: Record<string, string>;
  scripts: Record<string, string>;
};

function run(
  words: readonly string[],
  cwd = ROOT,
): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [join(ROOT, '.ci', 'parts.mjs'), ...words], { cwd, encoding: 'utf8' });
}

describe('the bill of materials', () => {
  const { status, stdout } = run(['sbom']);
  const bill = JSON.parse(stdout) as Bill;
  const refs = bill.components.map((component) => component['bom-ref']);

  it('is what `npm run sbom` prints', () => {
    expect(manifest.scripts['sbom']).toBe('node .ci/parts.mjs sbom');
    expect([status, bill.bomFormat, bill.specVersion]).toEqual([0, 'CycloneDX', '1.5']);
    expect(bill.metadata.component).toMatchObject({ name: manifest.name, version: manifest.version });
  });

  it('has each package that production installs, with licence and hash, and none of development', () => {
    for (const [name, version] of Object.entries(manifest.dependencies))
      expect(refs).toContain(`pkg:npm/${name.replace('@', '%40')}@${version}`);
    const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { dev?: boolean }>;
    };
    const wanted = Object.entries(packages).filter(([path, { dev }]) => path !== '' && dev !== true);
    expect(wanted.length).toBeGreaterThan(200);
    expect(refs.length).toBeGreaterThan(wanted.length * 0.9);
    expect(new Set(refs).size).toBe(refs.length);
    expect(refs.filter((ref) => /npm\/(jest|prettier|oxlint|openai)@/.test(ref))).toEqual([]);
    for (const { name, licenses, hashes, scope } of bill.components) {
      expect([name, licenses?.length, hashes?.[0]?.content.length]).toEqual([name, 1, 128]);
      expect(['required', 'optional']).toContain(scope);
    }
  });

  it('leads from the package to each part', () => {
    const edges = new Map(bill.dependencies.map(({ ref, dependsOn }) => [ref, dependsOn]));
    const reached = new Set<string>([`pkg:npm/${manifest.name}@${manifest.version}`]);
    for (const ref of reached) for (const next of edges.get(ref)!) reached.add(next);
    expect(refs.filter((ref) => !reached.has(ref))).toEqual([]);
    expect(reached.size).toBe(refs.length + 1);
  });
});

describe('the licences', () => {
  it('are permissive, those of development too', () => {
    expect(manifest.scripts['licenses']).toBe('node .ci/parts.mjs licenses');
    const { status, stdout, stderr } = run(['licenses']);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^ +\d+ {2}MIT$/m);
    expect(run(['licenses', '--dev']).status).toBe(0);
    const listed = Object.values(JSON.parse(run(['licenses', '--json']).stdout) as Record<string, string[]>);
    expect(listed.flat()).toContain(`axios@${manifest.dependencies['axios']}`);
  });

  it.each([
    ['GPL-3.0-only', 1],
    ['(MIT OR GPL-2.0)', 0],
    ['MIT AND LGPL-3.0', 1],
    ['SEE LICENSE IN LICENSE.txt', 1],
    ['UNLICENSED', 1],
    [undefined, 1],
    ['CC-BY-4.0', 1],
  ])('count %s as %i not permissive, and say whose it is', (license, code) => {
    const folder = mkdtempSync(join(tmpdir(), 'parts-test-'));
    try {
      const entry = { version: '1.2.3', license };
      writeFileSync(
        join(folder, 'package-lock.json'),
        JSON.stringify({
          packages: {
            '': {},
            'node_modules/fine': { version: '1.0.0', license: 'MIT' },
            'node_modules/@a/b': entry,
          },
        }),
      );
      mkdirSync(join(folder, 'node_modules', '@a', 'b'), { recursive: true });
      writeFileSync(join(folder, 'node_modules', '@a', 'b', 'package.json'), '{}');
      const { status, stderr } = run(['licenses'], folder);
      expect([status, stderr]).toEqual([
        code,
        code === 0 ? '' : `not permissive: @a/b@1.2.3: ${license ?? 'none'}\n`,
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
