import { type JsonObject, isJsonObject } from '../../protocol/json.js';

/** Collects the names of lost fields. */
export interface Names {
  add(name: string): unknown;
}

/** For calls whose format is not translated, where no names are needed. */
export const UNNAMED: Names = { add: () => undefined };

/**
 * Describes which fields of a JSON value are read, and for some fields, which fields of their
 * values. A list has the shape of its elements. Other wire formats have no place for any other
 * field, so its name is reported; thus even fields that do not exist yet are never lost silently.
 */
export class Shape {
  /**
   * @param fields the fields that are read; undefined for a field whose value is read completely
   */
  constructor(
    private readonly fields: ReadonlyMap<string, Shape | undefined>,
    /**
     * Shapes by the object's `type`, instead of `fields`. Objects of other types are read, or
     * reported, as a whole.
     */
    private readonly byType?: ReadonlyMap<unknown, Shape>,
    /** For fields that are not read: whether a value has no effect. */
    private readonly usual: Readonly<Record<string, (value: unknown) => boolean>> = {},
  ) {}

  /**
   * Collects the names of all fields that are not read.
   * @param prefix prepended to the names
   */
  lost(value: unknown, prefix: string, names: Names): void {
    if (Array.isArray(value)) {
      for (const each of value as readonly unknown[]) this.lost(each, prefix, names);
    } else if (isJsonObject(value)) {
      if (this.byType === undefined) this.#lostOf(value, prefix, names);
      else this.byType.get(value['type'])?.lost(value, prefix, names);
    }
  }

  #lostOf(value: JsonObject, prefix: string, names: Names): void {
    for (const field of Object.keys(value)) {
      const inner = this.fields.get(field);
      if (inner !== undefined) inner.lost(value[field], prefix, names);
      else if (!this.fields.has(field) && !this.#saysNothing(field, value[field])) names.add(prefix + field);
    }
  }

  #saysNothing(field: string, value: unknown): boolean {
    return saysNothing(value) || (Object.hasOwn(this.usual, field) && this.usual[field]!(value));
  }
}

/**
 * @param fields fields that are read completely, separated by spaces
 * @param inner shapes of the values in further fields
 * @param usual for fields that are not read: whether a value equals the default
 */
export function shapeOf(
  fields: string,
  inner: Readonly<Record<string, Shape>> = {},
  usual?: Readonly<Record<string, (value: unknown) => boolean>>,
): Shape {
  const names = fields.split(' ').filter((name) => name !== '');
  const known = new Map<string, Shape | undefined>(names.map((name) => [name, undefined]));
  for (const [name, shape] of Object.entries(inner)) known.set(name, shape);
  return new Shape(known, undefined, usual);
}

/** @param shapes shapes of objects by `type`; several types are separated by spaces */
export function shapeByType(shapes: Readonly<Record<string, Shape>>): Shape {
  const byType = Object.entries(shapes).flatMap(([types, shape]) =>
    types.split(' ').map((type) => [type, shape] as const),
  );
  return new Shape(new Map(), new Map(byType));
}

/** Whether a value can be dropped without effect. */
function saysNothing(value: unknown): boolean {
  return value === undefined || value === null || value === false || value === '' || isEmptyList(value);
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}
