import { UpstreamError } from '../../../errors/upstream-errors.js';
import { type JsonObject, isJsonObject } from '../../../protocol/json.js';
import { inputOf } from '../tool-input.js';

/** A content block that has begun. */
interface Block {
  /** The block so far; a value that is not an object is passed on unchanged. */
  said: unknown;
  /** The JSON text of its input so far. */
  input: string;
}

/** The block to begin for a delta if the service omits `content_block_start`. */
const BEGUN_BY: Readonly<Record<string, JsonObject>> = {
  text_delta: { type: 'text', text: '' },
  citations_delta: { type: 'text', text: '' },
  thinking_delta: { type: 'thinking', thinking: '', signature: '' },
};
/** Deltas that contain complete values of a block, not pieces. */
const WHOLE: ReadonlySet<unknown> = new Set(['signature_delta', 'compaction_delta']);
/** Fields that report progress and do not belong to the block. */
const PROGRESS: ReadonlySet<string> = new Set(['estimated_tokens']);

/** The content blocks of a message, assembled as they arrive. */
export class GatheredBlocks {
  /** In the order in which they began. */
  readonly #blocks: Block[] = [];
  /** Keyed by the index in their events; if several blocks have the same index, the last one. */
  readonly #open = new Map<unknown, Block>();

  begin(index: unknown, said: unknown): void {
    const block = { said: isJsonObject(said) ? { ...said } : said, input: '' };
    this.#blocks.push(block);
    this.#open.set(index, block);
  }

  /**
   * Adds a delta to a block.
   * @returns whether it does more than lengthen a text
   * @throws UpstreamError for a delta of a block that has not begun
   */
  add(index: unknown, delta: unknown): boolean {
    if (!isJsonObject(delta)) return false;
    const { type, ...fields } = delta;
    const block = this.#open.get(index) ?? this.#beginBy(index, type);
    if (!isJsonObject(block.said)) return false;
    let isMore = false;
    for (const [name, value] of Object.entries(fields)) {
      if (PROGRESS.has(name) || value === undefined) continue;
      if (name === 'partial_json') block.input += typeof value === 'string' ? value : '';
      else if (name === 'citation') isMore = addTo(block.said, 'citations', [value]);
      else isMore = addTo(block.said, name, value, WHOLE.has(type)) || isMore;
    }
    return isMore;
  }

  end(index: unknown): void {
    const block = this.#open.get(index);
    if (block === undefined) return;
    this.#open.delete(index);
    close(block);
  }

  /** All blocks, including unfinished ones. */
  finish(): readonly unknown[] {
    for (const block of this.#blocks) close(block);
    this.#open.clear();
    return this.#blocks.map(({ said }) => said);
  }

  #beginBy(index: unknown, type: unknown): Block {
    const begun = typeof type === 'string' && Object.hasOwn(BEGUN_BY, type) ? BEGUN_BY[type] : undefined;
    if (begun === undefined)
      throw new UpstreamError(
        'upstream_invalid_response',
        "The upstream's stream goes on with a block that has not begun.",
      );
    this.begin(index, begun);
    return this.#open.get(index)!;
  }
}

function close(block: Block): void {
  if (block.input.trim() === '' || !isJsonObject(block.said)) return;
  block.said['input'] = inputOf({ arguments: block.input });
  block.input = '';
}

/**
 * Appends to texts and lists; any other value is replaced.
 * @returns false if a text was appended
 */
function addTo(block: JsonObject, name: string, value: unknown, isWhole = false): boolean {
  const known = Object.hasOwn(block, name) ? block[name] : undefined;
  if (!isWhole && typeof value === 'string' && typeof known === 'string') {
    block[name] = known + value;
    return false;
  }
  if (!isWhole && Array.isArray(value) && Array.isArray(known)) {
    for (const each of value as readonly unknown[]) known.push(each);
    return true;
  }
  // A plain assignment to the name `__proto__` would change the prototype.
  Object.defineProperty(block, name, { value, writable: true, enumerable: true, configurable: true });
  return true;
}
