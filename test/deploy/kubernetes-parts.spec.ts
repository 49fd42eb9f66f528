import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { load, loadAll } from 'js-yaml';
import { type IDeployment } from 'kubernetes-models/apps/v1/Deployment';
import { type IIngress } from 'kubernetes-models/networking.k8s.io/v1/Ingress';
import { type INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import { type IService } from 'kubernetes-models/v1/Service';
import { ROOT } from '../support/cli-process.js';
import { type Manifest, problemsOf } from '../support/manifests.js';
import { describeWithTool } from '../support/needs-tool.js';
import { namesOf, onlyOf, renderKustomization } from '../support/render.js';

const DEPLOY = join(ROOT, 'deploy');
const PARTS = readdirSync(join(DEPLOY, 'kubernetes-parts')).sort();
const filesOf = (part: string): Manifest[] => {
  const folder = join(DEPLOY, 'kubernetes-parts', part);
  const { resources } = load(readFileSync(join(folder, 'kustomization.yaml'), 'utf8')) as {
    resources: string[];
  };
  expect([...resources, 'kustomization.yaml'].sort()).toEqual(readdirSync(folder).sort());
  return resources.flatMap((file) => loadAll(readFileSync(join(folder, file), 'utf8')) as Manifest[]);
};
const base = (file: string): unknown => load(readFileSync(join(DEPLOY, 'kubernetes', file), 'utf8'));
const deployment = (base('deployment.yaml') as IDeployment).spec!.template;
const ports = deployment.spec!.containers[0]!.ports!;

/** The documented rule is nginx's own: what a proxy before the gateway must not do. */
const nginx = readFileSync(join(DEPLOY, 'nginx', 'llm-gateway.conf'), 'utf8');

describe('the optional parts for Kubernetes', () => {
  it('agree with the schemas', () => {
    expect(PARTS).toEqual(['ingress', 'networkpolicy', 'servicemonitor']);
    expect(problemsOf(PARTS.flatMap(filesOf))).toEqual([]);
  }, 60_000);

  it('lead an Ingress to the port of the Service, with the rules of the nginx site', () => {
    const ingress = onlyOf<IIngress>(filesOf('ingress'), 'Ingress');
    const service = base('service.yaml') as IService;
    const [path] = ingress.spec!.rules![0]!.http!.paths;
    expect(path!.backend.service).toEqual({
      name: service.metadata!.name,
      port: { name: service.spec!.ports![0]!.name },
    });
    const annotations = Object.entries(ingress.metadata!.annotations!);
    expect(annotations.length).toBeGreaterThan(2);
    for (const [name, value] of annotations) {
      const setting = name
        .split('/')[1]!
        .replaceAll('-', '_')
        .replace('proxy_body_size', 'client_max_body_size');
      expect([name, new RegExp(`^\\s*${setting} ${value}s?;$`, 'm').test(nginx)]).toEqual([name, true]);
    }
  });

  it('admit calls and scrapes at the ports of the pod, and block the metadata address of the cloud', () => {
    const policy = onlyOf<INetworkPolicy>(filesOf('networkpolicy'), 'NetworkPolicy').spec!;
    expect(deployment.metadata!.labels).toMatchObject(policy.podSelector!.matchLabels!);
    const named = policy.ingress!.flatMap((rule) => rule.ports!.map(({ port }) => port));
    expect(named).toEqual(ports.map(({ name }) => name));
    // The gateway's key protects the one; nothing protects the other.
    expect(policy.ingress!.map(({ from }) => from !== undefined)).toEqual([false, true]);
    const blocks = policy.egress!.flatMap(({ to = [] }) => to).map(({ ipBlock }) => ipBlock!);
    expect(blocks[0]).toEqual({ cidr: '0.0.0.0/0', except: ['169.254.0.0/16'] });
  });

  it('have a monitor that finds the port for metrics, and names the job as the alerts do', () => {
    const documents = filesOf('servicemonitor');
    const service = onlyOf<IService>(documents, 'Service');
    expect(deployment.metadata!.labels).toMatchObject(service.spec!.selector!);
    expect(service.spec!.ports![0]!.targetPort).toBe('metrics');
    expect(service.spec!.ports![0]!.port).toBe(ports.find(({ name }) => name === 'metrics')!.containerPort);
    expect(onlyOf(documents, 'ServiceMonitor')).toMatchObject({
      apiVersion: 'monitoring.coreos.com/v1',
      spec: {
        jobLabel: 'app.kubernetes.io/name',
        selector: { matchLabels: service.metadata!.labels! },
        endpoints: [{ port: service.spec!.ports![0]!.name, interval: '15s' }],
      },
    });
    // The monitor must not find the other Service, which has no such port.
    expect((base('service.yaml') as IService).metadata!.labels).not.toMatchObject(service.metadata!.labels!);
    const alerts = readFileSync(join(DEPLOY, 'prometheus', 'alerts.yaml'), 'utf8');
    expect(alerts).toContain(`job="${service.metadata!.labels!['app.kubernetes.io/name']}"`);
  });

  describeWithTool('kubectl', ['version', '--client'], 'kubectl kustomize', () => {
    it('renders them beside the base, in an overlay', () => {
      const folder = mkdtempSync(join(DEPLOY, 'overlay-test-'));
      try {
        const resources = ['../kubernetes', ...PARTS.map((part) => `../kubernetes-parts/${part}`)];
        writeFileSync(join(folder, 'kustomization.yaml'), JSON.stringify({ resources, namespace: 'llm' }));
        const documents = renderKustomization(folder.slice(DEPLOY.length));
        expect(namesOf(documents)).toEqual([
          'ConfigMap llm-gateway',
          'Deployment llm-gateway',
          'HorizontalPodAutoscaler llm-gateway',
          'Ingress llm-gateway',
          'NetworkPolicy llm-gateway',
          'PodDisruptionBudget llm-gateway',
          'Service llm-gateway',
          'Service llm-gateway-metrics',
          'ServiceMonitor llm-gateway',
        ]);
        expect(problemsOf(documents)).toEqual([]);
      } finally {
        rmSync(folder, { recursive: true });
      }
    }, 60_000);
  });
});
