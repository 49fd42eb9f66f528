import { type ReplyEvent } from '../../../conversation/reply.js';
import { isJsonObject } from '../../../protocol/json.js';
import { type Names } from '../../fields/shape.js';
import { citationOf, isPosition } from '../../translating/url-citation.js';
import { ANNOTATION } from './shapes.js';

/** The citations of a response. The service counts positions within a part; events count them within the whole text. */
export class PlacedSources {
  /** Of the reply's text so far. */
  #textLength = 0;

  /** @param lost takes the name of such as have no address */
  constructor(private readonly lost: Names) {}

  /** More of the text of a part. @param lengths of the part's item @param index of the part */
  note(lengths: Map<string, number>, index: unknown, length: number): void {
    const key = keyOf('begun', index);
    if (!lengths.has(key)) lengths.set(key, this.#textLength);
    this.#textLength += length;
  }

  /** Sources of a part, each read once. @param from the position of the first of them; undefined: behind all others */
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
