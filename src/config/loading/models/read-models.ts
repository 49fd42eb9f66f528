import { BreakerConfig, LimitsConfig, RetryConfig, TimeoutsConfig } from '../../settings.js';
import { type GatewayConfig } from '../../gateway.config.js';
import { type DeploymentConfig, type ModelConfig, type ModelType } from '../../model.config.js';
import { readGoogleKey, resolveGoogleKey } from '../../google/google-key.js';
import { copyOf } from '../with-blocks.js';
import { checkAddresses, isSandbox } from './address-rules.js';
import { type BlockReader, type CleanBlock } from '../block-reader.js';
import { suggestion } from '../did-you-mean.js';
import { checkHeaders } from './header-rules.js';
import { type LoadReport, type PlaceOf } from '../load-report.js';
import { type DeploymentBlock, DeploymentBlocks } from './deployment-blocks.js';
import { linkFallbacks } from './link-fallbacks.js';
import { overlay } from './overlay.js';
import { checkPrice, expandPrice, priceOfSandbox } from './price-rules.js';
import { checkProbe, expandProbe } from './probe-rules.js';
import { checkTls, resolveTlsFiles } from './tls-rules.js';
import { isMapping, valueKind } from '../yaml/value-kind.js';
import { formatKey, type YamlPath } from '../yaml/yaml-path.js';

/** Reads `models:`, a mapping of groups, each a list of entries of one type. */
export class ModelsReader {
  readonly #types: ReadonlyMap<string, ModelType>;
  readonly #models: ModelConfig[] = [];
  readonly #paths = new Map<ModelConfig, YamlPath>();
  readonly #lines = new Map<string, number>();

  constructor(
    types: readonly ModelType[],
    private readonly reader: BlockReader,
    private readonly report: LoadReport,
    /** Top-level blocks that a model's `timeouts`, `retry`, `breaker` and `limits` override. */
    private readonly defaults: Pick<GatewayConfig, 'timeouts' | 'retry' | 'breaker' | 'limits'>,
    /** Base of relative paths. */
    private readonly folder: string,
    private readonly env: NodeJS.ProcessEnv,
  ) {
    this.#types = new Map(types.map((type) => [type.type, type]));
  }

  read(block: unknown): ModelConfig[] {
    const path = ['models'];
    const words = [...this.#types.keys()];
    const groups = `a mapping of groups (${words.join(', ')})`;
    if (block === undefined || block === null) this.report.problem(path, `missing, expected ${groups}`);
    else if (!isMapping(block)) this.report.problem(path, `expected ${groups}, got ${valueKind(block)}`);
    else {
      let hasEntries = false;
      for (const [group, entries] of Object.entries(block)) {
        const type = this.#types.get(group);
        if (type === undefined)
          this.report.problem([...path, group], `unknown group, ${suggestion(group, words)}`);
        else if (entries !== null) this.#readGroup(type, entries, [...path, group]);
        hasEntries ||=
          type === undefined || (entries !== null && !(Array.isArray(entries) && entries.length === 0));
      }
      if (!hasEntries) this.report.problem(path, `no model at all, expected at least one in ${groups}`);
    }
    if (this.#models.length > 0 && this.#models.every(({ enabled }) => enabled === false))
      this.report.warning(path, 'no model is enabled, so every call will be refused');
    linkFallbacks(this.#models, this.#paths, this.report);
    return this.#models;
  }

  #readGroup(type: ModelType, entries: unknown, path: YamlPath): void {
    if (!Array.isArray(entries)) {
      const hint = isMapping(entries) ? ' (begin each entry with "- ")' : '';
      this.report.problem(path, `expected a list of models, got ${valueKind(entries)}${hint}`);
      return;
    }
    for (const [index, entry] of entries.entries()) this.#readEntry(type, entry, [...path, index]);
  }

  #readEntry(type: ModelType, entry: unknown, path: YamlPath): void {
    if (!isMapping(entry)) {
      this.report.problem(path, `expected a mapping with name and base_url, got ${valueKind(entry)}`);
      return;
    }
    const isDisabled = this.reader.peekFlag(entry['enabled']) === false;
    const { deployments, ...shared } = expandPrice(expandProbe(entry), path, this.report);
    const clean = this.reader.clean(type.Config, shared, path, { isDisabled }) ?? {};
    this.#checkType(type, clean['type'], [...path, 'type']);
    clean['type'] = type.type;
    const model =
      deployments === undefined || deployments === null
        ? this.#build(type, clean, (parts) => [...path, ...parts])
        : this.#buildDeployments(type, clean, deployments, path, isDisabled);
    if (model === undefined) return;
    if (model.deployments.length === 0 && clean['strategy'] !== undefined) {
      this.report.warning([...path, 'strategy'], 'has no effect without deployments');
    }
    this.#checkName(model.name, [...path, 'name']);
    this.#paths.set(model, path);
    this.#models.push(model);
  }

  /** Builds the complete configuration of one upstream from its fields. */
  #build(type: ModelType, clean: CleanBlock, placeOf: PlaceOf): ModelConfig {
    // A name that is not a string is reported under `name`, not under `model_name`.
    if (typeof clean['name'] === 'string') clean['model_name'] ??= clean['name'];
    if (clean['model_name'] === undefined) this.report.mute(placeOf(['model_name']));
    const model = this.reader.build(type.Config, clean, placeOf);
    const { timeouts, retry, breaker, limits } = this.defaults;
    model.timeouts = overlay(TimeoutsConfig, timeouts, model.timeouts, clean['timeouts']);
    model.retry = overlay(RetryConfig, retry, model.retry, clean['retry']);
    model.breaker = overlay(BreakerConfig, breaker, model.breaker, clean['breaker']);
    model.limits = overlay(LimitsConfig, limits, model.limits, clean['limits']);
    if (isSandbox(model.base_url)) model.price ??= priceOfSandbox();
    this.#checkRules(model, clean, placeOf);
    return model;
  }

  /** Builds a model with several upstreams; its own fields are those of the first. */
  #buildDeployments(
    type: ModelType,
    shared: CleanBlock,
    raw: unknown,
    path: YamlPath,
    isDisabled: boolean,
  ): ModelConfig | undefined {
    const blocks = new DeploymentBlocks(type, shared, path, this.reader, this.report).read(raw, isDisabled);
    const deployments = blocks.map(({ name, weight, clean, placeOf }): DeploymentConfig => {
      return { name, weight, config: this.#build(type, clean, placeOf) };
    });
    const [first] = deployments;
    if (first === undefined) return undefined;
    this.#checkShared(type, shared, blocks[0]!, path);
    const model = copyOf(first.config);
    model.deployments = deployments;
    // Fallbacks belong to the model as a whole.
    for (const { config } of deployments) config.fallbacks = [];
    return model;
  }

  /**
   * Checks the model's own values even if every deployment overrides them. Other fields are taken
   * from the first deployment.
   */
  #checkShared(type: ModelType, shared: CleanBlock, first: DeploymentBlock, path: YamlPath): void {
    const placeOf: PlaceOf = (parts) =>
      Object.hasOwn(shared, parts[0] ?? '') ? [...path, ...parts] : first.placeOf(parts);
    this.reader.build(type.Config, { ...first.clean, ...shared }, placeOf);
    const report = this.report.within(path);
    checkAddresses(shared, report);
    checkHeaders(shared, report);
  }

  #checkType({ type }: ModelType, word: unknown, path: YamlPath): void {
    if (word === undefined || word === type) return;
    const expected = `expected "${type}", as its group says, or no type at all`;
    if (typeof word !== 'string') this.report.problem(path, `${expected}; got ${valueKind(word)}`);
    else if (this.#types.has(word)) this.report.problem(path, `"${word}" contradicts the group, ${expected}`);
    else this.report.problem(path, `unknown type, ${suggestion(word, [...this.#types.keys()])} ${expected}`);
  }

  #checkRules(model: ModelConfig, fields: CleanBlock, placeOf: PlaceOf): void {
    const report = this.report.within(placeOf);
    checkAddresses(fields, report);
    checkHeaders(fields, report);
    if (model.tls !== undefined) {
      resolveTlsFiles(model.tls, this.folder);
      // A missing file, like a missing variable, is not an error for a disabled model.
      if (model.enabled !== false) checkTls(model.tls, report, this.reader.placeholders.files);
    }
    const { googleAuth } = model;
    if (googleAuth !== undefined) {
      resolveGoogleKey(googleAuth, this.folder);
      if (model.enabled !== false)
        readGoogleKey(googleAuth, this.env, report, this.reader.placeholders.files);
    }
    checkProbe(model, report);
    checkPrice(model, report);
    model.check(report);
  }

  #checkName(name: unknown, path: YamlPath): void {
    if (typeof name !== 'string' || this.report.isMuted(path)) return;
    const line = this.#lines.get(name);
    if (line === undefined) this.#lines.set(name, this.report.lineAt(path));
    else
      this.report.problem(
        path,
        `duplicate model name ${formatKey(name)}, first used in line ${line}, expected another`,
      );
  }
}
