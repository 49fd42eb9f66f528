import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { load, loadAll } from 'js-yaml';
import { type IDeployment } from 'kubernetes-models/apps/v1/Deployment';
import { type IHorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler';
import { type IConfigMap } from 'kubernetes-models/v1/ConfigMap';
import { ROOT } from '../support/cli-process.js';
import { type Manifest, problemsOf } from '../support/manifests.js';
import { loadMounted, secretsOf, someSecrets } from '../support/mounted-config.js';
import { CHART, configOf, describeWithHelm, helm, namesOf, onlyOf, renderChart } from '../support/render.js';

const DEPLOY = join(ROOT, 'deploy');
const read = (path: string): string => readFileSync(join(CHART, path), 'utf8');
const values = load(read('values.yaml')) as Record<string, unknown> & { config: Record<string, unknown> };
const everything = {
  ingress: {
    enabled: true,
    className: 'nginx',
    hosts: ['llm.example.com'],
    tls: [{ secretName: 'llm-example-com', hosts: ['llm.example.com'] }],
  },
  serviceMonitor: { enabled: true, labels: { release: 'prometheus' } },
  networkPolicy: { enabled: true },
};
/** The manifests for kubectl in a folder below `deploy`. */
const filesOf = (folder: string): Manifest[] =>
  readdirSync(join(DEPLOY, folder))
    .filter((file) => file !== 'kustomization.yaml' && !file.startsWith('secret.'))
    .flatMap((file) => loadAll(readFileSync(join(DEPLOY, folder, file), 'utf8')) as Manifest[]);

describe('the Helm chart', () => {
  it('has the version of the package', () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    expect(load(read('Chart.yaml'))).toMatchObject({ version, appVersion: version });
  });

  it('has a schema that its values satisfy and that lists each of them', () => {
    const schema = JSON.parse(read('values.schema.json')) as { properties: Record<string, unknown> };
    const validate = new Ajv({ strictTypes: false }).compile(schema);
    expect([validate(values), validate.errors]).toEqual([true, null]);
    expect(
      Object.keys(schema.properties)
        .filter((name) => name !== 'global')
        .sort(),
    ).toEqual(Object.keys(values).sort());
  });

  it.each(['docs/deploy.md', 'docs/zh/deploy.md'])('is described in %s by values that it has', (page) => {
    const [, table] = readFileSync(join(ROOT, page), 'utf8').split('## Helm');
    const rows = table!.slice(0, table!.indexOf('\n## ')).matchAll(/^\| (`.*)$/gm);
    const named = [...rows].flatMap(([, row]) =>
      [...row!.matchAll(/`([a-z]\w+(?:\.\w+)*)`/gi)].map(([, name]) => name!),
    );
    const has = (name: string): boolean =>
      name.split('.').reduce((at: unknown, key) => (at as Record<string, unknown>)?.[key], values) !==
      undefined;
    const others = ['llm-gateway', 'true', 'false', 'models.yaml'];
    expect(named.filter((name) => !others.includes(name) && !/^\d/.test(name) && !has(name))).toEqual([]);
    expect(named.length).toBeGreaterThan(20);
  });

  it('has a configuration that the gateway accepts, without a warning', () => {
    const text = JSON.stringify(values.config);
    expect(loadMounted(text, someSecrets(text)).warnings).toEqual([]);
    expect(secretsOf(text)).toEqual(['TEAM_A_KEY']);
    // The texts of comments too.
    expect(secretsOf(read('values.yaml')).length).toBeGreaterThan(1);
  });
});

describeWithHelm('helm', () => {
  const memoryOptions = (documents: readonly Manifest[]): string =>
    onlyOf<IDeployment>(documents, 'Deployment').spec!.template.spec!.containers[0]!.env![0]!.value!;

  it('reports nothing about the chart, and packages it', () => {
    expect(helm(['lint', '--strict', CHART])).toMatchObject({ status: 0 });
    const folder = mkdtempSync(join(tmpdir(), 'helm-test-'));
    try {
      expect(helm(['package', CHART, '--destination', folder])).toMatchObject({ status: 0 });
      expect(readdirSync(folder)).toEqual([expect.stringMatching(/^llm-gateway-\d+\.\d+\.\d+\.tgz$/)]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('renders what the schemas accept: by default, and with every option', () => {
    const base = ['ConfigMap', 'Deployment', 'HorizontalPodAutoscaler', 'PodDisruptionBudget', 'Service'];
    const own = [...base, 'ServiceAccount'];
    expect(namesOf(renderChart())).toEqual(own.map((kind) => `${kind} llm-gateway`));
    const whole = renderChart(everything, 'prod');
    expect(namesOf(whole)).toEqual(
      [
        ...[...own, 'Ingress', 'NetworkPolicy', 'ServiceMonitor'].map((kind) => `${kind} prod-llm-gateway`),
        'Service prod-llm-gateway-metrics',
      ].sort(),
    );
    expect(problemsOf([...renderChart(), ...whole])).toEqual([]);
  }, 60_000);

  it('renders what the base for kubectl has, its optional parts too', () => {
    const kubectl = [
      'kubernetes',
      ...['ingress', 'networkpolicy', 'servicemonitor'].map((it) => `kubernetes-parts/${it}`),
    ]
      .flatMap(filesOf)
      .filter(({ kind }) => kind !== 'ConfigMap');
    const chart = renderChart({
      ...everything,
      ingress: { enabled: true, hosts: ['llm.example.com'] },
      serviceMonitor: { enabled: true },
    });
    const bare = (documents: readonly Manifest[]): Record<string, unknown> =>
      Object.fromEntries(documents.map((it, index) => [namesOf([it])[0] ?? index, withoutLabels(it)]));
    const { 'ServiceAccount llm-gateway': account, 'ConfigMap llm-gateway': config, ...rest } = bare(chart);
    expect(account).toMatchObject({ automountServiceAccountToken: false });
    expect(config).toBeDefined();
    // A ServiceMonitor replaces the annotations.
    const wanted = bare(kubectl);
    expect(rest).toEqual(wanted);
    const { annotations } = onlyOf<IDeployment>(renderChart(), 'Deployment').spec!.template.metadata!;
    expect(annotations).toEqual({ 'prometheus.io/scrape': 'true', 'prometheus.io/port': '9464' });
  });

  it('selects by labels that its own pods have, and by no other release', () => {
    const selectors = (documents: readonly Manifest[]): string[] =>
      [...JSON.stringify(documents).matchAll(/"(?:matchLabels|selector)":(\{"app[^}]*\})/g)].map(
        ([, text]) => text!,
      );
    const [one, other] = [renderChart(everything, 'one'), renderChart(everything, 'other')];
    const labels = (documents: readonly Manifest[]): unknown =>
      onlyOf<IDeployment>(documents, 'Deployment').spec!.template.metadata!.labels;
    expect(selectors(one).length).toBeGreaterThanOrEqual(7);
    for (const selector of selectors(one).map((text) => JSON.parse(text) as Record<string, string>)) {
      const { 'app.kubernetes.io/component': component, ...rest } = selector;
      expect([undefined, 'metrics']).toContain(component);
      expect(labels(one)).toMatchObject(rest);
      expect(labels(other)).not.toMatchObject(rest);
    }
  });

  it('passes the configuration on unchanged', () => {
    const config = {
      server: {
        json_values_limit: 400_000,
        allowed_hosts: ['${HOST:-llm}', 'yes', '0x10', '1e3', ' a: b #c'],
      },
      retry: { max_retries: 0 },
      models: {
        openai: [
          { name: 'm', base_url: 'https://x.test', max_tokens: 16_777_216, price: { input: 0.000001 } },
        ],
      },
    };
    const rendered = onlyOf<IConfigMap>(renderChart({ config }), 'ConfigMap');
    expect(configOf(rendered)).toEqual({
      ...values.config,
      ...config,
      server: { ...(values.config['server'] as object), ...config.server },
    });
    const without = renderChart({ config: { usage: null, metrics: null } });
    expect(Object.keys(configOf(onlyOf<IConfigMap>(without, 'ConfigMap')) as object)).not.toContain('usage');
    expect(onlyOf<IDeployment>(without, 'Deployment').spec!.template.metadata!.annotations).toBeUndefined();
  });

  it('computes the drain from the configuration, and the heap from the memory', () => {
    const slow = renderChart({ config: { server: { shutdown_grace_seconds: 300.5 } }, preStopSeconds: 10 });
    expect(onlyOf<IDeployment>(slow, 'Deployment').spec!.template.spec!.terminationGracePeriodSeconds).toBe(
      326,
    );
    const large = renderChart({ resources: { limits: { memory: '2Gi' } } });
    expect(memoryOptions(large)).toBe('--max-old-space-size=1024 --max-semi-space-size=16');
  });

  it('leaves out what is switched off', () => {
    const documents = renderChart({
      autoscaling: { enabled: false },
      podDisruptionBudget: { enabled: false },
      serviceAccount: { create: false },
      existingSecret: '',
      replicas: 3,
    });
    expect(documents.map(({ kind }) => kind).sort()).toEqual(['ConfigMap', 'Deployment', 'Service']);
    const { replicas, template } = onlyOf<IDeployment>(documents, 'Deployment').spec!;
    expect([replicas, template.spec!.serviceAccountName]).toEqual([3, 'default']);
    expect(template.spec!.volumes!.map(({ name }) => name)).toEqual(['config', 'usage']);
    const scaled = onlyOf<IHorizontalPodAutoscaler>(
      renderChart({ autoscaling: { maxReplicas: 20 } }),
      'HorizontalPodAutoscaler',
    );
    expect(scaled.spec!.maxReplicas).toBe(20);
  });

  it.each([
    [{ autoscalling: { enabled: false } }, /autoscalling/],
    [{ ingress: { host: 'a' } }, /host/],
    [{ ingress: { enabled: true } }, /ingress\.hosts has no host/],
    [{ image: { tag: 1.1 } }, /tag/],
    [{ resources: { limits: { memory: '512MB' } } }, /memory/],
    [{ config: { server: { port: 'http' } } }, /port/],
    [{ config: { metrics: null }, serviceMonitor: { enabled: true } }, /config\.metrics\.port/],
  ])('refuses %j, and names the problem', (wrong, why) => {
    expect(() => renderChart(wrong)).toThrow(why);
  });
});

/** Leaves out what only the chart has: labels of the application, names of the release, scrape annotations. */
function withoutLabels(document: Manifest): unknown {
  const own = /^(app\.kubernetes\.io|helm\.sh)\/|^(serviceAccountName|imagePullPolicy)$/;
  const isScrape = (name: string, value: unknown): boolean =>
    name === 'annotations' && 'prometheus.io/scrape' in (value as object);
  return JSON.parse(
    JSON.stringify(document, (name, value: unknown) =>
      own.test(name) || isScrape(name, value) ? undefined : value,
    ),
  );
}
