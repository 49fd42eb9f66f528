import { type JsonObject, isJsonObject, stringifyJson } from '../../../protocol/json.js';
import { MESSAGE_STOP, namedEvent } from '../response/named-event.js';
import { messageUsage } from '../usage.js';

/** Fields that the event says that ends the message, as far as a message has them. */
const ENDING = ['stop_reason', 'stop_sequence', 'stop_details', 'container'] as const;
/** Those that it says beside them. */
const BESIDE = ['context_management', 'input_transformations'] as const;
/** Of blocks whose input clients put together of its pieces; SDKs leave that of other blocks as it begins. */
const CALLS: ReadonlySet<unknown> = new Set(['tool_use', 'server_tool_use', 'mcp_tool_use']);

/** A block as it begins, and what follows. */
interface Unfolded {
  readonly head: unknown;
  readonly deltas: readonly JsonObject[];
}

/**
 * A whole message as the stream that says it, every block and field as it is.
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
  // SDKs read the counts of both events; the first ones are those of a message that has not said anything.
  const begun = { ...fields, content: [], usage: { ...counts, output_tokens: 0 } };
  let text = namedEvent({ type: 'message_start', message: begun });
  for (const [index, block] of (content as readonly unknown[]).entries()) text += blockEvents(block, index);
  return text + namedEvent({ type: 'message_delta', delta: ending, usage: counts, ...beside }) + MESSAGE_STOP;
}

/** A message begins with `null` for what its end will say. */
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

/** What has no deltas begins as a whole, as the results of tools do. */
function unfolded(block: JsonObject): Unfolded {
  const { type } = block;
  if (type === 'text') return unfoldedText(block);
  if (type === 'thinking') return unfoldedThought(block);
  if (type === 'compaction') return unfoldedCompaction(block);
  const { input } = block;
  if (!CALLS.has(type) || !isJsonObject(input)) return { head: block, deltas: [] };
  // Also an empty input is said: some clients read the pieces alone.
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

/** Its one delta has the values of the block, not pieces of them. */
function unfoldedCompaction(block: JsonObject): Unfolded {
  const head = { ...block };
  const delta: JsonObject = { type: 'compaction_delta' };
  for (const name of ['content', 'encrypted_content']) move(name, head, delta);
  return { head, deltas: [delta] };
}
