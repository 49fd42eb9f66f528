import { dump } from 'js-yaml';
import { OPENAI_EMBEDDINGS } from '../../dialects/openai-embeddings/openai-embeddings.js';
import {
  type Fields,
  type ImportedFallback,
  type ImportedGateway,
  type ImportedModel,
} from './imported-gateway.js';

/**
 * Services of another type under the same model name become a model of their own, with this name.
 */
const otherName = (name: string, type: string): string => `${name}-${type}`;

/** The configuration as YAML, and the variables that it needs, in order of appearance. */
export interface WrittenConfig {
  readonly yaml: string;
  readonly variables: readonly string[];
}

/** Writes an imported configuration in the format of `config/models.yaml`. */
export function writeConfig(gateway: ImportedGateway, source: string): WrittenConfig {
  const models = splitByType(gateway);
  linkFallbacks(models, gateway);
  const groups: Record<string, Fields[]> = {};
  for (const [name, { type, fields }] of models) (groups[type] ??= []).push({ name, ...fields });
  const { auth, ...settings } = gateway.settings;
  const document = {
    ...settings,
    auth: {
      ...auth,
      ...(gateway.teams.length > 0 && { teams: gateway.teams }),
      ...(gateway.keys.length > 0 ? { api_keys: gateway.keys } : { api_keys: [ownKey(gateway)] }),
    },
    models: groups,
  };
  const yaml = `# Made from ${source}; see what could not be carried.\n${dump(document, { lineWidth: -1, noRefs: true })}`;
  const variables = [...yaml.matchAll(/(?<!\$)\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g)].map(([, name]) => name!);
  return { yaml, variables: [...new Set(variables)] };
}

/**
 * Adds a key, without which no client could call. Its variable is listed with the others to set.
 */
function ownKey(gateway: ImportedGateway): Fields {
  gateway.note('API keys', 'none is in the file: set LLM_GATEWAY_KEY, or make keys with: llm-gateway key');
  return { name: 'default', key: '${LLM_GATEWAY_KEY}' };
}

interface WrittenModel {
  readonly type: string;
  readonly fields: Record<string, unknown>;
}

/**
 * In the gateway's configuration, all services behind one name have the same type; those of other
 * types become fallbacks.
 */
function splitByType(gateway: ImportedGateway): Map<string, WrittenModel> {
  const written = new Map<string, WrittenModel>();
  for (const [name, model] of gateway.models) {
    const types = [...new Set(model.services.map(({ type }) => type))];
    for (const [index, type] of types.entries()) {
      const services = model.services.filter((service) => service.type === type);
      const own = index === 0 ? name : freeName(otherName(name, type), gateway, written);
      written.set(own, { type, fields: fieldsOf({ services, fields: model.fields }) });
      if (index === 0) continue;
      gateway.addFallback(name, { model: own });
      gateway.note(
        'services of several types behind one name',
        `those of type ${type} became a fallback, ${JSON.stringify(own)}`,
        name,
      );
    }
  }
  return written;
}

function freeName(name: string, gateway: ImportedGateway, written: ReadonlyMap<string, unknown>): string {
  let free = name;
  for (let count = 2; gateway.models.has(free) || written.has(free); count += 1) free = `${name}-${count}`;
  return free;
}

function fieldsOf({ services, fields }: ImportedModel): Record<string, unknown> {
  const [first, ...others] = services;
  if (others.length === 0) return { ...first!.fields, ...fields };
  const own = new Set(['timeouts', 'price']);
  const shared = Object.entries(first!.fields).filter(
    ([key, value]) =>
      !own.has(key) &&
      key !== 'base_url' &&
      others.every((other) => JSON.stringify(other.fields[key]) === JSON.stringify(value)),
  );
  const sharedKeys = new Set(shared.map(([key]) => key));
  // If all services are reserves, they are equal among themselves.
  const isReserve = services.every(({ weight }) => weight === 0);
  const isWeighted = !isReserve && services.some(({ weight }) => weight !== undefined && weight !== 1);
  const names = new Set<string>();
  const deployments = services.map(({ name, weight, fields: all }, index) => {
    let free = name ?? `deployment-${index + 1}`;
    for (let count = 2; names.has(free); count += 1) free = `${name ?? 'deployment'}-${count}`;
    names.add(free);
    return {
      name: free,
      ...(isWeighted && { weight: weight ?? 1 }),
      ...Object.fromEntries(Object.entries(all).filter(([key]) => !sharedKeys.has(key))),
    };
  });
  return { ...Object.fromEntries(shared), ...fields, deployments };
}

function onlyEmbeds({ fields: { speaks } }: WrittenModel): boolean {
  return Array.isArray(speaks) && speaks.every((name) => name === OPENAI_EMBEDDINGS.name);
}

/** Drops fallbacks that name a missing model or would close a loop. */
function linkFallbacks(models: ReadonlyMap<string, WrittenModel>, gateway: ImportedGateway): void {
  const links = new Map<string, ImportedFallback[]>();
  const reaches = (from: string, to: string): boolean =>
    from === to || (links.get(from) ?? []).some(({ model }) => reaches(model, to));
  for (const [name, fallbacks] of gateway.fallbacks) {
    const model = models.get(name);
    for (const fallback of fallbacks) {
      const target = models.get(fallback.model);
      if (model === undefined || target === undefined) {
        gateway.note('fallbacks', `to ${JSON.stringify(fallback.model)}: there is no such model`, name);
      } else if (target.fields['enabled'] === false && model.fields['enabled'] !== false) {
        gateway.note('fallbacks', `to ${JSON.stringify(fallback.model)}, which is disabled`, name);
      } else if (onlyEmbeds(model)) {
        gateway.note(
          'fallbacks',
          `to ${JSON.stringify(fallback.model)}: embeddings never fall back, because vectors of two models cannot be compared`,
          name,
        );
      } else if (reaches(fallback.model, name)) {
        gateway.note('fallbacks', `to ${JSON.stringify(fallback.model)} would close a loop`, name);
      } else {
        links.set(name, [...(links.get(name) ?? []), fallback]);
      }
    }
    if (model === undefined || !links.has(name)) continue;
    model.fields['fallbacks'] = links
      .get(name)!
      .map(({ model: to, on }) => (on === undefined ? to : { model: to, on }));
  }
}
