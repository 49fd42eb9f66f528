import { isJsonObject } from '../../../protocol/json.js';
import { shapeByType, shapeOf } from '../../fields/shape.js';

/*
 * The fields of a reply that are read, and those without meaning for it. Wire format:
 * https://platform.claude.com/docs/en/api/messages#response
 */

const END = { stop_details: shapeOf('type explanation') };
const WHY = 'stop_reason stop_sequence';

export const MESSAGE = shapeOf(`id type role model content usage ${WHY}`, END);
export const MESSAGE_DELTA = shapeOf('type usage', { delta: shapeOf(WHY, END) });

const BLOCKS = {
  // Citations are read when the block ends.
  text: shapeOf('type text citations'),
  thinking: shapeOf('type thinking signature'),
  redacted_thinking: shapeOf('type data'),
  tool_use: shapeOf('type id name input', {}, { caller: isDirect }),
};
export const BLOCK = shapeByType(BLOCKS);
/** The types of the blocks that are read. */
export const READ: ReadonlySet<unknown> = new Set(Object.keys(BLOCKS));

function isDirect(caller: unknown): boolean {
  return isJsonObject(caller) && caller['type'] === 'direct';
}
