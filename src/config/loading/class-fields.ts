import { getMetadataStorage } from 'class-validator';
import { ITEM_BLOCK } from '../rules/config-rules.js';

/** A class that describes a block of the YAML. */
export type Blueprint<Instance extends object = object> = new () => Instance;

/** The type that a field expects; `Block` is the class of a nested block, `Item` that of a list's items. */
export interface ClassField {
  readonly expects: 'number' | 'boolean' | 'string' | 'other';
  readonly Block?: Blueprint;
  readonly Item?: Blueprint;
}

const cache = new Map<Blueprint, ReadonlyMap<string, ClassField>>();

/** The fields that have a class-validator rule; all other YAML keys are unknown. */
export function classFields(Class: Blueprint): ReadonlyMap<string, ClassField> {
  let fields = cache.get(Class);
  if (fields === undefined) {
    const names = getMetadataStorage()
      .getTargetValidationMetadatas(Class, '', false, false)
      .map((rule) => rule.propertyName);
    fields = new Map(names.map((name) => [name, describe(Class, name)]));
    cache.set(Class, fields);
  }
  return fields;
}

function describe(Class: Blueprint, name: string): ClassField {
  // Emitted by the compiler (emitDecoratorMetadata): the constructor of the declared type.
  const declared: unknown = Reflect.getMetadata('design:type', Class.prototype as object, name);
  const Item = Reflect.getMetadata(ITEM_BLOCK, Class.prototype as object, name) as Blueprint | undefined;
  if (Item !== undefined) return { expects: 'other', Item };
  if (declared === Number) return { expects: 'number' };
  if (declared === Boolean) return { expects: 'boolean' };
  if (declared === String) return { expects: 'string' };
  if (typeof declared !== 'function' || declared === Array || declared === Object)
    return { expects: 'other' };
  return { expects: 'other', Block: declared as Blueprint };
}
