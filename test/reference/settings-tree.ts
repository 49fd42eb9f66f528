import { getMetadataStorage } from 'class-validator';
import { AuthConfig } from '../../src/config/auth.config.js';
import { startKeysOf } from '../../src/config/rules/config-rules.js';
import { BLOCKS, GatewayConfig } from '../../src/config/gateway.config.js';
import { type Blueprint, classFields, type ClassField } from '../../src/config/loading/class-fields.js';
import { DeploymentLabel } from '../../src/config/loading/models/deployment-blocks.js';
import { ApiKeyEntry } from '../../src/config/loading/auth/read-auth.js';
import { FALLBACK_CAUSES, ModelConfig, type ModelType } from '../../src/config/model.config.js';
import { type ClassComments } from '../schema/doc-comments.js';
import { commentOf, defaultOf, expectedOf, isRequired, rulesOf } from '../schema/field-facts.js';
import { UPSTREAM_DIALECTS } from '../../src/dialects/upstream-dialects.js';
import { FALLBACK } from '../schema/written-forms.js';

/** A key of the YAML, with what the code says of it in English. */
export interface Setting {
  /** As written in the YAML; of a model, below its entry. */
  readonly path: string;
  readonly comment: string;
  /** What its value may be; undefined for a block. */
  readonly expected?: string;
  readonly default?: unknown;
  readonly isRequired: boolean;
  /** Read only when the gateway starts. */
  readonly isAtStart: boolean;
  /** The keys of this one, where another section describes them, too. */
  readonly keys?: SharedKeys;
}

/** Keys that a section of another block describes. */
export interface SharedKeys {
  /** The path of the section. */
  readonly section: string;
  readonly keys: readonly string[];
}

/** The keys of a block. */
export interface Section {
  /** As written in the YAML; of a model, below its entry. */
  readonly path: string;
  readonly comment: string;
  /** The key that holds the block; undefined for a block at the top and for an entry of a model. */
  readonly holder: Setting | undefined;
  readonly settings: readonly Setting[];
  readonly shared: readonly SharedKeys[];
}

/** Items of lists that readers of their own expand. */
const ITEMS: ReadonlyMap<string, Blueprint> = new Map<string, Blueprint>([
  ['auth.api_keys', ApiKeyEntry],
  ['deployments', DeploymentLabel],
]);

/** Words that readers of their own check. */
const WORDS: ReadonlyMap<string, string> = new Map([
  ['speaks', `some of ${[...new Set(UPSTREAM_DIALECTS.map(({ name }) => name))].join(', ')}`],
]);

/** The section of the keys that models of all types have. */
export const EVERY_MODEL = 'models.*[]';

/** Rules of class-validator itself, the most exact first. */
const PLAIN_WORDS: Readonly<Record<string, string>> = {
  isNotEmpty: 'a non-empty string',
  isPositive: 'a number above 0',
};

/** Every key of a configuration, in sections; a key that several classes inherit is described once. */
export class SettingsTree {
  readonly sections: Section[] = [];
  /** The section that describes a key, by the class that declares the key. */
  readonly #described = new Map<string, string>();

  constructor(
    types: readonly ModelType[],
    private readonly comments: ReadonlyMap<string, ClassComments>,
  ) {
    const atStart = startKeysOf(new GatewayConfig());
    const { server, ...others } = BLOCKS;
    for (const [key, Class] of Object.entries({ server, auth: AuthConfig, ...others }))
      this.#addBlock(Class, key, atStart.includes(key));
    this.#add(ModelConfig as unknown as Blueprint, EVERY_MODEL, '', false);
    for (const { type, Config } of types) this.#add(Config, `models.${type}[]`, '', false);
  }

  #addBlock(Class: Blueprint, path: string, isAtStart: boolean, holder?: Setting): void {
    this.#add(Class, path, `${path}.`, isAtStart, holder);
  }

  /** @param prefix of the keys */
  #add(Class: Blueprint, path: string, prefix: string, isAtStart: boolean, holder?: Setting): void {
    const keys = [...classFields(Class)];
    const own = keys.filter(([key]) => this.#describe(Class, key, path) === path);
    const settings: Setting[] = [];
    const comment = this.comments.get(Class.name)?.own ?? '';
    const shared = this.#shared(Class).filter(({ section }) => section !== path);
    this.sections.push({ path, comment, holder, settings, shared });
    for (const [key, field] of own) {
      const setting = this.#setting(Class, key, prefix, isAtStart);
      const block = blockOf(setting.path, field);
      const [described, ...others] = block === undefined ? [] : this.#shared(block.Class);
      const isDescribed = others.length === 0 && described !== undefined && described.section !== '';
      if (block === undefined) settings.push(setting);
      else if (isDescribed) settings.push({ ...setting, keys: described });
      else this.#addBlock(block.Class, block.path, setting.isAtStart, setting);
      if (key === 'fallbacks') this.#addFallbacks(settings);
    }
  }

  /** The section that describes a key: the given one, if there is none yet. */
  #describe(Class: Blueprint, key: string, path: string): string {
    const id = `${ownerOf(Class, key)}.${key}`;
    if (!this.#described.has(id)) this.#described.set(id, path);
    return this.#described.get(id)!;
  }

  /** The keys of a class by the section that describes them; by an empty path those that none describes yet. */
  #shared(Class: Blueprint): SharedKeys[] {
    const groups = new Map<string, string[]>();
    for (const key of classFields(Class).keys()) {
      const section = this.#described.get(`${ownerOf(Class, key)}.${key}`) ?? '';
      groups.set(section, [...(groups.get(section) ?? []), key]);
    }
    return [...groups].map(([section, keys]) => ({ section, keys }));
  }

  #setting(Class: Blueprint, key: string, prefix: string, isAtStart: boolean): Setting {
    const value = defaultOf(Class, key);
    const isPlain = Array.isArray(value)
      ? value.length > 0
      : value !== undefined && typeof value !== 'object';
    return {
      path: `${prefix}${key}`,
      comment: commentOf(Class, key, this.comments) ?? '',
      expected: WORDS.get(prefix + key) ?? expectedOf(Class, key) ?? plainWords(Class, key),
      ...(isPlain && { default: value }),
      isRequired: isRequired(Class, key),
      isAtStart: isAtStart || startKeysOf(Class.prototype as object).includes(key),
    };
  }

  /** Fallbacks have a form that no class describes. */
  #addFallbacks(settings: Setting[]): void {
    const { model, on } = FALLBACK.properties;
    const plain = { isAtStart: false };
    settings.push(
      {
        ...plain,
        path: 'fallbacks[].model',
        comment: model.description,
        expected: 'a non-empty string',
        isRequired: true,
      },
      {
        ...plain,
        path: 'fallbacks[].on',
        comment: on.description,
        expected: `some of ${FALLBACK_CAUSES.join(', ')}`,
        isRequired: false,
      },
    );
  }
}

function blockOf(path: string, { Block, Item }: ClassField): { Class: Blueprint; path: string } | undefined {
  if (Block !== undefined) return { Class: Block, path };
  const Class = Item ?? ITEMS.get(path);
  return Class && { Class, path: `${path}[]` };
}

/** The class that declares a key: a block may inherit it. */
function ownerOf(Class: Blueprint, key: string): string {
  const owners = getMetadataStorage()
    .getTargetValidationMetadatas(Class, '', false, false)
    .filter(({ propertyName }) => propertyName === key)
    .map(({ target }) => target as Blueprint);
  // The own rules of a class come first.
  return owners[0]!.name;
}

function plainWords(Class: Blueprint, key: string): string | undefined {
  const names = rulesOf(Class, key).map(({ name = '' }) => name);
  return Object.entries(PLAIN_WORDS).find(([name]) => names.includes(name))?.[1];
}
