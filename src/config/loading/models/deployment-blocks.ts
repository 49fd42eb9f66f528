import 'reflect-metadata';
import { IsOptional } from 'class-validator';
import { TextLike, WholeNumber } from '../../rules/config-rules.js';
import { type ModelType } from '../../model.config.js';
import { type BlockReader, type CleanBlock } from '../block-reader.js';
import { type Blueprint, classFields, type ClassField } from '../class-fields.js';
import { type LoadReport, type PlaceOf } from '../load-report.js';
import { expandPrice } from './price-rules.js';
import { isMapping, valueKind } from '../yaml/value-kind.js';
import { formatKey, type YamlPath } from '../yaml/yaml-path.js';

/** Fields that belong to the model, not to a deployment. */
const OF_THE_MODEL: ReadonlySet<string> = new Set([
  'name',
  'type',
  'enabled',
  'deployments',
  'strategy',
  'fallbacks',
  'retry',
  'breaker',
  'limits',
  'cache_answers',
  'commit_wait_seconds',
  'on_client_disconnect',
  'probe',
  'slow_seconds',
]);
/** Mappings that a deployment overrides entry by entry. */
const MERGED: ReadonlySet<string> = new Set(['headers', 'query', 'timeouts', 'settings']);
const LARGEST_WEIGHT = 1000;

/** Fields that only a deployment has, in addition to those of its model's type. */
export class DeploymentLabel {
  /** Shown in the log, in metrics and on the dashboard; default: `deployment-1` and so on. */
  @IsOptional() @TextLike(/^(?=.*\S)\P{Cc}+$/u, 'a name without control characters') name?: string;
  /** Relative share of calls; 0 = only when no other deployment is available. */
  @WholeNumber(0, LARGEST_WEIGHT) weight: number = 1;
}

/** The fields that a deployment of a model of some type may have. */
export function deploymentFields(Config: Blueprint): ReadonlyMap<string, ClassField> {
  const fields = [...classFields(Config)].filter(([key]) => !OF_THE_MODEL.has(key));
  return new Map([...classFields(DeploymentLabel), ...fields]);
}

/** The fields of one deployment, merged with those of its model. */
export interface DeploymentBlock {
  readonly name: string;
  readonly weight: number;
  readonly clean: CleanBlock;
  readonly placeOf: PlaceOf;
}

/** Reads `deployments:`; each item overrides fields of its model's entry. */
export class DeploymentBlocks {
  readonly #fields: ReadonlyMap<string, ClassField>;

  constructor(
    private readonly type: ModelType,
    /** The fields of the model's entry. */
    private readonly shared: CleanBlock,
    private readonly path: YamlPath,
    private readonly reader: BlockReader,
    private readonly report: LoadReport,
  ) {
    this.#fields = deploymentFields(type.Config);
  }

  read(raw: unknown, isDisabled: boolean): DeploymentBlock[] {
    const path = [...this.path, 'deployments'];
    if (!Array.isArray(raw) || raw.length === 0) {
      const got = Array.isArray(raw) ? 'an empty list' : valueKind(raw);
      this.report.problem(path, `expected a list of deployments (begin each with "- "), got ${got}`);
      return [];
    }
    const owns = raw.map((item: unknown, index) => this.#readItem(item, [...path, index], isDisabled));
    const blocks = owns.map((own, index) => this.#lay(own, [...path, index], index));
    this.#checkNames(blocks, path);
    this.#checkShared(owns, path);
    if (blocks.every(({ weight }) => weight === 0)) {
      this.report.problem(path, 'no deployment has a weight above 0, expected at least one');
    }
    return blocks;
  }

  #readItem(item: unknown, path: YamlPath, isDisabled: boolean): CleanBlock {
    if (!isMapping(item)) {
      this.report.problem(path, `expected a mapping, got ${valueKind(item)}`);
      return {};
    }
    const own = { ...expandPrice(item, path, this.report) };
    for (const key of Object.keys(item)) {
      if (!OF_THE_MODEL.has(key) || key === 'name') continue;
      this.report.problem(
        [...path, key],
        `belongs to the model as a whole, expected it next to "deployments"`,
      );
      delete own[key];
    }
    return this.reader.clean(this.type.Config, own, path, { isDisabled, fields: this.#fields }) ?? {};
  }

  #lay({ name, weight, ...own }: CleanBlock, path: YamlPath, index: number): DeploymentBlock {
    const written = {
      ...(name !== undefined && { name }),
      ...(weight !== undefined && { weight }),
    };
    const label = this.reader.build(DeploymentLabel, written, path);
    const clean: CleanBlock = { ...this.shared, ...own };
    for (const key of MERGED) {
      const [base, over] = [this.shared[key], own[key]];
      if (isMapping(base) && isMapping(over)) clean[key] = { ...base, ...over };
    }
    const placeOf: PlaceOf = (parts) => [...(this.#isOwn(own, parts) ? path : this.path), ...parts];
    return { name: label.name ?? `deployment-${index + 1}`, weight: label.weight, clean, placeOf };
  }

  /**
   * Whether the deployment itself sets a field or a part of one. A field that is set nowhere counts
   * as missing in the deployment.
   */
  #isOwn(own: CleanBlock, [key, part]: YamlPath): boolean {
    if (key === undefined || !Object.hasOwn(this.shared, key)) return true;
    if (!Object.hasOwn(own, key)) return false;
    const value = own[key];
    return part === undefined || !MERGED.has(String(key)) || !isMapping(value) || Object.hasOwn(value, part);
  }

  #checkNames(blocks: readonly DeploymentBlock[], path: YamlPath): void {
    for (const [index, { name }] of blocks.entries()) {
      const first = blocks.findIndex((block) => block.name === name);
      if (first < index) {
        this.report.problem(
          [...path, index, 'name'],
          `duplicate deployment name ${formatKey(name)}, expected another`,
        );
      }
    }
  }

  /** Reports fields that are set both on the model and on its deployments. */
  #checkShared(owns: readonly CleanBlock[], path: YamlPath): void {
    for (const key of Object.keys(this.shared)) {
      if (OF_THE_MODEL.has(key) || MERGED.has(key)) continue;
      const indexes = owns.flatMap((own, index) => (Object.hasOwn(own, key) ? [index] : []));
      if (key === 'base_url') {
        for (const index of indexes) {
          this.report.problem(
            [...path, index, key],
            'is also set on the model; set it either on the model or on its deployments',
          );
        }
      } else if (indexes.length === owns.length) {
        this.report.warning([...this.path, key], 'has no effect: every deployment overrides it');
      }
    }
  }
}
