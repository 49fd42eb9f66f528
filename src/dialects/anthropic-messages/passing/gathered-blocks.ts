import { UpstreamError } from '../../../errors/upstream-errors.js';
import { type JsonObject, isJsonObject } from '../../../protocol/json.js';
import { inputOf } from '../tool-input.js';

/** A block that has begun. */
interface Block {
  /** As far as it came; whatever is no object is passed on. */
  said: unknown;
  /** Of its input, a JSON text. */
  input: string;
}

/** What a delta begins where the service leaves the beginning of its block out. */
const BEGUN_BY: Readonly<Record<string, JsonObject>> = {
  text_delta: { type: 'text', text: '' },
  citations_delta: { type: 'text', text: '' },
  thinking_delta: { type: 'thinking', thinking: '', signature: '' },
};
/** Deltas with the values of a block, not with pieces of them. */
const WHOLE: ReadonlySet<unknown> = new Set(['signature_delta', 'compaction_delta']);
/** How far the service has come with a block, which is no part of it. */
const PROGRESS: ReadonlySet<string> = new Set(['estimated_tokens']);

/** The blocks of a message, as they come. */
export class GatheredBlocks {
  /** In the order in which they began. */
  readonly #blocks: Block[] = [];
  /** By the index in their events; of blocks with the same one, the last. */
  readonly #open = new Map<unknown, Block>();

  begin(index: unknown, said: unknown): void {
    const block = { said: isJsonObject(said) ? { ...said } : said, input: '' };
    this.#blocks.push(block);
    this.#open.set(index, block);
  }

  /**
   * More of a block.
   * @returns whether it is more than a text gets longer by
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

  /** All blocks, also such as have not ended. */
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

/** Texts get longer, lists too; of all else the last value holds. @returns whether it was no text that got longer */
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
  // An assignment would change the prototype where this is its name.
  Object.defineProperty(block, name, { value, writable: true, enumerable: true, configurable: true });
  return true;
}
