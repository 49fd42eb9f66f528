import { type JsonObject, isJsonObject, parseJson } from '../../protocol/json.js';
import { sseEvents } from '../framing/sse-events.js';

/** Which responses of a wire format may be given again for the same request. */
export interface Repeatable {
  /** Whether the request has the same response each time. */
  isDeterministic(body: JsonObject): boolean;
  /**
   * Whether a good response says all that there was to say, as one that was cut at its limit of tokens does not.
   * @param parts the document, or the data of each event of a stream
   */
  isComplete(parts: readonly JsonObject[]): boolean;
}

/** For models that only read, such as those of embeddings. */
export const ALWAYS_REPEATABLE: Repeatable = {
  isDeterministic: () => true,
  isComplete: () => true,
};

/** Tools that the client runs itself. Those that a service runs, such as a search of the web, find something else each time. */
const OWN_TOOLS: ReadonlySet<unknown> = new Set([undefined, 'function', 'custom']);

/** Whether a model is asked for its most probable words, and sees nothing but the request. */
export function isDeterministicChat({ temperature, tools }: JsonObject): boolean {
  if (temperature !== 0) return false;
  if (tools === undefined || tools === null) return true;
  return Array.isArray(tools) && tools.every((tool) => isJsonObject(tool) && OWN_TOOLS.has(tool['type']));
}

/** The parts of a response for `isComplete`. */
export function partsOf(body: Buffer, isStream: boolean): readonly JsonObject[] {
  const text = body.toString();
  const values = isStream ? Array.from(sseEvents(text), ({ data }) => parseJson(data)) : [parseJson(text)];
  return values.filter(isJsonObject);
}
