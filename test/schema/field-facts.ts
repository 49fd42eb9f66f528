import { getMetadataStorage } from 'class-validator';
import { hasDefaultOfMachine } from '../../src/config/rules/config-rules.js';
import { type Blueprint, classFields } from '../../src/config/loading/class-fields.js';
import { ApiKeyEntry } from '../../src/config/loading/auth/read-auth.js';
import { RuleSchema } from '../../src/config/rules/rule-schema.js';
import { type ClassComments } from './doc-comments.js';

/** The type of class-validator's rule behind `@IsOptional()`. */
export const OPTIONAL = 'conditionalValidation';
/** Filled in by the loader where the file does not say them. */
const FILLED_IN = ['type', 'model_name'];

/** The rules of a field, inherited ones included. */
export function rulesOf(Class: Blueprint, key: string) {
  return getMetadataStorage()
    .getTargetValidationMetadatas(Class, '', false, false)
    .filter(({ propertyName }) => propertyName === key);
}

/** What the rule of a field expects, in plain words; undefined where class-validator itself has the rule. */
export function expectedOf(Class: Blueprint, key: string): string | undefined {
  return rulesOf(Class, key)
    .flatMap(({ constraints }) => (constraints ?? []) as unknown[])
    .find((constraint) => constraint instanceof RuleSchema)?.expected;
}

/** The doc comment of a field: of the class, of a base class, or of the block that the field holds. */
export function commentOf(
  Class: Blueprint,
  key: string,
  comments: ReadonlyMap<string, ClassComments>,
): string | undefined {
  const chain = [];
  for (let each = Class as { name: string; prototype: object }; each.name !== '';) {
    chain.push(each.name);
    each = Object.getPrototypeOf(each) as typeof each;
  }
  if (Class === ApiKeyEntry) chain.push('ApiKeyConfig');
  const { Block, Item } = classFields(Class).get(key)!;
  const held = Block ?? Item;
  return (
    chain.map((name) => comments.get(name)?.fields.get(key)).find(Boolean) ??
    (held && comments.get(held.name)?.own)
  );
}

/** Whether the YAML must have a field. */
export function isRequired(Class: Blueprint, key: string): boolean {
  return (
    (new Class() as Readonly<Record<string, unknown>>)[key] === undefined &&
    !FILLED_IN.includes(key) &&
    !rulesOf(Class, key).some(({ type }) => type === OPTIONAL)
  );
}

/** The default of a field; undefined when it has none, or when it depends on the machine. */
export function defaultOf(Class: Blueprint, key: string): unknown {
  if (hasDefaultOfMachine(Class.prototype as object, key)) return undefined;
  return (new Class() as Readonly<Record<string, unknown>>)[key];
}
