import { type JsonObject, isJsonObject } from '../../../protocol/json.js';

/** The items of one list that name a position with the same number. Some services count each type by itself. */
interface Place {
  /** The first of them. An item without a type is taken for any, so only the first can be without. */
  readonly first: JsonObject;
  readonly byType: Map<unknown, JsonObject>;
}

/** Finds the item of a list that a piece continues, by position and type: at once, however long the list is. */
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

  /** The item that has the position and, where both name one, the type of `piece`. */
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

/** Some services write the number as a string. @returns undefined for what is no position */
export function readIndex(value: unknown): number | undefined {
  const index = typeof value === 'string' && /^\d{1,6}$/.test(value) ? Number(value) : value;
  return Number.isInteger(index) && (index as number) >= 0 ? (index as number) : undefined;
}
