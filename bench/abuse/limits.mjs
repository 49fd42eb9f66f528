import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';

const MANIFESTS = join(import.meta.dirname, '../../deploy/kubernetes');
const read = (file) => load(readFileSync(join(MANIFESTS, file), 'utf8'));

const [container] = read('deployment.yaml').spec.template.spec.containers;
const { server, limits } = load(read('configmap.yaml').data['models.yaml']);
const nodeOptions = container.env?.find(({ name }) => name === 'NODE_OPTIONS')?.value ?? '';

/** The limits of the gateway: the defaults, and those of the Kubernetes manifests. */
export const LIMITS = {
  default: { title: 'default limits', nodeOptions: [], server: {}, limits: {}, memoryBytes: undefined },
  pod: {
    title: `the manifests' limits (${container.resources.limits.memory})`,
    nodeOptions: nodeOptions.split(' ').filter(Boolean),
    server: server.bodies_limit === undefined ? {} : { bodies_limit: server.bodies_limit },
    limits,
    memoryBytes: Number(/^(\d+)Mi$/.exec(container.resources.limits.memory)[1]) * 1024 * 1024,
  },
};
