import { type JsonObject, isJsonObject } from '../../protocol/json.js';

/** Takes the names of what is lost. */
export interface Names {
  add(name: string): unknown;
}

/** Where nobody asks: what passes between equal formats. */
export const UNNAMED: Names = { add: () => undefined };

/**
 * What is read of a JSON value: the fields of its objects, and for some fields what is read of the values in them. A
 * list has the shape of its elements. Whatever else an object says has no place in other wire formats: its name is
 * reported, so that also fields still to come are never lost silently.
 */
export class Shape {
  /** @param fields undefined: all of that field is read */
  constructor(
    private readonly fields: ReadonlyMap<string, Shape | undefined>,
    /** By the object's `type`, in place of `fields`; objects of other types are read, or reported, as a whole. */
    private readonly byType?: ReadonlyMap<unknown, Shape>,
    /** Whether a value of a field that is not read has no meaning. */
    private readonly usual: Readonly<Record<string, (value: unknown) => boolean>> = {},
  ) {}

  /** Adds the names of all fields that are not read. @param prefix of the names */
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
 * @param fields that are read as a whole, with spaces between
 * @param inner shapes of the values in further fields
 * @param usual of fields that are not read: whether a value says what holds without it
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

/** @param shapes of objects by their `type`; several types with spaces between */
export function shapeByType(shapes: Readonly<Record<string, Shape>>): Shape {
  const byType = Object.entries(shapes).flatMap(([types, shape]) =>
    types.split(' ').map((type) => [type, shape] as const),
  );
  return new Shape(new Map(), new Map(byType));
}

/** Whether nothing changes where a value is left out. */
function saysNothing(value: unknown): boolean {
  return value === undefined || value === null || value === false || value === '' || isEmptyList(value);
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}
