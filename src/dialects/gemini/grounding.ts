import { type Citation } from '../../conversation/reply.js';
import { type JsonObject, isJsonObject, stringifyJson } from '../../protocol/json.js';
import { type Names, shapeOf } from '../fields/shape.js';
import { isPosition } from '../translating/url-citation.js';

/*
 * Sources of a reply: pages that a search found, each with the pieces of text that they support, and works that the
 * text repeats. Positions are in bytes of UTF-8.
 * https://ai.google.dev/api/generate-content#GroundingMetadata
 * https://ai.google.dev/api/generate-content#citationmetadata
 */

const CHUNK = shapeOf('uri title text');
const WORK = shapeOf('startIndex endIndex uri title');
/** What is read of them. */
export const GROUNDING = {
  groundingMetadata: shapeOf('webSearchQueries', {
    groundingChunks: shapeOf('', { web: CHUNK, retrievedContext: CHUNK, maps: CHUNK }),
    groundingSupports: shapeOf('groundingChunkIndices', {
      segment: shapeOf('partIndex startIndex endIndex text'),
    }),
  }),
  citationMetadata: shapeOf('', { citationSources: WORK, citations: WORK }),
};

type Source = Pick<Citation, 'url' | 'title' | 'quote'>;

/** What was said of the sources of a reply; their places are known once all of its text is there. */
export class Grounding {
  readonly #said: { readonly candidate: JsonObject; readonly partStarts: readonly number[] }[] = [];

  /** @param partStarts of the candidate's parts, in characters of the reply's text */
  add(candidate: JsonObject, partStarts: readonly number[]): void {
    if (isJsonObject(candidate['groundingMetadata']) || isJsonObject(candidate['citationMetadata']))
      this.#said.push({ candidate, partStarts });
  }

  /** @param text of the reply. @param lost takes the names of sources without an address */
  citations(text: string, lost: Names): readonly Citation[] {
    if (this.#said.length === 0) return [];
    const place = new Places(text);
    const found = this.#said.flatMap(({ candidate, partStarts }) => [
      ...supported(candidate['groundingMetadata'], place, partStarts, lost),
      ...repeated(candidate['citationMetadata'], place, lost),
    ]);
    // A stream may say the same again with each part.
    return [...new Map(found.map((each) => [stringifyJson(each), each])).values()];
  }
}

/** Where the bytes of a text are in its characters. */
class Places {
  /** By byte; undefined for a text where both are the same. */
  readonly #characters: Uint32Array | undefined;

  constructor(readonly text: string) {
    const length = Buffer.byteLength(text);
    if (length === text.length) return;
    this.#characters = new Uint32Array(length + 1);
    let byte = 0;
    let at = 0;
    for (const character of text) {
      const end = byte + Buffer.byteLength(character);
      this.#characters.fill(at, byte, end);
      byte = end;
      at += character.length;
    }
    this.#characters[byte] = at;
  }

  get all(): Pick<Citation, 'start' | 'end'> {
    return { start: 0, end: this.text.length };
  }

  /** @returns all of the text where a piece has no place in it. @param offset of what the bytes are counted in */
  of({ startIndex = 0, endIndex, text: words }: JsonObject, offset = 0): Pick<Citation, 'start' | 'end'> {
    if (!isPosition(startIndex) || !isPosition(endIndex)) return this.all;
    for (const base of offset === 0 ? [0] : [offset, 0]) {
      const start = this.#character(this.#byteOf(base) + startIndex);
      const end = this.#character(this.#byteOf(base) + endIndex);
      const isThere = start <= end && end <= this.text.length;
      if (isThere && (typeof words !== 'string' || this.text.slice(start, end) === words))
        return { start, end };
    }
    return this.all;
  }

  #byteOf(character: number): number {
    return this.#characters === undefined ? character : this.#characters.indexOf(character);
  }

  #character(byte: number): number {
    return this.#characters === undefined ? byte : (this.#characters[byte] ?? Infinity);
  }
}

function supported(
  metadata: unknown,
  place: Places,
  partStarts: readonly number[],
  lost: Names,
): readonly Citation[] {
  const { groundingChunks: chunks, groundingSupports: supports } = isJsonObject(metadata) ? metadata : {};
  if (!Array.isArray(chunks)) return [];
  const sources = (chunks as readonly unknown[]).map((chunk) => sourceOf(chunk, lost));
  const used = new Set<Source>();
  const found: Citation[] = [];
  for (const support of listOf(supports)) {
    const { segment, groundingChunkIndices: indices } = support;
    const said = isJsonObject(segment) ? segment : {};
    const { partIndex } = said;
    const at = place.of(said, isPosition(partIndex) ? partStarts[partIndex] : undefined);
    for (const index of Array.isArray(indices) ? (indices as readonly unknown[]) : []) {
      const source = isPosition(index) ? sources[index] : undefined;
      if (source === undefined) continue;
      used.add(source);
      found.push({ ...source, ...at });
    }
  }
  for (const source of sources)
    if (source !== undefined && !used.has(source)) found.push({ ...source, ...place.all });
  return found;
}

function repeated(metadata: unknown, place: Places, lost: Names): readonly Citation[] {
  const { citationSources, citations } = isJsonObject(metadata) ? metadata : {};
  return [...listOf(citationSources), ...listOf(citations)].flatMap((work) => {
    const source = addressed(work);
    if (source === undefined) lost.add('response.citationMetadata');
    return source === undefined ? [] : [{ ...source, ...place.of({ ...work, text: undefined }) }];
  });
}

function sourceOf(chunk: unknown, lost: Names): Source | undefined {
  const { web, retrievedContext, maps } = isJsonObject(chunk) ? chunk : {};
  const source = addressed(web ?? retrievedContext ?? maps);
  if (source === undefined) lost.add('response.groundingChunks');
  return source;
}

function addressed(said: unknown): Source | undefined {
  const { uri, title, text } = isJsonObject(said) ? said : {};
  if (typeof uri !== 'string' || uri === '') return undefined;
  return {
    url: uri,
    ...(typeof title === 'string' && { title }),
    ...(typeof text === 'string' && text !== '' && { quote: text }),
  };
}

function listOf(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? (value as readonly unknown[]).filter(isJsonObject) : [];
}
