import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { ROOT } from '../support/cli-process.js';
import { describeWithPrometheus } from '../support/prometheus.js';

const RULES = join(ROOT, 'deploy', 'prometheus', 'alerts.yaml');
const TESTS = join(ROOT, 'deploy', 'prometheus', 'alerts.test.yaml');

interface Rule {
  readonly alert?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}
const { groups } = load(readFileSync(RULES, 'utf8')) as { groups: { rules: Rule[] }[] };
const alerts = groups.flatMap(({ rules }) => rules).filter(({ alert }) => alert !== undefined);

/** @returns the complaints of promtool; empty without any */
function promtool(...words: string[]): string {
  const { status, stdout, stderr } = spawnSync('promtool', words, { encoding: 'utf8' });
  return status === 0 ? '' : `${stdout}${stderr}`;
}

describe('the alert rules', () => {
  it('have a severity, a summary and a description', () => {
    expect(alerts.length).toBeGreaterThan(5);
    for (const { alert, labels, annotations } of alerts) {
      expect([alert, labels!['severity']]).toEqual([alert, expect.stringMatching(/^(critical|warning)$/)]);
      expect(Object.keys(annotations!).sort()).toEqual(['description', 'summary']);
    }
  });

  it('are each tested, and each explained in both languages', () => {
    const tests = readFileSync(TESTS, 'utf8');
    for (const file of ['docs/operate/alerts.md', 'docs/zh/operate/alerts.md']) {
      const page = readFileSync(join(ROOT, file), 'utf8');
      for (const { alert } of alerts) {
        expect([alert, tests.includes(`alertname: ${alert}\n`)]).toEqual([alert, true]);
        expect([file, alert, page.includes(`\`${alert}\``)]).toEqual([file, alert, true]);
      }
    }
  });
});

describeWithPrometheus('promtool', () => {
  it('finds nothing wrong with the rules', () => {
    expect(promtool('check', 'rules', RULES)).toBe('');
  });

  it('sees each alert fire when it should, and not before', () => {
    expect(promtool('test', 'rules', TESTS)).toBe('');
  }, 60_000);

  it('accepts the configuration of the compose file, with the rules beside it as they are mounted', () => {
    const folder = mkdtempSync(join(tmpdir(), 'prometheus-config-'));
    try {
      copyFileSync(join(ROOT, 'deploy', 'compose', 'prometheus.yml'), join(folder, 'prometheus.yml'));
      copyFileSync(RULES, join(folder, 'alerts.yaml'));
      expect(promtool('check', 'config', join(folder, 'prometheus.yml'))).toBe('');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
