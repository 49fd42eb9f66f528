import { type JsonObject, isJsonObject } from '../../../protocol/json.js';
import { type Shape, shapeByType, shapeOf } from '../../fields/shape.js';

/*
 * The fields that are read inside the top-level fields of a request. Any other nested field is
 * reported by its name. Wire format: https://platform.claude.com/docs/en/api/messages/create
 */

const CACHED = 'type cache_control';
const USUAL = { caller: isDirect, allowed_callers: isDirect, citations: isOff, transformations: isEmpty };
const SOURCE = shapeOf('type media_type data url file_id');
const TEXT = shapeOf(`${CACHED} text`);
const IMAGE = shapeOf(CACHED, { source: SOURCE }, USUAL);
const IN_DOCUMENT = shapeByType({ text: TEXT, image: shapeOf('type', { source: SOURCE }, USUAL) });
const DOCUMENT = shapeOf(
  `${CACHED} title context`,
  { source: shapeOf('type media_type data url file_id', { content: IN_DOCUMENT }) },
  USUAL,
);
const SEARCH_RESULT = shapeOf(`${CACHED} title source`, { content: shapeOf('type text') }, USUAL);
const PLAIN: Readonly<Record<string, Shape>> = {
  text: TEXT,
  image: IMAGE,
  document: DOCUMENT,
  search_result: SEARCH_RESULT,
  tool_reference: shapeOf('type tool_name'),
};

const BLOCKS: Readonly<Record<string, Shape>> = {
  ...PLAIN,
  tool_result: shapeOf(`${CACHED} tool_use_id is_error`, { content: shapeByType(PLAIN) }),
  thinking: shapeOf('type thinking signature'),
  redacted_thinking: shapeOf('type data'),
  compaction: shapeOf('type id tool_use_id content'),
  tool_use: shapeOf(`${CACHED} id name input`, {}, USUAL),
};
const KNOWN = shapeByType(BLOCKS);
/** Blocks of tools that the service ran become text; these fields are left out of it. */
const NOT_IN_WORDS = /^(?:encrypted_.*|signature|cache_control)$/;

/** The fields of a message of any role. */
export const MESSAGE = shapeOf('role content clear_at', { output_config: shapeOf('effort') });
export const FORMAT = shapeOf('type schema');
/** The fields of the other top-level fields that contain objects. */
export const WISHES: Readonly<Record<string, Shape>> = {
  system: TEXT,
  thinking: shapeOf('type budget_tokens display'),
  tool_choice: shapeOf('type name disable_parallel_tool_use'),
};

/**
 * Collects the names of the fields in the content of a message that a prompt cannot hold.
 * @param content a text or a list of blocks
 */
export function lostOfContent(content: unknown, names: Set<string>): void {
  if (!Array.isArray(content)) return;
  for (const block of content as readonly unknown[]) {
    if (!isJsonObject(block)) continue;
    const { type, content: inner } = block;
    if (typeof type === 'string' && Object.hasOwn(BLOCKS, type)) KNOWN.lost(block, '', names);
    else lostOfWords(block, names);
    if (type === 'tool_result' && Array.isArray(inner))
      for (const each of inner as readonly unknown[])
        if (isJsonObject(each) && !Object.hasOwn(PLAIN, String(each['type']))) lostOfWords(each, names);
  }
}

function lostOfWords(value: unknown, names: Set<string>): void {
  if (Array.isArray(value)) for (const each of value as readonly unknown[]) lostOfWords(each, names);
  else if (isJsonObject(value)) {
    for (const [field, inner] of Object.entries(value)) {
      if (inner === null || inner === '') continue;
      if (NOT_IN_WORDS.test(field) || (field === 'caller' && !isDirect(inner))) names.add(field);
      else lostOfWords(inner, names);
    }
  }
}

/** Tools that the client runs. */
export const TOOL = shapeOf('type name description input_schema strict cache_control', {}, USUAL);
/** For tools whose schema only the service knows. */
export const VENDOR_TOOL = shapeOf('type name cache_control display_width_px display_height_px', {}, USUAL);

function isDirect(caller: unknown): boolean {
  const said: unknown = Array.isArray(caller) && caller.length === 1 ? caller[0] : caller;
  return said === 'direct' || (isJsonObject(said) && said['type'] === 'direct');
}

function isOff(citations: unknown): boolean {
  return isJsonObject(citations) && citations['enabled'] === false;
}

function isEmpty(value: unknown): boolean {
  return Object.keys((value ?? {}) as JsonObject).length === 0;
}
