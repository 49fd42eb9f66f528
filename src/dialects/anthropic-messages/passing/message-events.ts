import { type JsonObject, isJsonObject, stringifyJson } from '../../../protocol/json.js';
import { MESSAGE_STOP, namedEvent } from '../response/named-event.js';
import { messageUsage } from '../usage.js';

/** Fields of a message that the event `message_delta` contains. */
const ENDING = ['stop_reason', 'stop_sequence', 'stop_details', 'container'] as const;
/** Fields that this event has outside its `delta`. */
const BESIDE = ['context_management', 'input_transformations'] as const;
/**
 * Types of blocks whose input clients assemble from pieces. SDKs keep the input of other blocks as
 * it begins.
 */
const CALLS: ReadonlySet<unknown> = new Set(['tool_use', 'server_tool_use', 'mcp_tool_use']);

/** The start of a block, and its deltas. */
interface Unfolded {
  readonly head: unknown;
  readonly deltas: readonly JsonObject[];
}

/**
 * Converts a complete message into the equivalent stream, with every block and field unchanged.
 * Wire format: https://platform.claude.com/docs/en/build-with-claude/streaming
 * @param message its `content` is a list
 */
export function messageEvents(message: JsonObject): string {
  const { content, usage, ...fields } = message;
  const counts = isJsonObject(usage) ? usage : messageUsage();
  const ending: JsonObject = {};
  const beside: JsonObject = {};
  for (const name of ENDING) move(name, fields, ending);
  for (const name of BESIDE) move(name, fields, beside);
  // SDKs read the counts of both events; the first event has the counts of an empty message.
  const begun = { ...fields, content: [], usage: { ...counts, output_tokens: 0 } };
  let text = namedEvent({ type: 'message_start', message: begun });
  for (const [index, block] of (content as readonly unknown[]).entries()) text += blockEvents(block, index);
  return text + namedEvent({ type: 'message_delta', delta: ending, usage: counts, ...beside }) + MESSAGE_STOP;
}

/**
 * Moves a field and leaves `null` in its place, because a message or block begins with `null` in
 * the fields that a later event sets.
 */
function move(name: string, from: JsonObject, to: JsonObject): void {
  if (!Object.hasOwn(from, name)) return;
  to[name] = from[name];
  from[name] = null;
}

function blockEvents(block: unknown, index: number): string {
  const { head, deltas } = isJsonObject(block) ? unfolded(block) : { head: block, deltas: [] };
  return (
    namedEvent({ type: 'content_block_start', index, content_block: head }) +
    deltas.map((delta) => namedEvent({ type: 'content_block_delta', index, delta })).join('') +
    namedEvent({ type: 'content_block_stop', index })
  );
}

/** Blocks without deltas, such as tool results, begin with their whole content. */
function unfolded(block: JsonObject): Unfolded {
  const { type } = block;
  if (type === 'text') return unfoldedText(block);
  if (type === 'thinking') return unfoldedThought(block);
  if (type === 'compaction') return unfoldedCompaction(block);
  const { input } = block;
  if (!CALLS.has(type) || !isJsonObject(input)) return { head: block, deltas: [] };
  // An empty input is sent, too, because some clients read only the pieces.
  const delta = { type: 'input_json_delta', partial_json: stringifyJson(input) };
  return { head: { ...block, input: {} }, deltas: [delta] };
}

function unfoldedText(block: JsonObject): Unfolded {
  const { text, citations } = block;
  const head = { ...block };
  const deltas: JsonObject[] = [];
  if (typeof text === 'string' && text !== '') {
    head['text'] = '';
    deltas.push({ type: 'text_delta', text });
  }
  if (Array.isArray(citations) && citations.length > 0) {
    head['citations'] = [];
    for (const citation of citations as readonly unknown[])
      deltas.push({ type: 'citations_delta', citation });
  }
  return { head, deltas };
}

function unfoldedThought(block: JsonObject): Unfolded {
  const { thinking, signature } = block;
  const head = { ...block };
  const deltas: JsonObject[] = [];
  if (typeof thinking === 'string' && thinking !== '') {
    head['thinking'] = '';
    deltas.push({ type: 'thinking_delta', thinking });
  }
  if (typeof signature === 'string' && signature !== '') {
    head['signature'] = '';
    deltas.push({ type: 'signature_delta', signature });
  }
  return { head, deltas };
}

/** The only delta of a compaction block contains the complete values of the block. */
function unfoldedCompaction(block: JsonObject): Unfolded {
  const head = { ...block };
  const delta: JsonObject = { type: 'compaction_delta' };
  for (const name of ['content', 'encrypted_content']) move(name, head, delta);
  return { head, deltas: [delta] };
}
