import {
  type ModelConfig,
  DEFAULT_FALLBACK_CAUSES,
  FALLBACK_CAUSES,
  type FallbackCause,
  type FallbackConfig,
} from '../../model.config.js';
import { suggestion } from '../did-you-mean.js';
import { type LoadReport } from '../load-report.js';
import { isMapping, valueKind } from '../yaml/value-kind.js';
import { formatKey, type YamlPath } from '../yaml/yaml-path.js';

const KEYS = ['model', 'on'];

/** Reads the `fallbacks:` of all models; each must name an existing model, and none may form a loop. */
export function linkFallbacks(
  models: readonly ModelConfig[],
  paths: ReadonlyMap<ModelConfig, YamlPath>,
  report: LoadReport,
): void {
  const linker = new FallbackLinker(models, report);
  for (const model of models) linker.read(model, [...paths.get(model)!, 'fallbacks']);
  linker.checkLoops();
}

interface Link {
  readonly target: ModelConfig;
  readonly path: YamlPath;
}

class FallbackLinker {
  readonly #byName = new Map<string, ModelConfig>();
  readonly #links = new Map<ModelConfig, Link[]>();

  constructor(
    private readonly models: readonly ModelConfig[],
    private readonly report: LoadReport,
  ) {
    // A model without a name is reported elsewhere; no fallback can refer to it.
    for (const model of models) if (typeof model.name === 'string') this.#byName.set(model.name, model);
  }

  read(model: ModelConfig, path: YamlPath): void {
    const raw: unknown = model.fallbacks;
    const links: Link[] = [];
    const fallbacks: FallbackConfig[] = [];
    for (const [index, item] of (Array.isArray(raw) ? (raw as unknown[]) : []).entries()) {
      const at = [...path, index];
      const fallback = this.#readItem(item, at);
      if (fallback === undefined) continue;
      const namePath = isMapping(item) ? [...at, 'model'] : at;
      const target = this.#find(fallback.model, model, namePath);
      if (target === undefined) continue;
      if (links.some((link) => link.target === target)) {
        this.report.problem(namePath, `${formatKey(target.name)} is already in this list, expected it once`);
        continue;
      }
      links.push({ target, path: namePath });
      fallbacks.push(fallback);
    }
    if (!Array.isArray(raw)) return;
    model.fallbacks = fallbacks;
    this.#links.set(model, links);
  }

  /** Reports each loop once, at the entry that closes it. */
  checkLoops(): void {
    const done = new Set<ModelConfig>();
    const visit = (model: ModelConfig, way: readonly ModelConfig[]): void => {
      if (done.has(model)) return;
      for (const { target, path } of this.#links.get(model) ?? []) {
        const start = [...way, model].indexOf(target);
        if (start < 0) visit(target, [...way, model]);
        else {
          const loop = [...way, model, target].slice(start).map(({ name }) => name);
          this.report.problem(path, `forms a loop (${loop.join(' -> ')}), expected none`);
        }
      }
      done.add(model);
    };
    for (const model of this.models) visit(model, []);
  }

  #find(name: string, from: ModelConfig, path: YamlPath): ModelConfig | undefined {
    const target = this.#byName.get(name);
    if (target === from) {
      this.report.problem(path, 'is the model itself, expected another one');
      return undefined;
    }
    if (target === undefined) {
      const others = [...this.#byName.keys()].filter((other) => other !== from.name);
      const hint = others.length === 0 ? 'expected another model of this file' : suggestion(name, others);
      this.report.problem(path, `unknown model ${formatKey(name)}, ${hint}`);
      return undefined;
    }
    if (target.enabled === false && from.enabled !== false) {
      this.report.problem(path, `${formatKey(name)} is disabled (enabled: false), expected an enabled model`);
      return undefined;
    }
    return target;
  }

  #readItem(item: unknown, path: YamlPath): FallbackConfig | undefined {
    if (typeof item === 'string') return { model: item, on: DEFAULT_FALLBACK_CAUSES };
    if (!isMapping(item)) {
      this.report.problem(path, `expected a model's name, or { model, on }, got ${valueKind(item)}`);
      return undefined;
    }
    for (const key of Object.keys(item)) {
      if (!KEYS.includes(key)) this.report.problem([...path, key], `unknown key, ${suggestion(key, KEYS)}`);
    }
    const { model, on } = item;
    const causes =
      on === undefined || on === null ? DEFAULT_FALLBACK_CAUSES : this.#readCauses(on, [...path, 'on']);
    if (typeof model === 'string') return { model, on: causes };
    const got = model === undefined ? 'missing' : `got ${valueKind(model)}`;
    this.report.problem([...path, 'model'], `${got}, expected a model's name`);
    return undefined;
  }

  #readCauses(raw: unknown, path: YamlPath): FallbackCause[] {
    const words = Array.isArray(raw) ? (raw as unknown[]) : [raw];
    const causes: FallbackCause[] = [];
    for (const [index, word] of words.entries()) {
      // YAML reads 429 as a number.
      const cause = FALLBACK_CAUSES.find((known) => known === String(word));
      if (cause !== undefined) causes.push(cause);
      else {
        const text = typeof word === 'string' ? word : '';
        const at = Array.isArray(raw) ? [...path, index] : path;
        this.report.problem(at, `unknown cause, ${suggestion(text, FALLBACK_CAUSES)}`);
      }
    }
    if (words.length === 0)
      this.report.problem(path, `expected at least one of ${FALLBACK_CAUSES.join(', ')}`);
    return causes;
  }
}
