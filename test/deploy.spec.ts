import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { join, relative } from 'node:path';
import { load, loadAll } from 'js-yaml';
import { type IDeployment } from 'kubernetes-models/apps/v1/Deployment';
import { type IPodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import { type IConfigMap } from 'kubernetes-models/v1/ConfigMap';
import { type ISecret } from 'kubernetes-models/v1/Secret';
import { type IService } from 'kubernetes-models/v1/Service';
import ts from 'typescript';
import { ServerConfig } from '../src/config/server.config.js';
import { loadText } from './fixtures/config/load-text.js';
import { type TestConfig, type TestGateway, startGateway } from './support/start-gateway.js';

const ROOT = join(import.meta.dirname, '..');
const BASE = join(ROOT, 'deploy', 'kubernetes');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const { version, engines } = JSON.parse(read('package.json')) as {
  version: string;
  engines: { node: string };
};
const LISTEN_PORT = new ServerConfig().port;

let gateway: TestGateway | undefined;
afterEach(async () => {
  await gateway?.close();
  gateway = undefined;
});

describe('the Dockerfile', () => {
  const { args, stages } = parseDockerfile(read('Dockerfile'));
  const last = stages.at(-1)!;
  const only = (name: string): string => {
    const found = last.lines.filter((line) => line.name === name);
    expect([name, found.length]).toEqual([name, 1]);
    return found[0]!.rest;
  };
  const copies = stages.flatMap((stage, index) =>
    stage.lines
      .filter(({ name }) => name === 'COPY')
      .map(({ rest }) => {
        const words = rest.split(/\s+/);
        const from = words.find((word) => word.startsWith('--from='))?.slice('--from='.length);
        const paths = words.filter((word) => !word.startsWith('--'));
        return { stage, index, from, sources: paths.slice(0, -1) };
      }),
  );

  it('builds on the slim image of one major version of Node, which package.json allows', () => {
    expect(args).toEqual([expect.stringMatching(/^NODE_VERSION=\d+$/)]);
    const names = stages.map(({ name }) => name);
    for (const { base } of stages) expect(['node:${NODE_VERSION}-slim', ...names]).toContain(base);
    expect(last.base).toBe('node:${NODE_VERSION}-slim');
    expect(Number(args[0]!.split('=')[1])).toBeGreaterThanOrEqual(Number(/\d+/.exec(engines.node)![0]));
  });

  it('ends in a user with a number that is not root', () => {
    expect(only('USER')).toMatch(/^[1-9]\d*(:[1-9]\d*)?$/);
  });

  it('leaves development dependencies and compilers behind', () => {
    expect(last.lines.filter(({ name }) => name === 'RUN')).toEqual([]);
    const origin = copies.find(({ stage, sources }) => stage === last && sources[0] === '/app/node_modules');
    const stage = stages.find(({ name }) => name === origin!.from)!;
    const installs = stage.lines.filter(({ name }) => name === 'RUN').map(({ rest }) => rest);
    expect(installs).toEqual([
      expect.stringMatching(/^npm ci --omit=dev --omit=optional --ignore-scripts\b/),
    ]);
    expect(only('ENV')).toBe('NODE_ENV=production');
  });

  it('copies only what exists, from earlier stages or from the context', () => {
    for (const { index, from, sources } of copies) {
      if (from !== undefined) {
        expect(stages.slice(0, index).map(({ name }) => name)).toContain(from);
        continue;
      }
      for (const source of sources) expect([source, contextFiles(source).length > 0]).toEqual([source, true]);
    }
    const copied = copies.filter(({ from }) => from === undefined).flatMap(({ sources }) => sources);
    expect(copied).toEqual(expect.arrayContaining(['config', 'package.json', 'package-lock.json', 'src']));
    expect(contextFiles('config').map((file) => file.split('/', 2)[1])).toContain('models.yaml');
  });

  it('sends no secret, history, test or local build to the builder', () => {
    for (const path of ['.env', '.git/config', 'config/corp.key', 'config/.env', 'dist/main.js'])
      expect([path, isInContext(path)]).toEqual([path, false]);
    for (const path of ['node_modules/a/b.js', 'test/deploy.spec.ts', 'src/config/secrets.spec.ts'])
      expect([path, isInContext(path)]).toEqual([path, false]);
    expect(isInContext('src/config/secrets.ts')).toBe(true);
  });

  it('starts the program itself, so that signals reach it, on the port that it exposes', () => {
    expect(JSON.parse(only('ENTRYPOINT'))).toEqual(['node', 'dist/main.js']);
    expect(JSON.parse(only('CMD'))).toEqual([]);
    expect(only('EXPOSE')).toBe(String(LISTEN_PORT));
  });

  it('asks for its health without curl, on the port in use', async () => {
    const [program, ...words] = JSON.parse(only('HEALTHCHECK').replace(/^(--\S+\s+)*CMD /, '')) as string[];
    expect(program).toBe('node');
    expect(words.join(' ')).not.toMatch(/curl|wget/);
    expect(words.join(' ')).toContain(`process.env.PORT || ${LISTEN_PORT}`);
    const exitCode = async (port: number): Promise<unknown> => {
      const check = spawn(process.execPath, words, { env: { PORT: String(port) }, stdio: 'ignore' });
      return (await once(check, 'exit'))[0];
    };
    gateway = await startGateway({ models: { openai: [{ name: 'm', base_url: 'https://x.test' }] } });
    expect(await exitCode(Number(new URL(gateway.url).port))).toBe(0);
    const broken = createServer((_, res) => res.writeHead(503).end()).listen(0, '127.0.0.1');
    await once(broken, 'listening');
    const { port } = broken.address() as AddressInfo;
    const ofBroken = await exitCode(port);
    broken.close();
    await once(broken, 'close');
    expect([ofBroken, await exitCode(port)]).toEqual([1, 1]);
  }, 30_000);
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
  const placeholders = [...text.matchAll(/\$\{(\w+)/g)].map(([, name]) => name!);
  const env = Object.fromEntries(placeholders.map((name) => [name, `value-of-${name}`]));
  const { config, warnings } = loadText(text, { env });
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
    expect(Object.keys(stringData!).sort()).toEqual([...new Set(placeholders)].sort());
    expect(Object.values(stringData!).join('')).toBe('');
    expect(() => loadText(text, { env: stringData })).toThrow(/is empty/);
  });

  it('lets a drain end before the pod is killed, with some seconds to spare', () => {
    const { shutdown_delay_seconds: delay, shutdown_grace_seconds: grace } = config.server;
    expect(delay).toBeGreaterThanOrEqual(5);
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(delay + grace + 5);
  });

  it('probes routes that exist and need no key', async () => {
    const started = (gateway = await startGateway(load(text) as TestConfig, env));
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
    expect(labels).toMatchObject(deployment.selector.matchLabels!);
    expect(labels).toMatchObject(service.selector!);
    expect(labels).toMatchObject(budget.selector!.matchLabels!);
    expect(container.ports).toEqual([{ name: 'http', containerPort: config.server.port }]);
    expect(config.server.port).toBe(LISTEN_PORT);
    expect(service.ports!.map(({ targetPort }) => targetPort)).toEqual(['http']);
    expect(container.image).toBe(`llm-gateway:${version}`);
    expect(container.envFrom).toEqual([{ secretRef: { name: one<ISecret>('Secret').metadata!.name } }]);
    const [volume] = pod.volumes!;
    expect(volume!.configMap!.name).toBe(one<IConfigMap>('ConfigMap').metadata!.name);
    expect(container.volumeMounts).toEqual([
      { name: volume!.name, mountPath: '/app/config', readOnly: true },
    ]);
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
    expect(deployment.strategy!.rollingUpdate).toMatchObject({ maxUnavailable: 0 });
  });
});

interface Stage {
  readonly base: string;
  readonly name: string;
  readonly lines: { readonly name: string; readonly rest: string }[];
}

/** Instructions by stage, continued lines joined; `args` are those before the first stage. */
function parseDockerfile(content: string): { args: string[]; stages: Stage[] } {
  const args: string[] = [];
  const stages: Stage[] = [];
  const lines = content.replaceAll(/^\s*#.*\n/gm, '').replaceAll(/\\\n\s*/g, '');
  for (const [, name, rest] of lines.matchAll(/^(\w+) +(.*)$/gm)) {
    if (name === 'FROM') {
      const [base, , stage] = rest!.split(/\s+/);
      stages.push({ base: base!, name: stage!, lines: [] });
    } else if (stages.length === 0) args.push(rest!);
    else stages.at(-1)!.lines.push({ name: name!, rest: rest! });
  }
  return { args, stages };
}

/** Whether `.dockerignore` lets a file through: the last pattern that fits it, or a folder above it, decides. */
function isInContext(path: string): boolean {
  const patterns = read('.dockerignore')
    .split('\n')
    .filter((line) => /^[^#\s]/.test(line));
  return patterns.reduce((isIn, line) => {
    const isException = line.startsWith('!');
    const pattern = line
      .replace(/^!/, '')
      .replaceAll('.', '\\.')
      .replaceAll(/\*\*\/|\*/g, (stars) => (stars === '*' ? '[^/]*' : '(?:.*/)?'));
    return new RegExp(`^${pattern}(?:/|$)`).test(path) ? isException : isIn;
  }, true);
}

/** What of a file or folder the builder gets to see. */
function contextFiles(source: string): string[] {
  const path = join(ROOT, source);
  const info = statSync(path, { throwIfNoEntry: false });
  if (info === undefined) return [];
  const entries = info.isDirectory() ? readdirSync(path, { recursive: true, withFileTypes: true }) : [];
  const below = entries.filter((it) => it.isFile()).map((it) => relative(ROOT, join(it.parentPath, it.name)));
  return (info.isDirectory() ? below : [source]).filter(isInContext);
}

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
}

/** What the API schemas find wrong with values, then what the API's types find wrong with fields. */
function problemsOf(documents: readonly Manifest[]): string[] {
  return [...schemaProblems(documents), ...fieldProblems(documents)];
}

/** In a process of its own: the schemas are ES modules, which jest does not load here. */
function schemaProblems(documents: readonly Manifest[]): string[] {
  const script = `
    const problems = [];
    for (const document of JSON.parse(process.argv[1])) {
      const { apiVersion, kind } = document;
      const { [kind]: Model } = await import('kubernetes-models/' + apiVersion + '/' + kind);
      try { new Model(document).validate(); } catch (error) { problems.push(kind + ': ' + error.message); }
    }
    console.log(JSON.stringify(problems));`;
  const words = ['--input-type=module', '-e', script, JSON.stringify(documents)];
  return JSON.parse(execFileSync(process.execPath, words, { cwd: ROOT, encoding: 'utf8' })) as string[];
}

/** The schemas allow unknown fields, at which the API server only shrugs; the types of the same library do not. */
function fieldProblems(documents: readonly Manifest[]): string[] {
  const path = join(ROOT, 'test', 'manifests.ts');
  const content = documents
    .map(({ apiVersion, kind }, index) => {
      const type = `import('kubernetes-models/${apiVersion}/${kind}').I${kind}`;
      return `export const manifest${index}: ${type} = ${JSON.stringify(documents[index])};\n`;
    })
    .join('');
  const options: ts.CompilerOptions = {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    strict: true,
    skipLibCheck: true,
    noEmit: true,
    types: [],
  };
  const disk = ts.createCompilerHost(options);
  const host: ts.CompilerHost = {
    ...disk,
    fileExists: (file) => file === path || disk.fileExists(file),
    getSourceFile: (file, ...rest) =>
      file === path
        ? ts.createSourceFile(file, content, ts.ScriptTarget.ES2023)
        : disk.getSourceFile(file, ...rest),
  };
  const program = ts.createProgram([path], options, host);
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}
