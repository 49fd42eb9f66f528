import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { load, loadAll } from 'js-yaml';
import { type IDeployment } from 'kubernetes-models/apps/v1/Deployment';
import { type IHorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler';
import { type IPodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import { type IConfigMap } from 'kubernetes-models/v1/ConfigMap';
import { type ISecret } from 'kubernetes-models/v1/Secret';
import { type IService } from 'kubernetes-models/v1/Service';
import { ServerConfig } from '../../src/config/server.config.js';
import { parseDockerfile } from '../support/dockerfile.js';
import { type Manifest, problemsOf } from '../support/manifests.js';
import { SECRETS, loadMounted, secretsOf, someSecrets, withSecrets } from '../support/mounted-config.js';
import { type TestConfig, type TestGateway, startGateway } from '../support/start-gateway.js';

const ROOT = join(import.meta.dirname, '..', '..');
const BASE = join(ROOT, 'deploy', 'kubernetes');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const { version } = JSON.parse(read('package.json')) as { version: string };

let gateway: TestGateway | undefined;
afterEach(async () => {
  await gateway?.close();
  gateway = undefined;
});

describe('the Kubernetes base', () => {
  const files = readdirSync(BASE).filter((file) => file !== 'kustomization.yaml');
  const documents = files.flatMap((file) => loadAll(readFileSync(join(BASE, file), 'utf8')) as Manifest[]);
  const one = <Kind extends { kind: string }>(kind: Kind['kind']): Kind => {
    const found = documents.filter((document) => document.kind === kind);
    expect([kind, found.length]).toEqual([kind, 1]);
    return found[0] as unknown as Kind;
  };
  const deployment = one<IDeployment>('Deployment').spec!;
  const pod = deployment.template.spec!;
  const container = pod.containers[0]!;
  const text = one<IConfigMap>('ConfigMap').data!['models.yaml']!;
  const { config, warnings } = loadMounted(text, someSecrets(text));
  const probes = [container.startupProbe!, container.livenessProbe!, container.readinessProbe!] as const;

  it("agrees with the schemas of Kubernetes' API and has no field that they do not know", () => {
    expect(problemsOf(documents)).toEqual([]);
  }, 60_000);

  it('is held against these schemas for good: a misspelled field or a wrong type is noticed', () => {
    const broken = JSON.stringify(documents)
      .replace('"livenessProbe"', '"livenesProbe"')
      .replace('"port":80', '"port":"eighty"');
    expect(problemsOf(JSON.parse(broken) as Manifest[])).toEqual([
      expect.stringContaining('/spec/ports/0/port must be integer'),
      expect.stringContaining('livenesProbe'),
      expect.stringContaining("Type 'string' is not assignable to type 'number'"),
    ]);
  }, 60_000);

  it('lists every manifest in the kustomization, the example of a Secret aside', () => {
    const { resources, ...rest } = load(readFileSync(join(BASE, 'kustomization.yaml'), 'utf8')) as {
      resources: string[];
    };
    expect(rest).toEqual({ apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization' });
    expect([...resources, 'secret.example.yaml'].sort()).toEqual([...files].sort());
  });

  it('holds a configuration that the gateway accepts, without a warning', () => {
    expect(warnings).toEqual([]);
    expect(config.models.map(({ enabled }) => enabled)).toEqual(config.models.map(() => true));
  });

  it('keeps each secret of that configuration in the Secret, and shows no value', () => {
    const { stringData, data } = one<ISecret>('Secret');
    expect(data).toBeUndefined();
    expect(Object.keys(stringData!).sort()).toEqual(secretsOf(text));
    expect(Object.values(stringData!).join('')).toBe('');
    expect(() => loadMounted(text, stringData!)).toThrow(/is empty/);
  });

  it('lets a drain end before the pod is killed, with some seconds to spare', () => {
    const { shutdown_delay_seconds: delay, shutdown_grace_seconds: grace } = config.server;
    const [program, seconds] = container.lifecycle!.preStop!.exec!.command!;
    expect(program).toBe('sleep');
    expect(Number(seconds)).toBeGreaterThanOrEqual(5);
    expect(delay).toBeGreaterThanOrEqual(5);
    const { terminationGracePeriodSeconds } = pod;
    expect(terminationGracePeriodSeconds).toBeGreaterThanOrEqual(Number(seconds) + delay + grace + 5);
  });

  it('probes routes that exist and need no key', async () => {
    const started = (gateway = await withSecrets(text, someSecrets(text), (mounted) =>
      startGateway(load(mounted) as TestConfig),
    ));
    for (const { httpGet } of probes) {
      expect(httpGet!.port).toBe('http');
      const { status } = await started.get(httpGet!.path!, { key: null });
      expect([httpGet!.path, status]).toEqual([httpGet!.path, 200]);
    }
    const draining = started.beginDrain();
    const [startup, liveness, readiness] = await Promise.all(
      probes.map(({ httpGet }) => started.get(httpGet!.path!, { key: null })),
    );
    expect([startup!.status, liveness!.status, readiness!.status]).toEqual([200, 200, 503]);
    await draining;
  });

  it('keeps the heap and the bodies within the memory of the pod, as the documents advise', () => {
    const megabytes = Number(/^(\d+)Mi$/.exec(String(container.resources!.limits!['memory']))![1]);
    const options = container.env!.find(({ name }) => name === 'NODE_OPTIONS')!.value!;
    const heap = Number(/^--max-old-space-size=(\d+) --max-semi-space-size=16$/.exec(options)![1]);
    expect(heap).toBeLessThanOrEqual(megabytes / 2);
    expect(config.server.bodies_limit).toBe(64 * 1024 * 1024);
    expect(config.server.bodies_limit / 1024 / 1024).toBeLessThanOrEqual(heap / 4);
    for (const page of ['docs/configuration.md', 'docs/zh/configuration.md'])
      expect(readFileSync(join(ROOT, page), 'utf8')).toMatch(new RegExp(`${megabytes} MiB.*\`64mb\``));
  });

  it('gives a slow start and a busy pod a minute before it restarts them', () => {
    const [startup, liveness, readiness] = probes;
    expect(startup.periodSeconds! * startup.failureThreshold!).toBeGreaterThanOrEqual(60);
    expect(liveness.periodSeconds! * liveness.failureThreshold!).toBeGreaterThanOrEqual(60);
    expect(readiness.periodSeconds! * readiness.failureThreshold!).toBeLessThanOrEqual(15);
    for (const { timeoutSeconds } of probes) expect(timeoutSeconds).toBeGreaterThanOrEqual(2);
  });

  it('names the same ports, labels, objects and version everywhere', () => {
    const labels = deployment.template.metadata!.labels!;
    const service = one<IService>('Service').spec!;
    const budget = one<IPodDisruptionBudget>('PodDisruptionBudget').spec!;
    const { scaleTargetRef } = one<IHorizontalPodAutoscaler>('HorizontalPodAutoscaler').spec!;
    expect(labels).toMatchObject(deployment.selector.matchLabels!);
    expect(labels).toMatchObject(service.selector!);
    expect(labels).toMatchObject(budget.selector!.matchLabels!);
    expect(pod.topologySpreadConstraints!.length).toBeGreaterThan(0);
    for (const { labelSelector } of pod.topologySpreadConstraints!)
      expect(labels).toMatchObject(labelSelector!.matchLabels!);
    expect(scaleTargetRef).toEqual({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      name: one<IDeployment>('Deployment').metadata!.name,
    });
    expect(container.ports).toEqual([
      { name: 'http', containerPort: config.server.port },
      { name: 'metrics', containerPort: config.metrics.port },
    ]);
    expect(deployment.template.metadata!.annotations).toEqual({
      'prometheus.io/scrape': 'true',
      'prometheus.io/port': String(config.metrics.port),
    });
    expect(config.server.port).toBe(new ServerConfig().port);
    expect(service.ports!.map(({ targetPort }) => targetPort)).toEqual(['http']);
    expect(container.image).toBe(`llm-gateway:${version}`);
  });

  it('mounts the configuration and the secrets as folders, which follow a change', () => {
    expect(pod.volumes).toEqual([
      { name: 'config', configMap: { name: one<IConfigMap>('ConfigMap').metadata!.name } },
      {
        name: 'secrets',
        secret: { secretName: one<ISecret>('Secret').metadata!.name, defaultMode: 0o440 },
      },
      { name: 'usage', emptyDir: { sizeLimit: '1Gi' } },
    ]);
    expect(container.volumeMounts).toEqual([
      { name: 'config', mountPath: '/app/config', readOnly: true },
      { name: 'secrets', mountPath: SECRETS, readOnly: true },
      { name: 'usage', mountPath: dirname(config.usage.filePath!) },
    ]);
    // Without this group, user 1000 could not read files of mode 0440.
    expect(pod.securityContext!.fsGroup).toBe(pod.securityContext!.runAsGroup);
    // The environment holds no secret.
    expect(container.env!.map(({ name }) => name)).toEqual(['NODE_OPTIONS']);
    expect(container.envFrom).toBeUndefined();
  });

  it('leaves the number of pods to the autoscaler, and never empties all of them at once', () => {
    const { minReplicas, maxReplicas } = one<IHorizontalPodAutoscaler>('HorizontalPodAutoscaler').spec!;
    expect(deployment.replicas).toBeUndefined();
    expect(minReplicas).toBeGreaterThanOrEqual(2);
    expect(maxReplicas).toBeGreaterThan(minReplicas!);
    expect(one<IPodDisruptionBudget>('PodDisruptionBudget').spec!.maxUnavailable).toBe(1);
    expect(deployment.strategy!.rollingUpdate).toEqual({ maxUnavailable: 0, maxSurge: 1 });
  });

  it('runs without root, privileges, a writable disk or what the cluster would hand out', () => {
    const { USER } = Object.fromEntries(
      parseDockerfile(read('Dockerfile'))
        .stages.at(-1)!
        .lines.map(({ name, rest }) => [name, rest]),
    );
    expect(pod).toMatchObject({ automountServiceAccountToken: false, enableServiceLinks: false });
    expect(pod.securityContext).toMatchObject({
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(`${pod.securityContext!.runAsUser}:${pod.securityContext!.runAsGroup}`).toBe(USER);
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  });
});
