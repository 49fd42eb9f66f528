import { type JsonObject, isJsonObject } from '../../../protocol/json.js';

/** The items of one list with the same index. Some services count each type separately. */
interface Place {
  /** The first item. An item without a type matches any, so only the first can lack one. */
  readonly first: JsonObject;
  readonly byType: Map<unknown, JsonObject>;
}

/** Finds the item of a list that a piece continues, by index and type, in constant time. */
export class PositionedItems {
  readonly #places = new Map<number, Place>();

  constructor(items: readonly unknown[]) {
    for (const item of items) if (isJsonObject(item)) this.add(item);
  }

  add(item: JsonObject): void {
    const index = readIndex(item['index']);
    if (index === undefined) return;
    let place = this.#places.get(index);
    if (place === undefined) this.#places.set(index, (place = { first: item, byType: new Map() }));
    if (!place.byType.has(item['type'])) place.byType.set(item['type'], item);
  }

  /** The item with the index of `piece` and, if both have one, its type. */
  find(piece: JsonObject): JsonObject | undefined {
    const index = readIndex(piece['index']);
    const place = index === undefined ? undefined : this.#places.get(index);
    if (place === undefined) return undefined;
    const { first, byType } = place;
    const { type } = piece;
    return isUntyped(type) || isUntyped(first['type']) ? first : byType.get(type);
  }
}

function isUntyped(type: unknown): boolean {
  return type === undefined || type === null || type === '';
}

/** Some services write the number as a string. @returns undefined for a value that is not an index */
export function readIndex(value: unknown): number | undefined {
  const index = typeof value === 'string' && /^\d{1,6}$/.test(value) ? Number(value) : value;
  return Number.isInteger(index) && (index as number) >= 0 ? (index as number) : undefined;
}
