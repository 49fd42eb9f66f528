import { type ModelConfig, type ModelType } from '../model.config.js';
import { TimeoutsConfig } from '../timeouts.config.js';
import { checkAddresses } from './address-rules.js';
import { type BlockReader, type CleanBlock } from './block-reader.js';
import { suggestion } from './did-you-mean.js';
import { checkHeaders } from './header-rules.js';
import { type LoadReport } from './load-report.js';
import { checkProbe, expandProbe } from './probe-rules.js';
import { checkTls, resolveTlsFiles } from './tls-rules.js';
import { isMapping, valueKind } from './value-kind.js';
import { formatKey, type YamlPath } from './yaml-path.js';

/** Reads `models:`, a mapping of groups, each a list of entries of one type. */
export class ModelsReader {
  readonly #types: ReadonlyMap<string, ModelType>;
  readonly #models: ModelConfig[] = [];
  readonly #lines = new Map<string, number>();

  constructor(
    types: readonly ModelType[],
    private readonly reader: BlockReader,
    private readonly report: LoadReport,
    /** What a model's own `timeouts` are laid over. */
    private readonly timeouts: TimeoutsConfig,
    /** Relative paths count from here. */
    private readonly folder: string,
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
    const clean = this.reader.clean(type.Config, expandProbe(entry), path, { isDisabled }) ?? {};
    this.#checkType(type, clean['type'], [...path, 'type']);
    clean['type'] = type.type;
    clean['model_name'] ??= clean['name'];
    if (clean['model_name'] === undefined) this.report.mute([...path, 'model_name']);
    const model = this.reader.build(type.Config, clean, path);
    model.timeouts = isMapping(clean['timeouts'])
      ? Object.assign(new TimeoutsConfig(), this.timeouts, clean['timeouts'])
      : this.timeouts;
    this.#checkRules(model, clean, path);
    this.#checkName(model.name, [...path, 'name']);
    this.#models.push(model);
  }

  #checkType({ type }: ModelType, word: unknown, path: YamlPath): void {
    if (word === undefined || word === type) return;
    const expected = `expected "${type}", as its group says, or no type at all`;
    if (typeof word !== 'string') this.report.problem(path, `${expected}; got ${valueKind(word)}`);
    else if (this.#types.has(word)) this.report.problem(path, `"${word}" contradicts the group, ${expected}`);
    else this.report.problem(path, `unknown type, ${suggestion(word, [...this.#types.keys()])} ${expected}`);
  }

  #checkRules(model: ModelConfig, fields: CleanBlock, path: YamlPath): void {
    const report = this.report.within(path);
    checkAddresses(fields, report);
    checkHeaders(fields, report);
    if (model.tls !== undefined) {
      resolveTlsFiles(model.tls, this.folder);
      // Like a missing variable: what the machine lacks is no problem of a model that is switched off.
      if (model.enabled !== false) checkTls(model.tls, report, this.reader.placeholders.files);
    }
    checkProbe(model, report);
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
