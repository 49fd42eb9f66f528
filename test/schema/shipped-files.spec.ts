import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { execFileSync } from 'node:child_process';
import { parseYaml } from '../../src/config/loading/yaml/yaml-document.js';
import { refusedBySchema, ROOT } from './check-and-schema.js';

const SCHEMA = join(ROOT, 'config', 'models.schema.json');
const FILES = execFileSync('git', ['ls-files', '*.yaml', '*.yml'], { cwd: ROOT, encoding: 'utf8' })
  .trim()
  .split('\n')
  // A chart's templates become YAML only when it is rendered: the chart's own spec compares them with the manifests.
  .filter((file) => !/\/helm\/[^/]+\/templates\//.test(file) && existsSync(join(ROOT, file)))
  .map((file) => ({ file, text: readFileSync(join(ROOT, file), 'utf8') }));
const CONFIGURATIONS = FILES.filter(({ text }) => /^models:/m.test(text) && /^auth:/m.test(text));

describe('the YAML files of this repository', () => {
  it('are many', () => expect(CONFIGURATIONS.length).toBeGreaterThan(9));

  it.each(CONFIGURATIONS.map(({ file }) => file))('%s is valid', (file) => {
    expect(refusedBySchema(valueOf(readFileSync(join(ROOT, file), 'utf8')))).toEqual([]);
  });

  it.each(CONFIGURATIONS.filter(({ file }) => !file.startsWith('test/')).map(({ file }) => file))(
    '%s names the schema in its head',
    (file) => {
      const [, path = ''] =
        /^# yaml-language-server: \$schema=(\S+)\n/.exec(readFileSync(join(ROOT, file), 'utf8')) ?? [];
      expect(resolve(ROOT, dirname(file), path)).toBe(SCHEMA);
    },
  );

  it('hold valid configurations in the manifests for Kubernetes', () => {
    const maps = FILES.filter(({ text }) => /^kind: ConfigMap$/m.test(text)).flatMap(({ text }) =>
      Object.values((valueOf(text) as unknown as { data: Record<string, string> }).data),
    );
    const configurations = maps.filter((text) => /^models:/m.test(text));
    expect(configurations.length).toBeGreaterThan(0);
    for (const text of configurations) expect(refusedBySchema(valueOf(text))).toEqual([]);
  });
});

/** As the gateway reads it. */
function valueOf(text: string): Readonly<Record<string, unknown>> {
  return parseYaml(text, 'a file').value;
}
