import { type ReplyEvent } from '../../../conversation/reply.js';
import { isJsonObject } from '../../../protocol/json.js';
import { type Names } from '../../fields/shape.js';
import { citationOf, isPosition } from '../../translating/url-citation.js';
import { ANNOTATION } from './shapes.js';

/**
 * The citations of a response. The service counts positions within a part; events count them within
 * the whole text.
 */
export class PlacedSources {
  /** Length of the reply's text so far. */
  #textLength = 0;

  /** @param lost receives the names of citations without an address */
  constructor(private readonly lost: Names) {}

  /**
   * Notes more of the text of a part.
   * @param lengths those of the part's item
   * @param index of the part
   */
  note(lengths: Map<string, number>, index: unknown, length: number): void {
    const key = keyOf('begun', index);
    if (!lengths.has(key)) lengths.set(key, this.#textLength);
    this.#textLength += length;
  }

  /**
   * The citations of a part, each read once.
   * @param from position of the first one; undefined: after all others
   */
  read(
    lengths: Map<string, number>,
    index: unknown,
    from: unknown,
    annotations: readonly unknown[],
  ): readonly ReplyEvent[] {
    const key = keyOf('cited', index);
    const known = lengths.get(key) ?? 0;
    const first = isPosition(from) ? from : known;
    const offset = lengths.get(keyOf('begun', index)) ?? this.#textLength;
    lengths.set(key, Math.max(known, first + annotations.length));
    return annotations.slice(Math.max(0, known - first)).flatMap((said): ReplyEvent[] => {
      ANNOTATION.lost(said, 'response.', this.lost);
      const isUrl = isJsonObject(said) && said['type'] === 'url_citation';
      const citation = isUrl ? citationOf(said, offset, this.#textLength) : undefined;
      if (citation !== undefined) return [{ kind: 'citation', citation }];
      this.lost.add('response.annotations');
      return [];
    });
  }
}

function keyOf(what: string, index: unknown): string {
  return `${what} ${typeof index === 'number' ? index : 0}`;
}
