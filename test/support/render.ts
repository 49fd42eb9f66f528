import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { load, loadAll } from 'js-yaml';
import { describeUnless } from './describe-unless.js';
import { type Manifest } from './manifests.js';
import { describeWithTool } from './needs-tool.js';

const DEPLOY = join(import.meta.dirname, '..', '..', 'deploy');

/** The chart's folder. */
export const CHART = join(DEPLOY, 'helm', 'llm-gateway');
/** Of `.ci/full`, which builds Helm and names it. */
const HELM = process.env['HELM'];

/** What `kubectl apply -k` would send for a folder below `deploy`. */
export function renderKustomization(folder: string): Manifest[] {
  const { status, stdout, stderr } = spawnSync('kubectl', ['kustomize', join(DEPLOY, folder)], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return loadAll(stdout) as Manifest[];
}

/** A `describe` for tests with Helm: of `HELM`, else of the PATH; where neither has one, they are skipped. */
export function describeWithHelm(name: string, tests: () => void): void {
  if (HELM !== undefined || spawnSync('helm', ['version']).status === 0)
    describeWithTool(HELM ?? 'helm', ['version'], name, tests);
  else describeUnless('no helm on this machine, .ci/full builds one', name, tests, true);
}

/** Runs Helm. */
export function helm(words: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(HELM ?? 'helm', words, { encoding: 'utf8' });
}

/**
 * What `helm install` would send.
 * @param values written over the chart's own
 * @param release name
 */
export function renderChart(values: unknown = {}, release = 'llm-gateway'): Manifest[] {
  const folder = mkdtempSync(join(tmpdir(), 'helm-test-'));
  try {
    const file = join(folder, 'values.json');
    writeFileSync(file, JSON.stringify(values));
    // A Helm that is built from its module takes an old cluster for granted.
    const words = ['template', release, CHART, '--namespace', 'llm', '--kube-version', '1.31.0', '-f', file];
    const { status, stdout, stderr } = helm(words);
    if (status !== 0) throw new Error(stderr);
    return loadAll(stdout) as Manifest[];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** `Kind name` of each, sorted. */
export function namesOf(documents: readonly Manifest[]): string[] {
  return documents
    .map((document) => `${document.kind} ${(document as Manifest & Named).metadata.name}`)
    .sort();
}

/** The one manifest of a kind. */
export function onlyOf<Kind extends { kind: string }>(
  documents: readonly Manifest[],
  kind: Kind['kind'],
): Kind {
  const found = documents.filter((document) => document.kind === kind);
  expect([kind, found.length]).toEqual([kind, 1]);
  return found[0] as unknown as Kind;
}

/** Of a ConfigMap, as the program reads it. */
export function configOf(document: { data?: Record<string, string> }): unknown {
  return load(document.data!['models.yaml']!);
}

interface Named {
  readonly metadata: { readonly name: string };
}
