import { type Citation } from '../../conversation/reply.js';
import { type JsonObject, isJsonObject, stringifyJson } from '../../protocol/json.js';
import { type Names, shapeOf } from '../fields/shape.js';
import { isPosition } from '../translating/url-citation.js';

/*
 * Sources of a reply: pages that a search found, each with the passages that they support, and
 * works that the text repeats. Positions are in bytes of UTF-8.
 * https://ai.google.dev/api/generate-content#GroundingMetadata
 * https://ai.google.dev/api/generate-content#citationmetadata
 */

const CHUNK = shapeOf('uri title text');
const WORK = shapeOf('startIndex endIndex uri title');
/** The fields of sources that are read. */
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

/**
 * Limit of a reply's stored and reported sources, in characters, because many passages may name one
 * long source.
 */
const MOST_SAID = 4_000_000;
/**
 * In a longer text that is not plain ASCII, sources have no positions, because mapping its bytes
 * would take too much memory.
 */
const MOST_PLACED_BYTES = 4_000_000;

/** The reported sources of a reply. Their positions are known once the text is complete. */
export class Grounding {
  readonly #said: { readonly sources: JsonObject; readonly partStarts: readonly number[] }[] = [];
  #room = MOST_SAID;

  constructor(private readonly lost: Names) {}

  /** @param partStarts where the candidate's parts start, in characters of the reply's text */
  add({ groundingMetadata, citationMetadata }: JsonObject, partStarts: readonly number[]): void {
    if (!isJsonObject(groundingMetadata) && !isJsonObject(citationMetadata)) return;
    const sources = { groundingMetadata, citationMetadata };
    this.#room -= stringifyJson(sources).length;
    if (this.#room >= 0) this.#said.push({ sources, partStarts });
    else this.lost.add('response.groundingMetadata');
  }

  /** @param text the reply's text */
  citations(text: string): readonly Citation[] {
    if (this.#said.length === 0) return [];
    const place = new Places(text);
    // Keyed by their JSON, because a stream may repeat a source with each part.
    const found = new Map<string, Citation>();
    let room = MOST_SAID;
    for (const citation of this.#all(place)) {
      const json = stringifyJson(citation);
      room -= json.length;
      if (room < 0) {
        this.lost.add('response.groundingMetadata');
        break;
      }
      found.set(json, citation);
    }
    return [...found.values()];
  }

  *#all(place: Places): Iterable<Citation> {
    for (const { sources, partStarts } of this.#said) {
      yield* supported(sources['groundingMetadata'], place, partStarts, this.lost);
      yield* repeated(sources['citationMetadata'], place, this.lost);
    }
  }
}

/** Maps byte positions of a text to character positions. */
class Places {
  /**
   * Character positions by byte; undefined for a text in which both are the same, or that is too
   * long.
   */
  readonly #characters: Uint32Array | undefined;
  readonly #isTooLong: boolean;

  constructor(readonly text: string) {
    const length = Buffer.byteLength(text);
    this.#isTooLong = length !== text.length && length > MOST_PLACED_BYTES;
    if (length === text.length || this.#isTooLong) return;
    this.#characters = new Uint32Array(length + 1);
    let byte = 0;
    for (let at = 0; at < text.length;) {
      const code = text.codePointAt(at)!;
      const end = byte + bytesOf(code);
      this.#characters.fill(at, byte, end);
      byte = end;
      at += code > 0xffff ? 2 : 1;
    }
    this.#characters[byte] = text.length;
  }

  get all(): Pick<Citation, 'start' | 'end'> {
    return { start: 0, end: this.text.length };
  }

  /**
   * @param offset start of the text that the byte positions refer to
   * @returns the whole text if the passage has no position in it
   */
  of({ startIndex = 0, endIndex, text: words }: JsonObject, offset = 0): Pick<Citation, 'start' | 'end'> {
    if (this.#isTooLong || !isPosition(startIndex) || !isPosition(endIndex)) return this.all;
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
    const characters = this.#characters;
    if (characters === undefined) return character;
    let [from, to] = [0, characters.length - 1];
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (characters[middle]! < character) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  #character(byte: number): number {
    return this.#characters === undefined ? byte : (this.#characters[byte] ?? Infinity);
  }
}

/** Number of UTF-8 bytes of a code point. */
function bytesOf(code: number): number {
  if (code < 0x80) return 1;
  if (code < 0x800) return 2;
  return code < 0x10000 ? 3 : 4;
}

function* supported(
  metadata: unknown,
  place: Places,
  partStarts: readonly number[],
  lost: Names,
): Iterable<Citation> {
  const { groundingChunks: chunks, groundingSupports: supports } = isJsonObject(metadata) ? metadata : {};
  if (!Array.isArray(chunks)) return;
  const sources = (chunks as readonly unknown[]).map((chunk) => sourceOf(chunk, lost));
  const used = new Set<Source>();
  for (const support of listOf(supports)) {
    const { segment, groundingChunkIndices: indices } = support;
    const said = isJsonObject(segment) ? segment : {};
    const { partIndex } = said;
    const at = place.of(said, isPosition(partIndex) ? partStarts[partIndex] : undefined);
    for (const index of Array.isArray(indices) ? (indices as readonly unknown[]) : []) {
      const source = isPosition(index) ? sources[index] : undefined;
      if (source === undefined) continue;
      used.add(source);
      yield { ...source, ...at };
    }
  }
  for (const source of sources)
    if (source !== undefined && !used.has(source)) yield { ...source, ...place.all };
}

function* repeated(metadata: unknown, place: Places, lost: Names): Iterable<Citation> {
  const { citationSources, citations } = isJsonObject(metadata) ? metadata : {};
  for (const work of [...listOf(citationSources), ...listOf(citations)]) {
    const source = addressed(work);
    if (source === undefined) lost.add('response.citationMetadata');
    else yield { ...source, ...place.of({ ...work, text: undefined }) };
  }
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
