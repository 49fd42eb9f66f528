import { type ReplyEvent } from '../../../../conversation/reply.js';
import { isJsonObject, stringifyJson } from '../../../../protocol/json.js';
import { type Names } from '../../../fields/shape.js';
import { citationOf } from '../../../translating/url-citation.js';

/**
 * The citations of a stream, each read once, because some services repeat all earlier ones in each
 * chunk.
 */
export class SaidSources {
  /** The citations read so far, as JSON; undefined: none. */
  #said: Set<string> | undefined;

  /** @param lost receives the name of the field if a citation has no address */
  constructor(private readonly lost: Names) {}

  /** @param textLength length of the text so far */
  add(annotations: readonly unknown[], textLength: number): readonly ReplyEvent[] {
    return annotations.filter(isJsonObject).flatMap((each): ReplyEvent[] => {
      const { type, url_citation: said = each } = each;
      const isUrl = type === 'url_citation' && isJsonObject(said);
      const citation = isUrl ? citationOf(said, 0, textLength) : undefined;
      if (!isUrl || citation === undefined) {
        this.lost.add('response.annotations');
        return [];
      }
      const { url, title, content, start_index: start, end_index: end } = said;
      const key = stringifyJson([url, title, content, start, end]);
      if (this.#said?.has(key) === true) return [];
      (this.#said ??= new Set()).add(key);
      return [{ kind: 'citation', citation }];
    });
  }
}
