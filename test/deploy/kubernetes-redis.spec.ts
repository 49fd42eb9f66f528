import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient } from '@keyv/redis';
import { load, loadAll } from 'js-yaml';
import { type IDeployment } from 'kubernetes-models/apps/v1/Deployment';
import { type INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import { type IConfigMap } from 'kubernetes-models/v1/ConfigMap';
import { type ISecret } from 'kubernetes-models/v1/Secret';
import { type IService } from 'kubernetes-models/v1/Service';
import { poll } from '../support/cli-process.js';
import { problemsOf } from '../support/manifests.js';
import { SECRETS, loadMounted, secretsOf, someSecrets } from '../support/mounted-config.js';
import { describeWithTool } from '../support/needs-tool.js';
import { namesOf, renderKustomization } from '../support/render.js';
import { describeWithRedis, freePort } from '../support/redis-server.js';

const DEPLOY = join(import.meta.dirname, '..', '..', 'deploy');
const read = (path: string): string => readFileSync(join(DEPLOY, path), 'utf8');
const configOf = (folder: string): string =>
  (load(read(`${folder}/configmap.yaml`)) as IConfigMap).data!['models.yaml']!;

describeWithTool('kubectl', ['version', '--client'], 'kubectl kustomize', () => {
  const BASE = [
    'ConfigMap llm-gateway',
    'Deployment llm-gateway',
    'HorizontalPodAutoscaler llm-gateway',
    'PodDisruptionBudget llm-gateway',
    'Service llm-gateway',
  ];

  it('renders the base', () => {
    expect(namesOf(renderKustomization('kubernetes'))).toEqual(BASE);
  });

  it('renders the overlay: the base with Redis, which agrees with the schemas too', () => {
    const documents = renderKustomization('kubernetes-redis');
    const added = ['Deployment', 'NetworkPolicy', 'Service'].map((kind) => `${kind} llm-gateway-redis`);
    expect(namesOf(documents)).toEqual([...BASE, ...added].sort());
    expect(problemsOf(documents)).toEqual([]);
    const config = documents.find(({ kind }) => kind === 'ConfigMap') as IConfigMap;
    expect(config.data!['models.yaml']).toBe(configOf('kubernetes-redis'));
  }, 60_000);
});

describe('the overlay with Redis', () => {
  const text = configOf('kubernetes-redis');
  const secret = load(read('kubernetes-redis/secret.example.yaml')) as ISecret;
  const [deployment, service, policy] = loadAll(read('kubernetes-redis/redis.yaml')) as [
    IDeployment,
    IService,
    INetworkPolicy,
  ];
  const pod = deployment.spec!.template.spec!;
  const container = pod.containers[0]!;

  it("has the base's configuration, and beside it the cache alone", () => {
    const { cache, ...rest } = load(text) as Record<string, unknown>;
    expect(rest).toEqual(load(configOf('kubernetes')));
    expect(cache).toEqual({
      redis_url: `redis://:\${file:${SECRETS}/REDIS_PASSWORD}@${service.metadata!.name}:6379/0`,
      encryption_key: `\${file:${SECRETS}/CACHE_KEY}`,
      replicas: 2,
    });
    expect(loadMounted(text, someSecrets(text)).warnings).toEqual([]);
  });

  it('has a Secret with each key that is read, and no value', () => {
    expect(Object.keys(secret.stringData!).sort()).toEqual(secretsOf(text));
    expect(Object.values(secret.stringData!).join('')).toBe('');
    expect(container.env).toEqual([
      {
        name: 'REDIS_PASSWORD',
        valueFrom: { secretKeyRef: { name: secret.metadata!.name, key: 'REDIS_PASSWORD' } },
      },
    ]);
  });

  it('admits only the pods of the gateway', () => {
    const labels = deployment.spec!.template.metadata!.labels!;
    const gateway = load(read('kubernetes/deployment.yaml')) as IDeployment;
    expect(labels).toMatchObject(service.spec!.selector!);
    expect(labels).toEqual(policy.spec!.podSelector!.matchLabels);
    expect(policy.spec!.ingress).toEqual([
      {
        from: [{ podSelector: { matchLabels: gateway.spec!.selector.matchLabels } }],
        ports: [{ protocol: 'TCP', port: 'redis' }],
      },
    ]);
    expect(labels).not.toMatchObject(gateway.spec!.selector.matchLabels!);
  });

  it('runs Redis as little trusted as the gateway', () => {
    expect(pod).toMatchObject({
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    });
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  });

  describeWithRedis('its command, run here', () => {
    it('starts a Redis that wants the password and is seen ready', async () => {
      const port = await freePort();
      const password = 'planted0password0of0redis';
      const [shell, flag] = container.command!;
      const script = container.args![0]!.replace('port 6379', `port ${port}`);
      const redis = spawn(shell!, [flag!, script], {
        env: { PATH: process.env['PATH'], REDIS_PASSWORD: password },
        cwd: '/tmp',
        // The shell's own child must end with it.
        detached: true,
        stdio: 'ignore',
      });
      const ended = once(redis, 'exit');
      const [probe, ...words] = container.readinessProbe!.exec!.command!;
      const isReady = (REDIS_PASSWORD: string): boolean =>
        spawnSync(probe!, [words[0]!, words[1]!.replace('redis-cli', `redis-cli -p ${port}`)], {
          env: { PATH: process.env['PATH'], REDIS_PASSWORD },
        }).status === 0;
      try {
        await poll(() => isReady(password));
        expect(isReady('another')).toBe(false);
        const url = `127.0.0.1:${port}/0`;
        const client = await createClient({ url: `redis://:${password}@${url}` }).connect();
        expect(await client.configGet('save')).toEqual({ save: '' });
        client.destroy();
        const stranger = await createClient({ url: `redis://${url}` }).connect();
        await expect(stranger.get('a')).rejects.toThrow(/NOAUTH/);
        stranger.destroy();
      } finally {
        process.kill(-redis.pid!, 'SIGKILL');
        await ended;
      }
    });
  });
});
